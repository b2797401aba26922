#pragma once

#include <familiar/core/error.hpp>
#include <familiar/core/thread_pool.hpp>
#include <familiar/encoder/encoder_config.hpp>
#include <familiar/encoder/encoder_weights.hpp>
#include <familiar/encoder/ragged_batch.hpp>
#include <familiar/kernels/kernel_backend.hpp>
#include <familiar/tensor/aligned_buffer.hpp>
#include <familiar/tensor/dequantize.hpp>
#include <familiar/tensor/views.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace familiar::encoder {

/// The forward pass of a post-norm encoder over a ragged batch.
///
/// A batch is cut into blocks of whole sequences of about 96 tokens; a layer runs over all its operations on one block
/// (whose activations stay in the L2 cache) and every block before the next layer begins, so that a layer's weights are
/// read from memory once a batch. A batch too small to give every thread a block is spread operation by operation
/// instead. Either way a row goes through the same arithmetic in the same order: its result depends neither on the
/// other rows nor on the number of threads, to the last bit. Attention and products are f32 with f32 sums.
///
/// Holds scratch memory, so one object serves one thread at a time; nothing is allocated once it has seen its largest
/// batch. The weights must outlive it.
template <kernels::KernelBackend Kernels> class Transformer {
  public:
    Transformer(const EncoderConfig& config, const EncoderWeights& weights, ThreadPool& pool, Kernels kernels = {})
        : config_(config), weights_(weights), pool_(pool), kernels_(std::move(kernels)) {}

    /// The last layer's output, [tokens of the batch, hidden]; valid until the next call. Throws `Error`
    /// (invalid_token, text_too_long) for a batch that does not fit the model.
    tensor::MatrixView<const float> forward(const RaggedBatch& batch) {
        return forward(batch, [](std::size_t, tensor::MatrixView<const float>) {});
    }

    /// The same; `observe(k, states)` sees the output of the embeddings as k = 0 and of layer k after them.
    template <class Observe> tensor::MatrixView<const float> forward(const RaggedBatch& batch, Observe&& observe) {
        check(batch);
        const std::size_t tokens = batch.tokens();
        states_.resize(tokens * config_.hidden);
        const bool by_blocks = plan(batch);
        prepare_scratch(batch, by_blocks);
        pool_.run(blocks_.size() - 1,
                  [&](std::size_t block, std::size_t) { embed_rows(batch, blocks_[block], blocks_[block + 1]); });
        observe(std::size_t{0}, view(tokens));
        for (std::size_t i = 0; i < weights_.layers.size(); ++i) {
            if (by_blocks) {
                pool_.run(blocks_.size() - 1, [&](std::size_t block, std::size_t worker) {
                    layer_on_block(weights_.layers[i], batch, blocks_[block], blocks_[block + 1], scratch_[worker]);
                });
            } else {
                layer_by_operations(weights_.layers[i], batch);
            }
            observe(i + 1, view(tokens));
        }
        return view(tokens);
    }

    /// y = activation(x · Wᵀ + bias) for a few rows outside the layers (pooler, classifier).
    void dense(const DenseWeights& w, kernels::Activation activation, tensor::MatrixView<const float> x,
               tensor::MatrixView<float> y) const noexcept {
        multiply(w, activation, false, x, y);
    }

    [[nodiscard]] const EncoderConfig& config() const noexcept { return config_; }
    [[nodiscard]] const EncoderWeights& weights() const noexcept { return weights_; }
    [[nodiscard]] const Kernels& kernels() const noexcept { return kernels_; }

  private:
    /// Rows of a block: 96 × (3 + 1 + 4) · 384 floats are 1.2 MB, the size of an L2 cache; fewer would read the weights
    /// too often.
    static constexpr std::size_t kBlockRows = 96;

    struct Scratch {
        tensor::AlignedBuffer<float> query_key_value, context, inner, attention;
    };

    tensor::MatrixView<float> view(std::size_t tokens) noexcept { return {states_.data(), tokens, config_.hidden}; }
    [[nodiscard]] tensor::MatrixView<float> state_rows(std::size_t first, std::size_t end) noexcept {
        return {states_.data() + first * config_.hidden, end - first, config_.hidden};
    }

    void check(const RaggedBatch& batch) const {
        for (std::size_t i = 0; i < batch.sequences(); ++i) {
            if (batch.length(i) > config_.max_tokens()) {
                throw Error(ErrorCode::text_too_long,
                            "sequence " + std::to_string(i) + " has " + std::to_string(batch.length(i)) +
                                " tokens; the model has positions for " + std::to_string(config_.max_tokens()),
                            config_.path.string(), "Give a smaller max length");
            }
        }
        for (std::size_t i = 0; i < batch.tokens(); ++i) {
            if (batch.ids[i] < 0 || static_cast<std::size_t>(batch.ids[i]) >= config_.vocabulary) {
                throw Error(ErrorCode::invalid_token,
                            "token id " + std::to_string(batch.ids[i]) + " is outside the model's vocabulary of " +
                                std::to_string(config_.vocabulary),
                            config_.path.string(), "tokenizer.json and the weights must be of one model");
            }
            if (config_.types != 0 && batch.type_ids[i] >= config_.types) {
                throw Error(ErrorCode::invalid_token,
                            "token type " + std::to_string(batch.type_ids[i]) + " is outside the model's " +
                                std::to_string(config_.types),
                            config_.path.string(), "tokenizer.json and the weights must be of one model");
            }
        }
    }

    /// Cuts the batch into `blocks_` (rows where one begins, and the end); false where there are too few for the
    /// threads. Sequences are kept whole for their attention; the number of blocks is a multiple of the number of
    /// threads, so that none waits long for the last one.
    bool plan(const RaggedBatch& batch) {
        const std::size_t tokens = batch.tokens(), threads = pool_.size();
        const std::size_t rounds = (tokens + threads * kBlockRows - 1) / (threads * kBlockRows);
        const std::size_t wanted = std::max<std::size_t>(rounds * threads, 1);
        blocks_.assign(1, 0);
        for (std::size_t i = 0; i < batch.sequences(); ++i) {
            const std::size_t begin = batch.offsets[i], end = batch.offsets[i + 1];
            // The k-th cut falls where the nearest end of a sequence is.
            const std::size_t target = blocks_.size() * tokens / wanted;
            if (begin > blocks_.back() && end > target && (begin >= target || target - begin <= end - target)) {
                blocks_.push_back(begin);
            }
        }
        if (tokens > blocks_.back()) blocks_.push_back(tokens);
        if (threads == 1) return true;
        std::size_t largest = 0;
        for (std::size_t i = 0; i + 1 < blocks_.size(); ++i) {
            largest = std::max(largest, blocks_[i + 1] - blocks_[i]);
        }
        // By blocks one thread's share takes at least the largest block's time.
        return largest * threads <= tokens + tokens / 2;
    }

    void prepare_scratch(const RaggedBatch& batch, bool by_blocks) {
        std::size_t rows = 0, longest = 0;
        for (std::size_t i = 0; i + 1 < blocks_.size(); ++i) rows = std::max(rows, blocks_[i + 1] - blocks_[i]);
        for (std::size_t i = 0; i < batch.sequences(); ++i) longest = std::max(longest, batch.length(i));
        if (!by_blocks) rows = batch.tokens();
        const std::size_t attention =
            longest != 0 ? kernels_.attention_scratch(longest, longest, config_.head_size()) : 0;
        scratch_.resize(pool_.size());
        for (std::size_t i = 0; i < scratch_.size(); ++i) {
            scratch_[i].attention.resize(attention);
            if (!by_blocks && i != 0) continue; // the operations share the first one's rows
            scratch_[i].query_key_value.resize(rows * 3 * config_.hidden);
            scratch_[i].context.resize(rows * config_.hidden);
            scratch_[i].inner.resize(rows * config_.inner);
        }
    }

    void embed_rows(const RaggedBatch& batch, std::size_t first, std::size_t end) noexcept {
        const std::size_t hidden = config_.hidden;
        const auto& words = weights_.words;
        const std::size_t row_bytes = tensor::block_layout(words.type).bytes * hidden;
        const auto sequence = std::upper_bound(batch.offsets.begin(), batch.offsets.end(), first) - 1;
        std::size_t begin = *sequence, next = static_cast<std::size_t>(sequence - batch.offsets.begin()) + 1;
        for (std::size_t row = first; row < end; ++row) {
            while (row >= batch.offsets[next]) begin = batch.offsets[next++];
            float* const out = states_.data() + row * hidden;
            const std::size_t position = row - begin + config_.family->first_position;
            tensor::dequantize(words.type, words.bytes.data() + static_cast<std::size_t>(batch.ids[row]) * row_bytes,
                               hidden, out);
            if (config_.types != 0) {
                kernels_.add(out, weights_.types.data() + batch.type_ids[row] * hidden, hidden, out);
            }
            kernels_.add(out, weights_.positions.data() + position * hidden, hidden, out);
            norm_row(weights_.embedding_norm, out);
        }
    }

    void norm_row(const NormWeights& w, float* row) const noexcept {
        kernels_.layer_norm(row, w.gain.data(), w.bias.data(), config_.epsilon, config_.hidden, row);
    }

    void norm_rows(const NormWeights& w, tensor::MatrixView<float> rows) const noexcept {
        for (std::size_t i = 0; i < rows.rows; ++i) norm_row(w, rows.row(i));
    }

    void multiply_panel(const DenseWeights& w, kernels::Activation activation, bool accumulate,
                        tensor::MatrixView<const float> x, std::size_t panel,
                        tensor::MatrixView<float> y) const noexcept {
        const std::size_t first = panel * tensor::kPanelWidth, outputs = w.packed.panel_outputs(panel);
        const kernels::Epilogue epilogue{w.bias.data() + first, activation, accumulate};
        kernels_.multiply_panel(x, w.packed.panel(panel), outputs, epilogue,
                                {y.data + first, y.rows, outputs, y.stride});
    }

    void multiply(const DenseWeights& w, kernels::Activation activation, bool accumulate,
                  tensor::MatrixView<const float> x, tensor::MatrixView<float> y) const noexcept {
        for (std::size_t p = 0; p < w.packed.panels(); ++p) multiply_panel(w, activation, accumulate, x, p, y);
    }

    /// One head of one sequence; its rows are rows [first, first + count) of `query_key_value`.
    void attend(tensor::MatrixView<const float> query_key_value, std::size_t first, std::size_t count, std::size_t head,
                tensor::MatrixView<float> context, float* scratch) const noexcept {
        const std::size_t size = config_.head_size(), hidden = config_.hidden;
        const float* const row = query_key_value.row(first) + head * size;
        kernels::AttentionTask task;
        task.queries = {row, count, size, query_key_value.stride};
        task.own = {row + hidden, row + 2 * hidden, count, query_key_value.stride};
        task.scale = 1.0F / std::sqrt(static_cast<float>(size));
        task.out = {context.row(first) + head * size, count, size, context.stride};
        kernels_.attention(task, scratch);
    }

    void layer_on_block(const LayerWeights& w, const RaggedBatch& batch, std::size_t first, std::size_t end,
                        Scratch& scratch) noexcept {
        using kernels::Activation;
        const std::size_t hidden = config_.hidden;
        const auto x = state_rows(first, end);
        const tensor::MatrixView<float> qkv(scratch.query_key_value.data(), x.rows, 3 * hidden),
            context(scratch.context.data(), x.rows, hidden), inner(scratch.inner.data(), x.rows, config_.inner);
        multiply(w.query_key_value, Activation::none, false, x, qkv);
        auto sequence = std::lower_bound(batch.offsets.begin(), batch.offsets.end(), first);
        for (; sequence + 1 != batch.offsets.end() && *sequence < end; ++sequence) {
            const std::size_t count = sequence[1] - sequence[0];
            if (count == 0) continue;
            for (std::size_t head = 0; head < config_.heads; ++head) {
                attend(qkv, *sequence - first, count, head, context, scratch.attention.data());
            }
        }
        multiply(w.attention_output, Activation::none, true, context, x);
        norm_rows(w.attention_norm, x);
        multiply(w.up, config_.activation, false, x, inner);
        multiply(w.down, Activation::none, true, inner, x);
        norm_rows(w.output_norm, x);
    }

    void layer_by_operations(const LayerWeights& w, const RaggedBatch& batch) {
        using kernels::Activation;
        const std::size_t hidden = config_.hidden, tokens = batch.tokens();
        const auto x = view(tokens);
        Scratch& shared = scratch_.front();
        const tensor::MatrixView<float> qkv(shared.query_key_value.data(), tokens, 3 * hidden),
            context(shared.context.data(), tokens, hidden), inner(shared.inner.data(), tokens, config_.inner);
        const auto panels = [&](const DenseWeights& d, Activation activation, bool accumulate,
                                tensor::MatrixView<const float> in, tensor::MatrixView<float> out) {
            pool_.run(d.packed.panels(), [&](std::size_t panel, std::size_t) {
                multiply_panel(d, activation, accumulate, in, panel, out);
            });
        };
        panels(w.query_key_value, Activation::none, false, x, qkv);
        pool_.run(batch.sequences() * config_.heads, [&](std::size_t task, std::size_t worker) {
            const std::size_t sequence = task / config_.heads;
            if (batch.length(sequence) == 0) return;
            attend(qkv, batch.offsets[sequence], batch.length(sequence), task % config_.heads, context,
                   scratch_[worker].attention.data());
        });
        panels(w.attention_output, Activation::none, true, context, x);
        norm_rows(w.attention_norm, x);
        panels(w.up, config_.activation, false, x, inner);
        panels(w.down, Activation::none, true, inner, x);
        norm_rows(w.output_norm, x);
    }

    const EncoderConfig& config_;
    const EncoderWeights& weights_;
    ThreadPool& pool_;
    Kernels kernels_;
    tensor::AlignedBuffer<float> states_;
    std::vector<std::size_t> blocks_;
    std::vector<Scratch> scratch_;
};

} // namespace familiar::encoder
