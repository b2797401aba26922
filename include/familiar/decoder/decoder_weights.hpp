#pragma once

#include <familiar/core/error.hpp>
#include <familiar/decoder/decoder_shape.hpp>
#include <familiar/decoder/family.hpp>
#include <familiar/decoder/linear_weights.hpp>
#include <familiar/decoder/tensor_reader.hpp>
#include <familiar/tensor/aligned_buffer.hpp>
#include <familiar/tensor/element_type.hpp>
#include <familiar/weights/weight_source.hpp>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::decoder {

/// Of an RMS or a layer norm.
struct NormWeights {
    std::vector<float> gain, bias; ///< [values]; no bias in an RMS norm, neither where a model has no such norm

    [[nodiscard]] bool empty() const noexcept { return gain.empty(); }
};

/// One transformer layer. Norms that a model does not have are empty: where there is none before the feed-forward, it
/// reads what the norm before the attention gives.
struct LayerWeights {
    NormWeights attention_norm, feed_forward_norm;           ///< before each part
    NormWeights post_attention_norm, post_feed_forward_norm; ///< of what each part adds
    NormWeights query_norm, key_norm;                        ///< of each head: [head_size]
    std::vector<LinearWeights> projections; ///< queries, keys, values, whose outputs follow one another; or one for all
    LinearWeights output;
    LinearWeights gate, up, down; ///< no gate where the feed-forward has none
};

/// Weights of a causal model. Matrices point into the file's mapping, which must outlive them.
struct DecoderWeights {
    tensor::StoredMatrix embedding; ///< [vocabulary, hidden]
    tensor::StoredMatrix positions; ///< [context, hidden], or no rows
    NormWeights embedding_norm;
    std::vector<LayerWeights> layers;
    NormWeights final_norm;
    LinearWeights head; ///< [vocabulary, hidden]; the embedding where the file has no other
    std::vector<tensor::AlignedBuffer<std::byte>> turned; ///< matrices that the file stores the other way round
};

/// How a file stores a model's weights.
struct WeightLayout {
    TensorNames names;
    float gain_offset = 0.0F;
    bool transposed = false;
    std::optional<bool> tied;                    ///< nothing: where there is no other head
    std::span<const std::string_view> skipped{}; ///< endings of tensors that are no weights, or are read elsewhere
};

