#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

/// What a fuzz target defines, in one file a format. The same file is linked with libFuzzer (option FAMILIAR_FUZZ,
/// Clang) and, by every compiler, with a driver that tries a fixed number of spoilt seeds.
namespace familiar::fuzz {

/// Whether some inputs are no valid file: then a reader that refuses none of many looks at nothing.
bool refuses_some();

/// Valid inputs to begin with; at least one.
std::vector<std::string> seeds();

/// Reads `input` as the format. Must return, or throw familiar::Error, whatever it is given; all else is a finding.
void read(std::span<const std::uint8_t> input);

} // namespace familiar::fuzz
