#pragma once

#include <cstdint>

namespace familiar::profile {

/// What products are made of: each kind has a limit of its own.
enum class Arithmetic : std::uint8_t { f32, bf16, int8 };

} // namespace familiar::profile
