#pragma once

#include <familiar/core/error.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace familiar::decoder {

/// What the products of a causal model take of the rows before them. Weights are the stored ones either way.
///
/// `f32`: the rows as they are. `int8`: rounded to 8 bits, 32 values a scale, as the fastest engines do: products are
/// integers, several times faster. It applies to quantised matrices (`tensor::is_interleaved`); others stay f32.
enum class Activations : std::uint8_t { f32, int8 };

constexpr std::string_view to_string(Activations activations) noexcept {
    return activations == Activations::f32 ? "f32" : "int8";
}

/// Empty is int8, which the reference's bounds allow. Throws `Error` (invalid_argument).
inline Activations parse_activations(std::string_view name) {
    if (name.empty() || name == "int8") return Activations::int8;
    if (name == "f32") return Activations::f32;
    throw Error(ErrorCode::invalid_argument, "\"" + std::string(name) + "\" is no kind of activations", "activations",
                "There are int8 and f32");
}

} // namespace familiar::decoder
