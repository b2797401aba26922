# cmake -DSOURCE=… -DBINARY=… -DRUN=NAME -DOPTIONS=a|b -P build_and_run.cmake: configures, builds and runs a project.
string(REPLACE "|" ";" options "${OPTIONS}")
foreach(step "${CMAKE_COMMAND};-S;${SOURCE};-B;${BINARY};-G;Ninja;-DCMAKE_BUILD_TYPE=Release;${options}" "${CMAKE_COMMAND};--build;${BINARY}"
             "${BINARY}/${RUN}")
    execute_process(COMMAND ${step} RESULT_VARIABLE status)
    if(NOT status EQUAL 0)
        message(FATAL_ERROR "${step}: ${status}")
    endif()
endforeach()