namespace detail {

template <weights::WeightSource Source> class DecoderWeightReader {
  public:
    DecoderWeightReader(const Source& source, const DecoderShape& shape, const WeightLayout& layout,
                        weights::Finite copied)
        : shape_(shape), layout_(layout), names_(layout.names), reader_(source, copied),
          prefix_(reader_.has(std::string(names_.prefix) + std::string(names_.embedding) + ".weight")
                      ? names_.prefix
                      : std::string_view{}) {}

    [[nodiscard]] DecoderWeights read() {
        const std::span<const weights::TensorView> tensors = reader_.source().tensors();
        if (shape_.layers > tensors.size()) {
            throw Error(ErrorCode::malformed_model,
                        std::to_string(shape_.layers) + " layers, but only " + std::to_string(tensors.size()) +
                            " tensors",
                        std::string(reader_.source().path()), "The file and its configuration are of different models");
        }
        const std::string embedding = at(names_.embedding) + ".weight";
        weights_.embedding = is_tied() ? reader_.linear_matrix(embedding, shape_.vocabulary, shape_.hidden)
                                       : reader_.matrix(embedding, shape_.vocabulary, shape_.hidden);
        if (shape_.learned_positions) {
            weights_.positions = reader_.matrix(at(names_.positions) + ".weight", shape_.context, shape_.hidden);
        }
        if (!names_.embedding_norm.empty()) weights_.embedding_norm = norm(at(names_.embedding_norm), shape_.hidden);
        weights_.final_norm = norm(at(names_.final_norm), shape_.hidden);
        weights_.head = head();
        weights_.layers.reserve(shape_.layers);
        for (std::size_t i = 0; i < shape_.layers; ++i) weights_.layers.push_back(layer(i));
        skip_others();
        reader_.require_all_used();
        return std::move(weights_);
    }

  private:
    [[nodiscard]] std::string at(std::string_view name) const { return std::string(prefix_) + std::string(name); }

    [[nodiscard]] NormWeights norm(const std::string& stem, std::size_t size) {
        NormWeights out{reader_.vector(stem + ".weight", size), {}};
        for (float& gain : out.gain) gain += layout_.gain_offset;
        if (shape_.norm == NormKind::layer) out.bias = reader_.vector(stem + ".bias", size);
        return out;
    }

    [[nodiscard]] bool has_head() const { return reader_.has(std::string(names_.head) + ".weight"); }
    [[nodiscard]] bool is_tied() const { return layout_.tied.value_or(!has_head()); }

    [[nodiscard]] LinearWeights head() {
        const std::string stem(names_.head);
        if (is_tied()) {
            if (has_head()) reader_.skip(stem + ".weight");
            LinearWeights out{weights_.embedding, {}};
            out.name = at(names_.embedding) + ".weight";
            return out;
        }
        return reader_.linear(stem, shape_.vocabulary, shape_.hidden);
    }

    [[nodiscard]] LayerWeights layer(std::size_t i) {
        const std::string stem = at(names_.layer) + std::to_string(i) + ".";
        const auto norm_of = [&](std::string_view name, std::size_t size) {
            return name.empty() ? NormWeights{} : norm(stem + std::string(name), size);
        };
        const auto linear_of = [&](std::string_view name, std::size_t outputs, std::size_t inputs) {
            return linear(stem + std::string(name), outputs, inputs);
        };
        const auto has = [&](std::string_view name) {
            return !name.empty() && reader_.has(stem + std::string(name) + ".weight");
        };
        LayerWeights w;
        w.attention_norm = norm_of(names_.attention_norm, shape_.hidden);
        w.feed_forward_norm = norm_of(names_.feed_forward_norm, shape_.hidden);
        w.post_attention_norm = norm_of(names_.post_attention_norm, shape_.hidden);
        w.post_feed_forward_norm = norm_of(names_.post_feed_forward_norm, shape_.hidden);
        w.query_norm = norm_of(names_.query_norm, shape_.head_size);
        w.key_norm = norm_of(names_.key_norm, shape_.head_size);
        if (names_.query.empty() || has(names_.query_key_value)) {
            w.projections.push_back(linear_of(names_.query_key_value, shape_.projection_size(), shape_.hidden));
        } else {
            w.projections.reserve(3);
            w.projections.push_back(linear_of(names_.query, shape_.query_size(), shape_.hidden));
            w.projections.push_back(linear_of(names_.key, shape_.key_value_size(), shape_.hidden));
            w.projections.push_back(linear_of(names_.value, shape_.key_value_size(), shape_.hidden));
        }
        w.output = linear_of(names_.output, shape_.hidden, shape_.query_size());
        if (!shape_.gated) {
            w.up = linear_of(names_.up, shape_.inner, shape_.hidden);
        } else if (names_.gate.empty()) {
            const LinearWeights both = linear_of(names_.gate_up, 2 * shape_.inner, shape_.hidden);
            w.gate = both.part(0, shape_.inner);
            w.up = both.part(shape_.inner, shape_.inner);
        } else {
            w.gate = linear_of(names_.gate, shape_.inner, shape_.hidden);
            w.up = linear_of(names_.up, shape_.inner, shape_.hidden);
        }
        w.down = linear_of(names_.down, shape_.hidden, shape_.inner);
        return w;
    }

    [[nodiscard]] LinearWeights linear(const std::string& stem, std::size_t outputs, std::size_t inputs) {
        if (!layout_.transposed) return reader_.linear(stem, outputs, inputs);
        LinearWeights out{reader_.matrix(stem + ".weight", inputs, outputs),
                          reader_.optional_vector(stem + ".bias", outputs)};
        out.matrix = turn(out.matrix, stem);
        return out;
    }

    /// [columns, rows] of values of one size.
    [[nodiscard]] tensor::StoredMatrix turn(const tensor::StoredMatrix& given, const std::string& stem) {
        const auto block = tensor::block_layout(given.type);
        if (block.values != 1) {
            throw Error(ErrorCode::unsupported_model,
                        "tensor " + weights::detail::printable(stem) + " is quantised along its outputs",
                        std::string(reader_.source().path()));
        }
        auto& bytes = weights_.turned.emplace_back(given.rows * given.columns * block.bytes);
        for (std::size_t row = 0; row < given.rows; ++row) {
            const std::byte* from = given.data + row * given.row_bytes();
            for (std::size_t column = 0; column < given.columns; ++column, from += block.bytes) {
                std::memcpy(bytes.data() + (column * given.rows + row) * block.bytes, from, block.bytes);
            }
        }
        return {given.type, bytes.data(), given.columns, given.rows};
    }

    void skip_others() {
        const std::span<const weights::TensorView> tensors = reader_.source().tensors();
        for (const auto& tensor : tensors) {
            for (const auto ending : layout_.skipped) {
                if (tensor.name.ends_with(ending)) reader_.skip(tensor.name);
            }
        }
    }

    const DecoderShape& shape_;
    const WeightLayout& layout_;
    const TensorNames& names_;
    TensorReader<Source> reader_;
    std::string_view prefix_;
    DecoderWeights weights_;
};

} // namespace detail

/// Reads a model's weights. Throws `Error` (malformed_model, unsupported_model, numeric_failure) for tensors that are
/// missing, of other shapes, not finite, or not used. @param copied see TensorReader
template <weights::WeightSource Source>
DecoderWeights read_decoder_weights(const Source& source, const DecoderShape& shape, const WeightLayout& layout,
                                    weights::Finite copied = weights::Finite::check) {
    return detail::DecoderWeightReader<Source>(source, shape, layout, copied).read();
}

/// How a Hugging Face directory of this family stores weights. @param tied as its config.json says
inline WeightLayout directory_layout(const Family& family, std::optional<bool> tied) {
    // Masks and frequencies that training left beside the weights.
    static constexpr std::string_view skipped[] = {".rotary_emb.inv_freq", ".attn.bias", ".attn.masked_bias",
                                                   ".attention.bias", ".attention.masked_bias"};
    WeightLayout layout{family.names, family.gain_offset, family.transposed, tied, skipped};
    if (!layout.tied && !family.tied) layout.tied = false;
    return layout;
}

} // namespace familiar::decoder
