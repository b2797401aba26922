# install() and an exported package: find_package(familiar) then gives the familiar:: targets.
include(CMakePackageConfigHelpers)

set(package_directory "${CMAKE_INSTALL_LIBDIR}/cmake/familiar")
install(TARGETS familiar_familiar familiar_text familiar_models familiar_store familiar_http familiar_all EXPORT familiar-targets)
install(EXPORT familiar-targets NAMESPACE familiar:: DESTINATION "${package_directory}")
install(DIRECTORY include/ DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" FILES_MATCHING PATTERN "*.hpp" PATTERN "*.inl")

configure_package_config_file(tools/cmake/familiar-config.cmake.in "${CMAKE_CURRENT_BINARY_DIR}/familiar-config.cmake"
                              INSTALL_DESTINATION "${package_directory}")
write_basic_package_version_file("${CMAKE_CURRENT_BINARY_DIR}/familiar-config-version.cmake" COMPATIBILITY SameMinorVersion
                                 ARCH_INDEPENDENT)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/familiar-config.cmake" "${CMAKE_CURRENT_BINARY_DIR}/familiar-config-version.cmake"
              tools/cmake/FamiliarDependencies.cmake DESTINATION "${package_directory}")
