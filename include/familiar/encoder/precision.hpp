#pragma once

#include <familiar/core/error.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace familiar::encoder {

/// What the products of an encoder's layers are made of. Norms, attention, embeddings, poolers and heads are f32 in
/// all.
///
/// `int8`: weights as 8-bit integers with a scale an output, activations as 8-bit integers with a scale a row, found as
/// they pass; sums are integers. A quarter of the memory.
enum class Precision : std::uint8_t { f32, int8 };

inline constexpr std::string_view kPrecisionNames[] = {"f32", "int8"};

constexpr std::string_view to_string(Precision precision) noexcept {
    return kPrecisionNames[static_cast<std::size_t>(precision)];
}

/// Empty is f32. Throws `Error` (invalid_argument) with the names that there are.
inline Precision parse_precision(std::string_view name) {
    if (name.empty()) return Precision::f32;
    for (std::size_t i = 0; i < std::size(kPrecisionNames); ++i) {
        if (kPrecisionNames[i] == name) return static_cast<Precision>(i);
    }
    throw Error(ErrorCode::invalid_argument, "\"" + std::string(name) + "\" is no precision", "precision",
                "There are f32 and int8");
}

} // namespace familiar::encoder
