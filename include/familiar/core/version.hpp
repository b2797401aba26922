#pragma once

#define FAMILIAR_VERSION_MAJOR 0
#define FAMILIAR_VERSION_MINOR 1
#define FAMILIAR_VERSION_PATCH 0

namespace familiar {

/// Semantic version of the headers; CMakeLists.txt reads it from here.
inline constexpr const char* kVersion = "0.1.0";

} // namespace familiar
