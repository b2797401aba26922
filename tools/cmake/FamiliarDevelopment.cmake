# What only this project's own program, tests and benchmarks need: warnings as errors, sanitizers, a compiler cache.
add_library(familiar_development INTERFACE)
target_compile_options(familiar_development INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Werror)
if(FAMILIAR_SANITIZE)
    target_compile_options(familiar_development INTERFACE -fsanitize=${FAMILIAR_SANITIZE} -fno-omit-frame-pointer -g1)
    target_link_options(familiar_development INTERFACE -fsanitize=${FAMILIAR_SANITIZE})
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU") # instrumented code gives g++ 12 false warnings inside the standard library
        target_compile_options(familiar_development INTERFACE -Wno-maybe-uninitialized)
    endif()
    if(FAMILIAR_SANITIZE MATCHES "undefined")
        target_compile_options(familiar_development INTERFACE -fno-sanitize-recover=undefined)
    endif()
endif()
if(FAMILIAR_NATIVE)
    target_compile_options(familiar_development INTERFACE -march=native)
endif()

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    # A precompiled header changes its time stamp with every build folder: only its contents count. Paths of the checkout are
    # relative to the cache, so that another checkout of the same sources compiles nothing again.
    set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND};-E;env;CCACHE_BASEDIR=${PROJECT_SOURCE_DIR};CCACHE_NOHASHDIR=1;CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime;${CCACHE}")
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        target_compile_options(familiar_development INTERFACE -fpch-preprocess)
    endif()
endif()

# Nobody waits for the kernels more than once.
target_link_libraries(familiar_separate_kernels PRIVATE familiar_development)
target_link_libraries(familiar_separate_policies PRIVATE familiar_development)
