# The library's targets: all INTERFACE, one for each set of dependencies, so that a user links only what is used.
#
#   familiar::familiar  concepts, light policies, selection, pipeline      (Boost.Hana, nlohmann/json, threads)
#   familiar::text      tokenizers                                         (+ utf8proc)
#   familiar::models    kernels, weights, encoders, decoders, plug-ins     (+ text, xsimd, xtensor, hnswlib)
#   familiar::store     reply cache, run store                             (+ SQLite, OpenSSL's digests)
#   familiar::http      HTTP transport                                     (+ cpp-httplib, OpenSSL)
#   familiar::all       everything

include(FamiliarDependencies)
include(GNUInstallDirs) # before INSTALL_INTERFACE uses its names: a first configuration has no cache to take them from

function(familiar_component name)
    add_library(familiar_${name} INTERFACE)
    add_library(familiar::${name} ALIAS familiar_${name})
    set_target_properties(familiar_${name} PROPERTIES EXPORT_NAME ${name})
    target_link_libraries(familiar_${name} INTERFACE ${ARGN})
endfunction()

familiar_component(familiar Boost::headers nlohmann_json::nlohmann_json Threads::Threads)
target_compile_features(familiar_familiar INTERFACE cxx_std_20)
target_include_directories(familiar_familiar INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
                                                       $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
familiar_component(text familiar_familiar PkgConfig::utf8proc)
familiar_component(models familiar_text xsimd xtensor)
familiar_component(store familiar_familiar SQLite::SQLite3 OpenSSL::Crypto)
familiar_component(http familiar_familiar PkgConfig::cpp-httplib OpenSSL::SSL)
familiar_component(all familiar_models familiar_store familiar_http)

# Optional: the kernels, and the policies that are made by name, compiled once, as static libraries, for programs of many
# units (compile time only; see kernels/dispatched.hpp and pipeline/registry.hpp).
add_library(familiar_separate_kernels STATIC EXCLUDE_FROM_ALL "${CMAKE_CURRENT_LIST_DIR}/separate_kernels.cpp")
add_library(familiar::separate_kernels ALIAS familiar_separate_kernels)
target_compile_definitions(familiar_separate_kernels PUBLIC FAMILIAR_SEPARATE_KERNELS)
target_link_libraries(familiar_separate_kernels PUBLIC familiar_models)
add_library(familiar_separate_policies STATIC EXCLUDE_FROM_ALL "${CMAKE_CURRENT_LIST_DIR}/separate_policies.cpp")
add_library(familiar::separate_policies ALIAS familiar_separate_policies)
target_compile_definitions(familiar_separate_policies PUBLIC FAMILIAR_SEPARATE_POLICIES)
target_link_libraries(familiar_separate_policies PUBLIC familiar_all familiar_separate_kernels)
