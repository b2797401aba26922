#pragma once

#include <familiar/encoder/linear.hpp>
#include <familiar/tensor/aligned_buffer.hpp>
#include <familiar/tensor/packed_matrix.hpp>
#include <familiar/weights/weight_source.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace familiar::encoder {

struct NormWeights {
    tensor::AlignedBuffer<float> gain; ///< [units]
    tensor::AlignedBuffer<float> bias; ///< [units], or empty
};

struct LayerWeights {
    Linear query_key_value; ///< 3 · hidden outputs: queries, keys, values, each head after head
    Linear attention_output;
    std::optional<NormWeights> attention_norm; ///< nothing where the layer reads its input as it is
    Linear up, down; ///< `up` has 2 · inner outputs where the feed-forward is gated, those to be activated first
    NormWeights output_norm;
    /// Disentangled attention, of each head: what its queries (and its keys) are multiplied with to score the buckets
    /// of distances, outputs in the order of `EncoderWeights::distance_columns`; without bias.
    std::vector<Linear> distance_keys, distance_queries;
};

/// What stands on the encoder to classify texts.
struct HeadWeights {
    std::optional<Linear> dense; ///< nothing: the pooler is the dense layer
    std::optional<NormWeights> norm;
    Linear classifier; ///< one output a label
};

/// Angles of rotary positions, [positions, head_size / 2]. Su et al., arXiv 2104.09864.
struct RotaryTable {
    tensor::AlignedBuffer<float> cosines, sines;
};

/// Everything a forward pass reads, checked and packed. The word embeddings stay where the file has them (only the rows
/// of words that occur become resident), so the source must outlive this.
struct EncoderWeights {
    weights::TensorView words;                     ///< [vocabulary, embedding], F32, F16 or BF16
    tensor::AlignedBuffer<float> positions, types; ///< [positions, embedding], [types, embedding], or empty
    NormWeights embedding_norm;
    std::optional<Linear> embedding_projection; ///< to hidden
    std::vector<LayerWeights> layers;           ///< the stored ones; EncoderConfig::layer_shapes says where each runs
    std::optional<NormWeights> final_norm;
    std::vector<RotaryTable> rotary; ///< of each of EncoderConfig::rotary_bases
    /// A bias by distance: [heads, 2 · max_tokens - 1], of key position − query position from -(max_tokens - 1) on.
    tensor::AlignedBuffer<float> distance_bias;
    /// Disentangled attention: the column of each distance, counted as in `distance_bias`.
    std::vector<std::uint32_t> distance_columns;
    std::optional<Linear> convolution; ///< inputs: the vectors of the tokens around, from left to right
    NormWeights convolution_norm;
    std::optional<Linear> pooler; ///< hidden outputs
    std::optional<HeadWeights> head;
    std::uint64_t fingerprint = 0; ///< of all tensors used, whatever the file is called
};

} // namespace familiar::encoder
