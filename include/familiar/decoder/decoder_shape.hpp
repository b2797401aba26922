#pragma once

#include <familiar/core/error.hpp>
#include <familiar/decoder/rotary_shape.hpp>
#include <familiar/kernels/kernel_backend.hpp>

#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

namespace familiar::decoder {

enum class NormKind { rms, layer };

/// Where the queries, keys and values of a token's heads stand in the row of their products: all queries, all keys, all
/// values; or, for each head of keys, its queries, its key, its value (GPT-NeoX, BLOOM, Falcon).
enum class ProjectionLayout { parts, groups };

/// What one layer does otherwise than another of the same model.
struct LayerShape {
    static constexpr std::size_t kNoRotary = ~std::size_t{0};

    std::size_t window = 0; ///< tokens that one sees, itself among them; 0: all before it
    std::size_t rotary = 0; ///< which of the model's rotary positions, or none
    float attention_scale = 1.0F;
};

/// Everything that a forward pass needs to know of a causal model beside its weights. All sizes in values.
struct DecoderShape {
    std::string family; ///< `llama` …
    std::size_t layers = 0, hidden = 0, inner = 0;
    std::size_t heads = 0, key_value_heads = 0, head_size = 0;
    std::size_t vocabulary = 0, context = 0;
    std::vector<RotaryShape> rotary;      ///< one; two where layers with a window have their own; none
    std::vector<LayerShape> layer_shapes; ///< [layers]
    ProjectionLayout projection = ProjectionLayout::parts;
    NormKind norm = NormKind::rms;
    float norm_epsilon = 1e-5F;
    kernels::Activation activation = kernels::Activation::silu;
    bool gated = true;              ///< feed-forward: activation(gate) · up, else activation(up)
    bool parallel = false;          ///< attention and feed-forward read the same hidden state
    bool learned_positions = false; ///< a vector a position is added to the embedding
    float embedding_scale = 1.0F;
    float attention_cap = 0.0F, logit_cap = 0.0F; ///< x becomes cap · tanh(x / cap) where > 0 (Gemma 2)
    float alibi_scale = 0.0F; ///< > 0: linear biases with their slopes times this (Press et al., arXiv 2108.12409)

    [[nodiscard]] std::size_t query_size() const noexcept { return heads * head_size; }
    [[nodiscard]] std::size_t key_value_size() const noexcept { return key_value_heads * head_size; }
    /// Values of a token's queries, keys and values together.
    [[nodiscard]] std::size_t projection_size() const noexcept { return query_size() + 2 * key_value_size(); }
    /// Query heads that share one head of keys and values.
    [[nodiscard]] std::size_t heads_per_key() const noexcept { return heads / key_value_heads; }

    // ---- where a head stands in the row of the projections
    [[nodiscard]] std::size_t query_at(std::size_t head) const noexcept {
        if (projection == ProjectionLayout::parts) return head * head_size;
        return (head / heads_per_key() * (heads_per_key() + 2) + head % heads_per_key()) * head_size;
    }
    [[nodiscard]] std::size_t key_at(std::size_t head) const noexcept {
        if (projection == ProjectionLayout::parts) return query_size() + head * head_size;
        return (head * (heads_per_key() + 2) + heads_per_key()) * head_size;
    }
    [[nodiscard]] std::size_t value_at(std::size_t head) const noexcept {
        if (projection == ProjectionLayout::parts) return query_size() + key_value_size() + head * head_size;
        return key_at(head) + head_size;
    }

    /// ALiBi's slope of a query head, 0 without: powers of 2^(-8/n) for n heads, n a power of two; heads beyond the
    /// largest such n take the odd powers of 2^(-4/n).
    [[nodiscard]] float alibi_slope(std::size_t head) const noexcept {
        if (alibi_scale <= 0.0F) return 0.0F;
        std::size_t n = 1;
        while (2 * n <= heads) n *= 2;
        const double power =
            head < n ? 8.0 * static_cast<double>(head + 1) : 4.0 * static_cast<double>(2 * (head - n) + 1);
        return alibi_scale * static_cast<float>(std::exp2(-power / static_cast<double>(n)));
    }

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
        for (const auto& kind : rotary) kind.check(head_size, where);
        require(layer_shapes.size() == layers, std::to_string(layer_shapes.size()) + " descriptions of layers, but " +
                                                   std::to_string(layers) + " layers");
        for (const auto& layer : layer_shapes) {
            require(layer.rotary == LayerShape::kNoRotary || layer.rotary < rotary.size(), "a layer without positions");
            require(std::isfinite(layer.attention_scale) && layer.attention_scale > 0.0F,
                    "attention scale of " + std::to_string(layer.attention_scale));
        }
        require(std::isfinite(norm_epsilon) && norm_epsilon >= 0.0F && norm_epsilon < 1.0F,
                "normalisation epsilon of " + std::to_string(norm_epsilon));
        for (const float cap : {attention_cap, logit_cap, alibi_scale}) {
            require(std::isfinite(cap) && cap >= 0.0F, "a cap of " + std::to_string(cap));
        }
        require(std::isfinite(embedding_scale) && embedding_scale > 0.0F,
                "embedding scale of " + std::to_string(embedding_scale));
    }
};

} // namespace familiar::decoder
