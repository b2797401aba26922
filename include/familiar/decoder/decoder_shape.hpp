#pragma once

#include <familiar/core/error.hpp>
#include <familiar/kernels/kernel_backend.hpp>

#include <cmath>
#include <cstddef>
#include <string>

namespace familiar::decoder {

/// Which values of a head turn together: neighbours (2i, 2i + 1), as GGUF stores llama's heads, or (i, i + n/2).
enum class RotaryLayout { pairs, halves };

/// Rotary positions (Su et al., arXiv 2104.09864).
struct RotaryShape {
    RotaryLayout layout = RotaryLayout::pairs;
    std::size_t dimensions = 0; ///< values of a head that turn, even; the others stay
    double base = 10000.0;
    double position_scale = 1.0; ///< positions are multiplied by it: linear interpolation (arXiv 2306.15595)
};

/// Everything that a forward pass needs to know of a causal model beside its weights. All sizes in values.
struct DecoderShape {
    std::string family; ///< `llama` …
    std::size_t layers = 0, hidden = 0, inner = 0;
    std::size_t heads = 0, key_value_heads = 0, head_size = 0;
    std::size_t vocabulary = 0, context = 0;
    RotaryShape rotary;
    kernels::Activation activation = kernels::Activation::silu; ///< of the gate
    float norm_epsilon = 1e-5F;

    [[nodiscard]] std::size_t query_size() const noexcept { return heads * head_size; }
    [[nodiscard]] std::size_t key_value_size() const noexcept { return key_value_heads * head_size; }
    /// Query heads that share one head of keys and values.
    [[nodiscard]] std::size_t heads_per_key() const noexcept { return heads / key_value_heads; }

    /// Throws `Error` (malformed_model) where the numbers cannot belong to a model; `where` is the file.
    void check(const std::string& where) const {
        // No published model comes near this; it keeps every product of two sizes far from overflow.
        constexpr std::size_t largest = std::size_t{1} << 24;
        const auto require = [&](bool holds, const std::string& what) {
            if (!holds) throw Error(ErrorCode::malformed_model, what, where, "The file is damaged or lies");
        };
        const auto size = [&](std::size_t value, const char* name) {
            require(value >= 1 && value <= largest, std::string(name) + " of " + std::to_string(value));
        };
        size(layers, "number of layers");
        size(hidden, "hidden size");
        size(inner, "feed-forward size");
        size(heads, "number of attention heads");
        size(key_value_heads, "number of key and value heads");
        size(head_size, "head size");
        size(vocabulary, "vocabulary");
        size(context, "context length");
        require(heads % key_value_heads == 0, std::to_string(heads) + " attention heads cannot share " +
                                                  std::to_string(key_value_heads) + " heads of keys and values");
        require(query_size() <= largest, "attention of " + std::to_string(query_size()) + " values");
        require(rotary.dimensions % 2 == 0 && rotary.dimensions <= head_size,
                "rotary dimensions of " + std::to_string(rotary.dimensions) + " in heads of " +
                    std::to_string(head_size));
        require(std::isfinite(rotary.base) && rotary.base > 0.0, "rotary base of " + std::to_string(rotary.base));
        require(std::isfinite(rotary.position_scale) && rotary.position_scale > 0.0,
                "rotary position scale of " + std::to_string(rotary.position_scale));
        require(std::isfinite(norm_epsilon) && norm_epsilon >= 0.0F && norm_epsilon < 1.0F,
                "normalisation epsilon of " + std::to_string(norm_epsilon));
    }
};

} // namespace familiar::decoder
