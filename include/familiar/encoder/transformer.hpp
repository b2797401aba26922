#pragma once

#include <familiar/core/error.hpp>
#include <familiar/core/thread_pool.hpp>
#include <familiar/encoder/disentangled_attention.hpp>
#include <familiar/encoder/encoder_config.hpp>
#include <familiar/encoder/encoder_weights.hpp>
#include <familiar/encoder/linear_rows.hpp>
#include <familiar/encoder/ragged_batch.hpp>
#include <familiar/encoder/ragged_parts.hpp>
#include <familiar/kernels/kernel_backend.hpp>
#include <familiar/profile/arithmetic.hpp>
#include <familiar/profile/recorder.hpp>
#include <familiar/tensor/aligned_buffer.hpp>
#include <familiar/tensor/dequantize.hpp>
#include <familiar/tensor/views.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace familiar::encoder {

/// The forward pass of every family of encoders over a ragged batch, made of the parts that the configuration chooses.
///
/// A batch is cut into parts of whole sequences of about 96 tokens; a layer runs over all its operations on one part
/// (whose activations stay in the L2 cache) and every part before the next layer begins, so that a layer's weights are
/// read from memory once a batch. A batch too small to give every thread a part is spread operation by operation
/// instead. Either way a row goes through the same arithmetic in the same order: its result depends neither on the
/// other rows nor on the number of threads, to the last bit. Products are what the weights' precision says (Precision),
/// attention is f32 with f32 sums.
///
/// Holds scratch memory, so one object serves one thread at a time; nothing is allocated once it has seen its largest
/// batch. The weights must outlive it.
template <kernels::KernelBackend Kernels> class Transformer {
  public:
    Transformer(const EncoderConfig& config, const EncoderWeights& weights, ThreadPool& pool, Kernels kernels = {})
        : config_(config), weights_(weights), pool_(pool), kernels_(std::move(kernels)) {}

    /// What the encoder gives for every token, [tokens of the batch, hidden]; valid until the next call. Throws `Error`
    /// (invalid_token, text_too_long) for a batch that does not fit the model.
    tensor::MatrixView<const float> forward(const RaggedBatch& batch) {
        return forward(batch, [](std::size_t, tensor::MatrixView<const float>) {});
    }

    /// The same; `observe(k, states)` sees the output of the embeddings as k = 0 and of layer k after them.
    template <class Observe> tensor::MatrixView<const float> forward(const RaggedBatch& batch, Observe&& observe) {
        run(batch, false, observe);
        return state_rows(0, batch.tokens());
    }

    /// Row i: what the encoder gives for the first token of sequence i, [sequences, hidden], zeros where it has none;
    /// the same bits as in `forward`. The last layer makes keys and values of all tokens, all else of the first ones
    /// only.
    tensor::MatrixView<const float> forward_first(const RaggedBatch& batch) {
        run(batch, true, [](std::size_t, tensor::MatrixView<const float>) {});
        const auto rows = first_rows(0, batch.sequences());
        for (std::size_t i = 0; i < rows.rows; ++i) {
            if (batch.length(i) == 0) std::fill(rows.row(i), rows.row(i) + rows.columns, 0.0F);
        }
        return rows;
    }

    /// y = activation(x · Wᵀ + bias) for a few rows outside the layers (pooler, classifier).
    void dense(const Linear& w, kernels::Activation activation, tensor::MatrixView<const float> x,
               tensor::MatrixView<float> y) const noexcept {
        w.multiply(kernels_, {activation, false}, x, 0, w.panels(), y);
    }

    /// `out` may be `x`.
    void norm(const NormWeights& w, tensor::MatrixView<const float> x, tensor::MatrixView<float> out) const noexcept {
        for (std::size_t i = 0; i < x.rows; ++i) norm_row(w, x.row(i), x.columns, out.row(i));
    }

    /// Where passes are recorded from now on; null for nowhere. It must have the pool's number of workers.
    void record_to(profile::Recorder* recorder) noexcept { recorder_ = recorder; }

    [[nodiscard]] const EncoderConfig& config() const noexcept { return config_; }
    [[nodiscard]] const EncoderWeights& weights() const noexcept { return weights_; }
    [[nodiscard]] const Kernels& kernels() const noexcept { return kernels_; }

  private:
    using Rows = tensor::MatrixView<float>;
    using ConstRows = tensor::MatrixView<const float>;

    /// Rows that one task of an operation over rows takes.
    static constexpr std::size_t kChunkRows = 32;

    struct Scratch {
        tensor::AlignedBuffer<float> query_key_value, context, inner, attention;
        tensor::AlignedBuffer<float> first_inputs, first_queries; ///< where only first tokens are asked for
        tensor::AlignedBuffer<float> surroundings, convolved;
        LinearRowBuffer rounded; ///< a product's rows, where its weights are neither f32 nor f16
    };

    /// The tasks of an operation in the calling thread, one after another.
    struct InTurn {
        profile::Recorder* recorder;
        std::size_t worker;

        template <class Describe, class Body>
        void operator()(std::size_t tasks, const Describe& describe, const Body& body) const {
            profile::timed(
                recorder, worker, [&] { return describe(std::size_t{0}, tasks); },
                [&] {
                    for (std::size_t task = 0; task < tasks; ++task) body(task, worker);
                });
        }
    };

    /// The same among all threads.
    struct Spread {
        profile::Recorder* recorder;
        ThreadPool& pool;

        template <class Describe, class Body>
        void operator()(std::size_t tasks, const Describe& describe, const Body& body) const {
            pool.run(tasks, [&](std::size_t task, std::size_t worker) {
                profile::timed(
                    recorder, worker, [&] { return describe(task, task + 1); }, [&] { body(task, worker); });
            });
        }
    };

    /// One layer's work on one part, and how its tasks are run.
    template <class Each> struct Pass {
        const RaggedBatch& batch;
        const RaggedPart& part;
        std::size_t layer;
        bool first_only; ///< the layer's output is asked for at first tokens only
        Scratch& scratch;
        Each each;
    };

    [[nodiscard]] Rows state_rows(std::size_t first, std::size_t end) noexcept {
        return {states_.data() + first * config_.hidden, end - first, config_.hidden};
    }
    [[nodiscard]] Rows first_rows(std::size_t first, std::size_t end) noexcept {
        return {firsts_.data() + first * config_.hidden, end - first, config_.hidden};
    }

    template <class Observe> void run(const RaggedBatch& batch, bool first_only, Observe&& observe) {
        check(batch);
        const std::size_t layers = config_.layer_shapes.size();
        // The convolution beside the first layer asks for the tokens around.
        const bool shorten = first_only && !(layers == 1 && weights_.convolution);
        states_.resize(batch.tokens() * config_.hidden);
        if (first_only) firsts_.resize(batch.sequences() * config_.hidden);
        const bool by_parts = parts_.cut(batch, pool_.size());
        prepare_scratch(batch, by_parts, shorten);
        const auto parts = parts_.parts();
        pool_.run(parts.size(), [&](std::size_t i, std::size_t worker) {
            Scratch& scratch = scratch_[by_parts ? worker : 0];
            const std::size_t offset = by_parts ? 0 : parts[i].first_row;
            profile::timed(
                recorder_, worker,
                [&] {
                    return profile::row_operation("embeddings", profile::Operation::kNoLayer, parts[i].rows(),
                                                  config_.hidden);
                },
                [&] { embed(batch, parts[i], scratch.query_key_value.data() + offset * config_.embedding); });
        });
        observe(std::size_t{0}, state_rows(0, batch.tokens()));
        for (std::size_t i = 0; i < layers; ++i) {
            const bool last = shorten && i + 1 == layers;
            if (by_parts) {
                pool_.run(parts.size(), [&](std::size_t p, std::size_t worker) {
                    run_layer(Pass<InTurn>{batch, parts[p], i, last, scratch_[worker], {recorder_, worker}});
                });
            } else {
                const RaggedPart whole{0, batch.tokens(), 0, batch.sequences()};
                run_layer(Pass<Spread>{batch, whole, i, last, scratch_.front(), {recorder_, pool_}});
            }
            if (!last) observe(i + 1, state_rows(0, batch.tokens()));
        }
        if (first_only && !shorten) {
            gather_first(batch, {0, batch.tokens(), 0, batch.sequences()}, state_rows(0, batch.tokens()),
                         first_rows(0, batch.sequences()));
        }
        if (weights_.final_norm) {
            const auto rows = first_only ? first_rows(0, batch.sequences()) : state_rows(0, batch.tokens());
            norm_rows(Spread{recorder_, pool_}, "final norm", profile::Operation::kNoLayer, *weights_.final_norm, rows,
                      rows);
        }
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

    void prepare_scratch(const RaggedBatch& batch, bool by_parts, bool first_only) {
        const std::size_t hidden = config_.hidden, width = config_.convolution_width;
        std::size_t rows = batch.tokens(), sequences = batch.sequences(), longest = 0;
        if (by_parts) {
            rows = sequences = 0;
            for (const RaggedPart& part : parts_.parts()) {
                rows = std::max(rows, part.rows());
                sequences = std::max(sequences, part.sequences());
            }
        }
        for (std::size_t i = 0; i < batch.sequences(); ++i) longest = std::max(longest, batch.length(i));
        std::size_t attention = 0;
        if (longest != 0 && config_.disentangled) {
            attention =
                DisentangledHead::scratch(kernels_, longest, config_.head_size(), 2 * config_.disentangled->span);
        } else if (longest != 0) {
            attention = kernels_.attention_scratch(longest, longest, config_.head_size());
        }
        scratch_.resize(pool_.size());
        for (std::size_t i = 0; i < scratch_.size(); ++i) {
            Scratch& s = scratch_[i];
            s.attention.resize(attention);
            if (!by_parts && i != 0) continue; // the operations share the first one's rows
            s.query_key_value.resize(rows * std::max(3 * hidden, config_.embedding));
            s.context.resize(rows * hidden);
            s.inner.resize(rows * (config_.gated ? 2 * config_.inner : config_.inner));
            s.surroundings.resize(rows * width * hidden);
            s.convolved.resize(width != 0 ? rows * hidden : 0);
            if (!first_only) continue;
            s.first_inputs.resize(sequences * hidden);
            s.first_queries.resize(sequences * 3 * hidden);
        }
    }

    /// `rows`: for embeddings of another width than the layers'.
    void embed(const RaggedBatch& batch, const RaggedPart& part, float* rows) noexcept {
        const std::size_t width = config_.embedding;
        const auto states = state_rows(part.first_row, part.end_row);
        const Rows out(weights_.embedding_projection ? rows : states.data, part.rows(), width);
        const auto& words = weights_.words;
        const std::size_t row_bytes = tensor::block_layout(words.type).bytes * width;
        for (std::size_t s = part.first_sequence; s < part.end_sequence; ++s) {
            for (std::size_t row = batch.offsets[s]; row < batch.offsets[s + 1]; ++row) {
                float* const x = out.row(row - part.first_row);
                const auto* const word = words.bytes.data() + static_cast<std::size_t>(batch.ids[row]) * row_bytes;
                tensor::dequantize(words.type, word, width, x);
                if (config_.types != 0) {
                    kernels_.add(x, weights_.types.data() + batch.type_ids[row] * width, width, x);
                }
                if (config_.position_table) {
                    const std::size_t position = row - batch.offsets[s] + config_.first_position;
                    kernels_.add(x, weights_.positions.data() + position * width, width, x);
                }
                norm_row(weights_.embedding_norm, x, width, x);
            }
        }
        if (weights_.embedding_projection)
            dense(*weights_.embedding_projection, kernels::Activation::none, out, states);
    }

    void norm_row(const NormWeights& w, const float* x, std::size_t size, float* out) const noexcept {
        kernels_.layer_norm(x, w.gain.data(), w.bias.data(), config_.epsilon, size, out);
    }

    /// `work(first, count)` over chunks of the rows.
    template <class Each, class Work>
    void by_chunks(const Each& each, std::string_view name, std::size_t layer, ConstRows rows, const Work& work) const {
        const auto count = [&](std::size_t chunk) { return std::min(kChunkRows, rows.rows - chunk * kChunkRows); };
        each((rows.rows + kChunkRows - 1) / kChunkRows,
             [&](std::size_t first, std::size_t last) {
                 const std::size_t all = last > first ? (last - 1 - first) * kChunkRows + count(last - 1) : 0;
                 return profile::row_operation(name, layer, all, rows.columns);
             },
             [&](std::size_t chunk, std::size_t) { work(chunk * kChunkRows, count(chunk)); });
    }

    template <class Each>
    void norm_rows(const Each& each, std::string_view name, std::size_t layer, const NormWeights& w, ConstRows x,
                   Rows out) const {
        by_chunks(each, name, layer, x, [&](std::size_t first, std::size_t count) {
            norm(w, x.rows_from(first, count), out.rows_from(first, count));
        });
    }

    static profile::Arithmetic arithmetic_of(Precision precision) noexcept {
        return precision == Precision::int8   ? profile::Arithmetic::int8
               : precision == Precision::bf16 ? profile::Arithmetic::bf16
                                              : profile::Arithmetic::f32;
    }

    /// Rows as a linear layer takes them.
    template <class Each> LinearRows rows_for(const Pass<Each>& pass, const Linear& w, ConstRows x) const {
        const Precision precision = w.precision();
        if (!rounds_activations(precision)) return x;
        auto& out = pass.scratch.rounded;
        out.resize(precision, x.rows, x.columns);
        const std::string_view name = precision == Precision::int8 ? "quantise" : "round";
        by_chunks(pass.each, name, pass.layer, x, [&](std::size_t first, std::size_t count) {
            for (std::size_t i = first; i < first + count; ++i) out.set(kernels_, i, x.row(i), x.columns);
        });
        return out.view();
    }

    /// Panels [first, last) of a linear layer.
    template <class Each>
    void multiply(const Pass<Each>& pass, std::string_view name, const Linear& w, LinearEnd end, std::size_t first,
                  std::size_t last, ConstRows x, Rows y) const {
        const LinearRows rows = rows_for(pass, w, x);
        pass.each(
            last - first,
            [&](std::size_t begin, std::size_t stop) {
                const auto end_of = [&](std::size_t panel) {
                    return std::min((first + panel) * tensor::kPanelWidth, w.outputs());
                };
                return profile::product_operation(name, pass.layer, x.rows, end_of(last - first) - end_of(0),
                                                  w.inputs(), end_of(stop) - end_of(begin),
                                                  static_cast<double>(weight_bytes(w.precision())),
                                                  arithmetic_of(w.precision()));
            },
            [&](std::size_t task, std::size_t) {
                const std::size_t panel = first + task;
                w.multiply_panel(kernels_, end, rows, panel, Linear::panel_of(y, panel));
            });
    }

    template <class Each>
    void multiply(const Pass<Each>& pass, std::string_view name, const Linear& w, LinearEnd end, ConstRows x,
                  Rows y) const {
        multiply(pass, name, w, end, 0, w.panels(), x, y);
    }

    /// Row i of `out`: the row of the part's i-th sequence's first token.
    void gather_first(const RaggedBatch& batch, const RaggedPart& part, ConstRows rows, Rows out) const noexcept {
        for (std::size_t s = part.first_sequence; s < part.end_sequence; ++s) {
            float* const to = out.row(s - part.first_sequence);
            if (batch.length(s) == 0) {
                std::fill(to, to + out.columns, 0.0F);
            } else {
                const float* const from = rows.row(batch.offsets[s] - part.first_row);
                std::copy(from, from + out.columns, to);
            }
        }
    }

    template <class Each> void run_layer(const Pass<Each>& pass) {
        const RaggedPart& part = pass.part;
        const auto& shape = config_.layer_shapes[pass.layer];
        const LayerWeights& w = weights_.layers[shape.stored];
        const bool before = config_.norms == NormPlacement::before;
        const bool convolves = pass.layer == 0 && weights_.convolution;
        const auto states = state_rows(part.first_row, part.end_row);
        auto x = states; // what the layer changes
        if (pass.first_only) {
            x = first_rows(part.first_sequence, part.end_sequence);
            gather_first(pass.batch, part, states, x);
        }
        if (convolves) convolve(pass, states);
        const Rows context(pass.scratch.context.data(), x.rows, config_.hidden);

        attend(pass, w, shape, states, context);
        multiply(pass, "attention output", w.attention_output, {.accumulate = true}, context, x);
        if (!before) norm_rows(pass.each, "attention norm", pass.layer, *w.attention_norm, x, x);

        ConstRows input = x;
        if (before) {
            norm_rows(pass.each, "output norm", pass.layer, w.output_norm, x, context);
            input = context;
        }
        feed_forward(pass, w, input, x);
        if (!before) norm_rows(pass.each, "output norm", pass.layer, w.output_norm, x, x);
        if (convolves) {
            const ConstRows more(pass.scratch.convolved.data(), x.rows, config_.hidden);
            by_chunks(pass.each, "convolution norm", pass.layer, x, [&](std::size_t first, std::size_t count) {
                for (std::size_t i = first; i < first + count; ++i) {
                    kernels_.add(x.row(i), more.row(i), x.columns, x.row(i));
                    norm_row(weights_.convolution_norm, x.row(i), x.columns, x.row(i));
                }
            });
        }
    }

    template <class Each> void feed_forward(const Pass<Each>& pass, const LayerWeights& w, ConstRows input, Rows x) {
        const Rows up(pass.scratch.inner.data(), x.rows, w.up.outputs());
        const auto activation = config_.gated ? kernels::Activation::none : config_.activation;
        multiply(pass, "feed-forward up", w.up, {.activation = activation}, input, up);
        const Rows inner(up.data, up.rows, config_.inner, up.stride);
        if (config_.gated) {
            by_chunks(pass.each, "gate", pass.layer, inner, [&](std::size_t first, std::size_t count) {
                for (std::size_t i = first; i < first + count; ++i) {
                    float* const row = inner.row(i);
                    kernels_.gated(config_.activation, row, row + config_.inner, config_.inner, row);
                }
            });
        }
        multiply(pass, "feed-forward down", w.down, {.accumulate = true}, inner, x);
    }

    /// What attention gives, before its output layer: for every row of the part, or its first tokens.
    template <class Each>
    void attend(const Pass<Each>& pass, const LayerWeights& w, const LayerShape& shape, ConstRows states,
                Rows context) {
        const std::size_t hidden = config_.hidden;
        const RaggedPart& part = pass.part;
        ConstRows input = states;
        if (config_.norms == NormPlacement::before && w.attention_norm) {
            const Rows normed(pass.scratch.context.data(), states.rows, hidden); // free until attention writes to it
            norm_rows(pass.each, "attention norm", pass.layer, *w.attention_norm, states, normed);
            input = normed;
        }
        const Linear& projection = w.query_key_value;
        const Rows qkv(pass.scratch.query_key_value.data(), states.rows, 3 * hidden);
        Rows queries = qkv;
        if (pass.first_only) {
            const Rows inputs(pass.scratch.first_inputs.data(), part.sequences(), hidden);
            gather_first(pass.batch, part, input, inputs);
            queries = {pass.scratch.first_queries.data(), part.sequences(), 3 * hidden};
            const std::size_t end = (hidden + tensor::kPanelWidth - 1) / tensor::kPanelWidth;
            multiply(pass, "queries", projection, {}, 0, end, inputs, queries);
            multiply(pass, "keys, values", projection, {}, hidden / tensor::kPanelWidth, projection.panels(), input,
                     qkv);
        } else {
            multiply(pass, "queries, keys, values", projection, {}, input, qkv);
        }
        if (shape.rotation) rotate(pass, weights_.rotary[*shape.rotation], queries, qkv);

        const auto length = [&](std::size_t task) {
            return pass.batch.length(part.first_sequence + task / config_.heads);
        };
        pass.each(
            part.sequences() * config_.heads,
            [&](std::size_t first, std::size_t last) {
                profile::Operation operation{.name = "attention", .layer = pass.layer, .inputs = config_.head_size()};
                for (std::size_t task = first; task < last; ++task) {
                    const std::size_t keys = length(task), rows = pass.first_only ? 1 : keys;
                    operation.rows += rows;
                    operation.outputs = std::max(operation.outputs, keys);
                    operation.flop += 4.0 * static_cast<double>(rows * keys * config_.head_size());
                    operation.bytes += 8.0 * static_cast<double>((rows + keys) * config_.head_size());
                }
                return operation;
            },
            [&](std::size_t task, std::size_t worker) {
                const std::size_t sequence = task / config_.heads, head = task % config_.heads, keys = length(task);
                if (keys == 0) return;
                const std::size_t row = pass.batch.offsets[part.first_sequence + sequence] - part.first_row;
                const std::size_t begin = pass.first_only ? sequence : row, count = pass.first_only ? 1 : keys;
                attend_head(w, shape, head, queries.rows_from(begin, count), qkv.rows_from(row, keys),
                            context.rows_from(begin, count),
                            (std::is_same_v<Each, Spread> ? scratch_[worker] : pass.scratch).attention.data());
            });
    }

    /// One head of one sequence; `queries` are those of its first tokens (or token), all three side by side in a row.
    void attend_head(const LayerWeights& w, const LayerShape& shape, std::size_t head, ConstRows queries, ConstRows qkv,
                     Rows context, float* scratch) const noexcept {
        const std::size_t size = config_.head_size(), hidden = config_.hidden;
        const float* const keys = qkv.data + hidden + head * size;
        kernels::AttentionTask task;
        task.queries = {queries.data + head * size, queries.rows, size, queries.stride};
        task.own = {keys, keys + hidden, qkv.rows, qkv.stride};
        task.out = {context.data + head * size, queries.rows, size, context.stride};
        task.scale = 1.0F / std::sqrt(static_cast<float>(size));
        task.rounded = rounds_activations(w.query_key_value.precision());
        if (shape.window) {
            task.window = *shape.window + 1; // its own position counts
            task.ahead = *shape.window;
        }
        if (weights_.distance_bias.size() != 0) {
            const std::size_t middle = config_.max_tokens() - 1;
            task.bias = weights_.distance_bias.data() + head * (2 * middle + 1) + middle;
            task.bias_stride = -1;
        }
        if (!config_.disentangled) return kernels_.attention(task, scratch);
        const bool by_keys = !w.distance_keys.empty(), by_queries = !w.distance_queries.empty();
        const int terms = 1 + (by_keys ? 1 : 0) + (by_queries ? 1 : 0);
        task.scale = 1.0F / std::sqrt(static_cast<float>(size) * static_cast<float>(terms));
        DisentangledHead{by_keys ? &w.distance_keys[head] : nullptr, by_queries ? &w.distance_queries[head] : nullptr,
                         weights_.distance_columns}
            .attend(kernels_, task, 0, scratch);
    }

    template <class Each> void rotate(const Pass<Each>& pass, const RotaryTable& table, Rows queries, Rows qkv) const {
        const std::size_t size = config_.head_size(), half = size / 2, hidden = config_.hidden;
        const auto turn = [&](float* row, std::size_t position) {
            for (std::size_t head = 0; head < config_.heads; ++head) {
                kernels_.rotate_halves(row + head * size, table.cosines.data() + position * half,
                                       table.sines.data() + position * half, size);
            }
        };
        const RaggedPart& part = pass.part;
        pass.each(
            part.sequences(),
            [&](std::size_t first, std::size_t last) {
                std::size_t rows = 0;
                for (std::size_t s = first; s < last; ++s) rows += pass.batch.length(part.first_sequence + s);
                return profile::row_operation("rotary positions", pass.layer, rows, 2 * hidden);
            },
            [&](std::size_t s, std::size_t) {
                const std::size_t sequence = part.first_sequence + s, count = pass.batch.length(sequence);
                if (pass.first_only && count != 0) turn(queries.row(s), 0);
                for (std::size_t i = 0; i < count; ++i) {
                    float* const row = qkv.row(pass.batch.offsets[sequence] - part.first_row + i);
                    if (!pass.first_only) turn(row, i);
                    turn(row + hidden, i);
                }
            });
    }

    /// The convolution over each token's surroundings in its own sequence, to `scratch.convolved`.
    template <class Each> void convolve(const Pass<Each>& pass, ConstRows states) const {
        const std::size_t hidden = config_.hidden, width = config_.convolution_width, reach = width / 2;
        const RaggedPart& part = pass.part;
        const Rows around(pass.scratch.surroundings.data(), states.rows, width * hidden),
            out(pass.scratch.convolved.data(), states.rows, hidden);
        for (std::size_t s = part.first_sequence; s < part.end_sequence; ++s) {
            const std::size_t begin = pass.batch.offsets[s] - part.first_row, count = pass.batch.length(s);
            for (std::size_t i = 0; i < count; ++i) {
                for (std::size_t t = 0; t < width; ++t) {
                    float* const to = around.row(begin + i) + t * hidden;
                    if (i + t < reach || i + t - reach >= count) {
                        std::fill(to, to + hidden, 0.0F);
                    } else {
                        const float* const from = states.row(begin + i + t - reach);
                        std::copy(from, from + hidden, to);
                    }
                }
            }
        }
        multiply(pass, "convolution", *weights_.convolution, {.activation = config_.convolution_activation}, around,
                 out);
    }

    const EncoderConfig& config_;
    const EncoderWeights& weights_;
    ThreadPool& pool_;
    Kernels kernels_;
    profile::Recorder* recorder_ = nullptr;
    tensor::AlignedBuffer<float> states_, firsts_;
    RaggedParts parts_;
    std::vector<Scratch> scratch_;
};

} // namespace familiar::encoder
