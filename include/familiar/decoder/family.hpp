#pragma once

#include <familiar/decoder/decoder_shape.hpp>
#include <familiar/weights/detail/printable.hpp>

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace familiar::decoder {

/// What tells one family of causal models from another. A family is such a description, not a copy of the forward
/// pass: sizes come from the file, biases are used where the file has them.
struct Family {
    std::string_view name; ///< `general.architecture` of a GGUF file
    RotaryLayout rotary = RotaryLayout::pairs;
    kernels::Activation activation = kernels::Activation::silu;
};

/// The families that are known, in the order in which messages list them.
inline constexpr Family kFamilies[] = {
    // Touvron et al., arXiv 2302.13971, 2307.09288: pre-norm RMS, rotary positions, grouped keys and values, SwiGLU.
    {"llama", RotaryLayout::pairs, kernels::Activation::silu},
};

/// Throws `Error` (unsupported_model) for an unknown name, listing the known ones.
inline const Family& find_family(std::string_view name, const std::string& where) {
    const auto* const found = std::find_if(std::begin(kFamilies), std::end(kFamilies),
                                           [&](const Family& family) { return family.name == name; });
    if (found != std::end(kFamilies)) return *found;
    std::string known;
    for (const auto& family : kFamilies) known += (known.empty() ? "" : ", ") + std::string(family.name);
    throw Error(ErrorCode::unsupported_model, "the architecture " + weights::detail::printable(name) + " is not known",
                where, "Known: " + known);
}

} // namespace familiar::decoder
