#pragma once

#include <familiar/decoder/decoder_shape.hpp>
#include <familiar/decoder/decoder_weights.hpp>

#include <cstddef>

namespace familiar::benchmarks {

/// Operations of products and attention; norms, activations, softmax and the unpacking of weights count nothing.
///
/// @param tokens    that go through the layers
/// @param seen      keys that each of them sees, summed
/// @param head_rows tokens after which the whole vocabulary is looked at
inline double decoder_flop(const decoder::DecoderShape& s, double tokens, double seen, double head_rows) {
    const auto hidden = static_cast<double>(s.hidden), query = static_cast<double>(s.query_size()),
               key_value = static_cast<double>(s.key_value_size()), inner = static_cast<double>(s.inner);
    const double weights = 2.0 * hidden * query + 2.0 * hidden * key_value + (s.gated ? 3.0 : 2.0) * hidden * inner;
    return static_cast<double>(s.layers) * (2.0 * weights * tokens + 4.0 * query * seen) +
           2.0 * hidden * static_cast<double>(s.vocabulary) * head_rows;
}

/// Keys that `tokens` tokens see together, each itself and all before it, after `before` others.
inline double keys_seen(double before, double tokens) {
    return tokens * before + tokens * (tokens + 1.0) / 2.0;
}

/// Bytes of the matrices as they are stored: what a pass reads at least.
inline double stored_bytes(const decoder::DecoderWeights& weights) {
    const auto bytes = [](const decoder::LinearWeights& w) {
        return static_cast<double>(w.matrix.rows * w.matrix.row_bytes());
    };
    double sum = bytes(weights.head);
    for (const auto& layer : weights.layers) {
        for (const auto& w : layer.projections) sum += bytes(w);
        for (const auto* w : {&layer.output, &layer.gate, &layer.up, &layer.down}) sum += bytes(*w);
    }
    return sum;
}

} // namespace familiar::benchmarks
