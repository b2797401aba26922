#pragma once

#include <familiar/core/error.hpp>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>

namespace familiar::encoder {

/// What the products of an encoder's layers are made of. Norms, embeddings, poolers and heads are f32 in all, sums and
/// softmax of attention too.
///
/// `f16`: weights stored in f16, widened while they are read; products are f32. Half the memory.
///
/// `bf16`: weights stored in bf16, activations rounded to it as they pass; sums are f32. Half the memory; twice the
/// speed of f32 where the processor multiplies bf16 at that rate (instruction set `avx512_bf16` on Zen 4 and later),
/// elsewhere the same numbers within rounding at the speed of f32.
///
/// `int8`: weights as 8-bit integers with a scale an output, activations as 8-bit integers with a scale a row, found as
/// they pass; sums are integers. A quarter of the memory.
enum class Precision : std::uint8_t { f32, f16, bf16, int8 };

inline constexpr std::string_view kPrecisionNames[] = {"f32", "f16", "bf16", "int8"};

constexpr std::string_view to_string(Precision precision) noexcept {
    return kPrecisionNames[static_cast<std::size_t>(precision)];
}

/// Whether activations are rounded before they are multiplied. Attention's are then too, to bf16, where the processor
/// multiplies bf16 faster than f32.
constexpr bool rounds_activations(Precision precision) noexcept {
    return precision == Precision::bf16 || precision == Precision::int8;
}

/// Of a weight.
constexpr std::size_t weight_bytes(Precision precision) noexcept {
    return precision == Precision::f32 ? 4 : precision == Precision::int8 ? 1 : 2;
}

/// Empty is f32. Throws `Error` (invalid_argument) with the names that there are.
inline Precision parse_precision(std::string_view name) {
    if (name.empty()) return Precision::f32;
    for (std::size_t i = 0; i < std::size(kPrecisionNames); ++i) {
        if (kPrecisionNames[i] == name) return static_cast<Precision>(i);
    }
    throw Error(ErrorCode::invalid_argument, "\"" + std::string(name) + "\" is no precision", "precision",
                "There are f32, f16, bf16 and int8");
}

} // namespace familiar::encoder
