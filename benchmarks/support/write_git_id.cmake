cmake_minimum_required(VERSION 3.25)

# Writes OUTPUT, a header with the state of the working tree at build time; touches it only where it changed.
execute_process(COMMAND git describe --always --dirty --abbrev=12 --exclude * WORKING_DIRECTORY "${SOURCE}" OUTPUT_VARIABLE id
                OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
if(failed OR id STREQUAL "")
    set(id "unknown")
endif()
file(CONFIGURE OUTPUT "${OUTPUT}" CONTENT "#pragma once\n#define FAMILIAR_GIT_ID \"@id@\"\n" @ONLY)
