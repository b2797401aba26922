#pragma once

#include <familiar/core/error.hpp>
#include <familiar/decoder/decoder_shape.hpp>
#include <familiar/tensor/element_type.hpp>
#include <familiar/weights/load.hpp>
#include <familiar/weights/weight_source.hpp>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace familiar::decoder {

/// y = x · Wᵀ + b; the matrix stays where its file is mapped.
struct LinearWeights {
    tensor::StoredMatrix matrix;
    std::vector<float> bias; ///< [outputs], or empty
};

/// One transformer layer: attention and a gated feed-forward network, each after its own RMS norm.
struct LayerWeights {
    std::vector<float> attention_norm, feed_forward_norm; ///< [hidden]
    LinearWeights query, key, value, output;
    LinearWeights gate, up, down;
};

/// Weights of a causal model. Matrices point into the file's mapping, which must outlive them.
struct DecoderWeights {
    tensor::StoredMatrix embedding; ///< [vocabulary, hidden]
    std::vector<LayerWeights> layers;
    std::vector<float> final_norm;     ///< [hidden]
    LinearWeights head;                ///< [vocabulary, hidden]; the embedding where the file has no other
    std::vector<float> rotary_factors; ///< [rotary dimensions / 2], or empty
};

/// Reads tensors as a model asks for them and remembers which. Every one is checked: shape, type, finite values.
template <weights::WeightSource Source> class TensorReader {
  public:
    explicit TensorReader(const Source& source) : source_(source) {}

    [[nodiscard]] bool has(std::string_view name) const { return source_.find(name).has_value(); }

    [[nodiscard]] tensor::StoredMatrix matrix(std::string_view name, std::size_t rows, std::size_t columns) {
        used_.emplace(name);
        return weights::require_matrix(source_, name, rows, columns);
    }

    [[nodiscard]] std::vector<float> vector(std::string_view name, std::size_t size) {
        used_.emplace(name);
        return weights::require_floats(source_, name, {size});
    }

    /// Empty where there is no such tensor.
    [[nodiscard]] std::vector<float> optional_vector(std::string_view name, std::size_t size) {
        return has(name) ? vector(name, size) : std::vector<float>{};
    }

    /// `stem`.weight and, where it is there, `stem`.bias.
    [[nodiscard]] LinearWeights linear(const std::string& stem, std::size_t outputs, std::size_t inputs) {
        return {matrix(stem + ".weight", outputs, inputs), optional_vector(stem + ".bias", outputs)};
    }

    /// Throws `Error` (unsupported_model) where the file holds a tensor that was not asked for: what it is there for
    /// would be left out, and the model's results be wrong without a word.
    void require_all_used() const {
        const std::span<const weights::TensorView> tensors = source_.tensors();
        for (const auto& tensor : tensors) {
            if (used_.find(tensor.name) == used_.end()) {
                throw Error(ErrorCode::unsupported_model,
                            "tensor " + weights::detail::printable(tensor.name) + " has no place in this architecture",
                            std::string(source_.path()), "The file is of another architecture than it says");
            }
        }
    }

  private:
    const Source& source_;
    std::set<std::string, std::less<>> used_;
};

/// Reads a model's weights by the names that GGUF gives them (`blk.0.attn_q.weight` …).
/// Throws `Error` (malformed_model, unsupported_model, numeric_failure) for tensors that are missing, of other shapes,
/// not finite, or not used.
template <weights::WeightSource Source>
DecoderWeights read_gguf_weights(const Source& source, const DecoderShape& shape) {
    TensorReader reader(source);
    const std::span<const weights::TensorView> tensors = source.tensors();
    if (shape.layers > tensors.size()) {
        throw Error(ErrorCode::malformed_model,
                    std::to_string(shape.layers) + " layers, but only " + std::to_string(tensors.size()) + " tensors",
                    std::string(source.path()));
    }
    DecoderWeights weights;
    weights.embedding = reader.matrix("token_embd.weight", shape.vocabulary, shape.hidden);
    weights.final_norm = reader.vector("output_norm.weight", shape.hidden);
    weights.head.matrix = reader.has("output.weight") ? reader.matrix("output.weight", shape.vocabulary, shape.hidden)
                                                      : weights.embedding;
    weights.rotary_factors = reader.optional_vector("rope_freqs.weight", shape.rotary.dimensions / 2);
    if (std::any_of(weights.rotary_factors.begin(), weights.rotary_factors.end(), [](float f) { return !(f > 0); })) {
        throw Error(ErrorCode::malformed_model, "a factor of 'rope_freqs.weight' is not above 0",
                    std::string(source.path()));
    }
    weights.layers.reserve(shape.layers);
    for (std::size_t i = 0; i < shape.layers; ++i) {
        const std::string layer = "blk." + std::to_string(i) + ".";
        weights.layers.push_back({
            .attention_norm = reader.vector(layer + "attn_norm.weight", shape.hidden),
            .feed_forward_norm = reader.vector(layer + "ffn_norm.weight", shape.hidden),
            .query = reader.linear(layer + "attn_q", shape.query_size(), shape.hidden),
            .key = reader.linear(layer + "attn_k", shape.key_value_size(), shape.hidden),
            .value = reader.linear(layer + "attn_v", shape.key_value_size(), shape.hidden),
            .output = reader.linear(layer + "attn_output", shape.hidden, shape.query_size()),
            .gate = reader.linear(layer + "ffn_gate", shape.inner, shape.hidden),
            .up = reader.linear(layer + "ffn_up", shape.inner, shape.hidden),
            .down = reader.linear(layer + "ffn_down", shape.hidden, shape.inner),
        });
    }
    reader.require_all_used();
    return weights;
}

} // namespace familiar::decoder
