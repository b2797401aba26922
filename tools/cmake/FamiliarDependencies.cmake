# Finds what the targets link. Used by this build and, installed, by familiar-config.cmake.
find_package(Boost 1.74 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(Threads REQUIRED)
find_package(xsimd 8.1 REQUIRED)
find_package(xtensor 0.24 REQUIRED)
find_path(FAMILIAR_HNSWLIB_INCLUDE_DIR hnswlib/hnswlib.h REQUIRED) # headers alone, without a package file
find_package(SQLite3 REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(utf8proc REQUIRED IMPORTED_TARGET libutf8proc)
pkg_check_modules(cpp-httplib REQUIRED IMPORTED_TARGET cpp-httplib)
