#pragma once

#include <familiar/core/error.hpp>
#include <familiar/core/thread_pool.hpp>
#include <familiar/decoder/activations.hpp>
#include <familiar/decoder/decoder_shape.hpp>
#include <familiar/decoder/decoder_weights.hpp>
#include <familiar/decoder/key_value_type.hpp>
#include <familiar/decoder/linear_products.hpp>
#include <familiar/decoder/pass_attention.hpp>
#include <familiar/decoder/rotary_angles.hpp>
#include <familiar/decoder/segment.hpp>
#include <familiar/kernels/kernel_backend.hpp>
#include <familiar/profile/recorder.hpp>
#include <familiar/tensor/aligned_buffer.hpp>
#include <familiar/tensor/dequantize.hpp>
#include <familiar/tensor/packed_matrix.hpp>
#include <familiar/tensor/page_memory.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::decoder {

/// A token whose log-probability is asked for, after the token of a row of the last pass.
struct Target {
    std::size_t row = 0;
    std::int32_t token = 0;
};

/// The forward pass of a causal transformer: f32 activations (or 8-bit ones before products), weights read panel by
/// panel from where they are stored.
///
/// `run` takes up to `kMostRows` tokens in any number of segments through all layers; then `logits` and
/// `log_probabilities` tell what may follow any of those tokens. What a row gives depends on its own sequence only,
/// never on the rows beside it nor on the number of threads. Cost of a pass: 2 · (weights of the layers) operations a
/// token, the unpacking of the weights once, attention over what each token sees. Nothing is allocated once a pass of
/// the largest size was run. One thread at a time may use an object; it spreads its work over the pool.
template <kernels::KernelBackend Kernels> class CausalModel {
  public:
    /// Rows of one pass: enough that unpacking the weights costs a few percent, few enough that activations stay in
    /// the caches (512 · 1536 floats are 3 MB).
    static constexpr std::size_t kMostRows = 512;

    /// @param where   the model's file, for messages
    /// @param mapping where it is mapped, if it is: its pages are given back as weights are copied into the order of
    ///                integer products
    /// @param key_values how keys and values are rounded, in the stores that are made for this model and in passes
    CausalModel(DecoderShape shape, DecoderWeights weights, std::string where, ThreadPool& pool, Kernels kernels = {},
                Activations activations = Activations::f32, std::span<const std::byte> mapping = {},
                KeyValueType key_values = KeyValueType::f32)
        : shape_(std::move(shape)), weights_(std::move(weights)), where_(std::move(where)), pool_(&pool),
          kernels_(std::move(kernels)), products_(weights_, activations, mapping, widest(), pool.size()),
          mapping_(mapping), key_values_(key_values), attention_(pool.size()), scratch_(pool.size()) {
        for (const auto& rotary : shape_.rotary) angles_.push_back({RotaryAngles(rotary), {}, {}});
    }

    CausalModel(CausalModel&&) = default;
    CausalModel& operator=(CausalModel&&) = default;

    [[nodiscard]] const DecoderShape& shape() const noexcept { return shape_; }
    [[nodiscard]] const DecoderWeights& weights() const noexcept { return weights_; }
    [[nodiscard]] const std::string& where() const noexcept { return where_; }
    [[nodiscard]] const Kernels& kernels() const noexcept { return kernels_; }
    [[nodiscard]] Activations activations() const noexcept { return products_.activations(); }
    /// What stores for this model are to be made of.
    [[nodiscard]] KeyValueType key_values() const noexcept { return key_values_; }
    /// A number for the angles of a sequence of `length` tokens: kept keys serve lengths with the same number only.
    [[nodiscard]] std::size_t regime(std::size_t length) const noexcept {
        std::size_t regime = 0;
        for (const auto& kind : angles_) regime = std::max(regime, kind.angles.regime(length));
        return regime;
    }
    /// Whether a sequence that grows beyond `length` must be computed again from its beginning. Keys of dynamic
    /// positions are kept, as in the published library.
    [[nodiscard]] bool begins_again_after(std::size_t length) const noexcept {
        return std::any_of(shape_.rotary.begin(), shape_.rotary.end(), [&](const RotaryShape& rotary) {
            return rotary.scaling.kind == RotaryScalingKind::longrope && rotary.scaling.original_context == length;
        });
    }
    /// From now on operations are recorded there; null: nowhere. The recorder must have a list for each thread of the
    /// pool.
    void record_to(profile::Recorder* recorder) noexcept { recorder_ = recorder; }
    /// Tokens that went through the layers so far.
    [[nodiscard]] std::uint64_t tokens_processed() const noexcept { return tokens_processed_; }

    /// Takes the segments' tokens, at most `kMostRows` in all, through the layers; row r of the pass is the r-th token
    /// of all segments end to end. Throws `Error`: invalid_token for an id outside the vocabulary, text_too_long for a
    /// position outside the context, invalid_argument for a segment that breaks its own rules.
    void run(std::span<const Segment> segments) {
        lay_out(segments);
        embed(segments);
        for (std::size_t layer = 0; layer < shape_.layers; ++layer) {
            layer_ = layer;
            LayerWeights& w = weights_.layers[layer];
            normalise(w.attention_norm);
            project(w);
            place(segments, layer);
            attention_.run(kernels_, shape_, *pool_, {segments, begins_, layer, projected_.data(), attended_.data()},
                           recorder_);
            if (shape_.parallel && !w.feed_forward_norm.empty()) normalise(w.feed_forward_norm);
            add_product("attention output", {attended_.data(), rows_, shape_.query_size()}, w.output,
                        w.post_attention_norm);
            if (!shape_.parallel) normalise(w.feed_forward_norm);
            feed_forward(w);
            add_product("down", {inner_.data(), rows_, shape_.inner}, w.down, w.post_feed_forward_norm);
        }
        layer_ = profile::Operation::kNoLayer;
        for (const auto& segment : segments) {
            if (segment.store != nullptr) segment.store->append(segment.tokens.size());
        }
        tokens_processed_ += rows_;
        products_.require_finite(weights_, where_);
        give_back_embedding();
    }

    /// Logits of what follows the given rows of the last pass; out: [rows, vocabulary].
    /// Throws `Error` (numeric_failure) where one is not a number.
    void logits(std::span<const std::size_t> rows, tensor::MatrixView<float> out) {
        normalise_rows(rows);
        const auto a = operand({normed_.data(), rows.size(), shape_.hidden});
        std::atomic<bool> finite{true};
        pool_->run(panels(weights_.head.matrix), [&](std::size_t p, std::size_t worker) {
            const auto c = columns(out, p);
            multiply_panel("head", weights_.head, p, a, c, {}, worker);
            cap_logits(c);
            if (!all_finite(c)) finite.store(false, std::memory_order_relaxed);
        });
        products_.require_finite(weights_, where_);
        if (!finite.load()) fail_numbers();
    }

    /// Natural log-probability of each target; out as long as `targets`, whose rows must not fall. Accumulates in
    /// double; memory: two floats for each row and 64 tokens of the vocabulary, so that many rows cost little.
    /// Throws `Error`: numeric_failure where a logit is not a number, invalid_token.
    void log_probabilities(std::span<const Target> targets, std::span<double> out) {
        if (targets.empty()) return;
        target_rows_.clear();
        for (const auto& target : targets) {
            require_token(target.token);
            if (target_rows_.empty() || target_rows_.back() != target.row) target_rows_.push_back(target.row);
        }
        normalise_rows(target_rows_);
        const std::size_t rows = target_rows_.size(), count = panels(weights_.head.matrix);
        const auto a = operand({normed_.data(), rows, shape_.hidden});
        partial_.resize(rows * count);
        for (auto& scratch : scratch_) scratch.rows.resize(rows * tensor::kPanelWidth);
        pool_->run(count, [&](std::size_t p, std::size_t worker) {
            const tensor::MatrixView<float> c(scratch_[worker].rows.data(), rows, panel_outputs(p),
                                              tensor::kPanelWidth);
            multiply_panel("head", weights_.head, p, a, c, {}, worker);
            cap_logits(c);
            for (std::size_t row = 0; row < rows; ++row) partial_[row * count + p] = exponential_sum(c[row]);
            for (std::size_t i = 0, row = 0; i < targets.size(); ++i) {
                if (i != 0 && targets[i].row != targets[i - 1].row) ++row;
                const auto token = static_cast<std::size_t>(targets[i].token);
                if (token / tensor::kPanelWidth == p) {
                    out[i] = static_cast<double>(c[row][token % tensor::kPanelWidth]);
                }
            }
        });
        products_.require_finite(weights_, where_);
        double normaliser = 0.0;
        for (std::size_t i = 0, row = 0; i < targets.size(); ++i) {
            if (i != 0 && targets[i].row != targets[i - 1].row) ++row;
            if (i == 0 || targets[i].row != targets[i - 1].row) {
                normaliser = log_sum(std::span<const Partial>(partial_.data() + row * count, count));
                if (!std::isfinite(normaliser)) fail_numbers();
            }
            out[i] -= normaliser;
        }
    }

  private:
    /// Row-wise work is shared out in blocks of so many rows; fewer are done at once by the calling thread.
    static constexpr std::size_t kRowBlock = 16;

    /// What becomes of a product's sums beside their bias.
    struct Ending {
        bool accumulate = false;
        kernels::Activation activation = kernels::Activation::none;
    };
    /// Angles of one kind of rotary positions, and those of the rows at hand: [rows, pairs].
    struct Turns {
        RotaryAngles angles;
        tensor::AlignedBuffer<float> cosines, sines;
    };
    struct Partial {
        float largest;
        double sum; ///< of exp(logit - largest)
    };
    struct Scratch {
        tensor::AlignedBuffer<float> rows;
        tensor::AlignedBuffer<std::byte> narrow; ///< one head's rounded keys or values
    };

    // ---- layout of a pass
    void lay_out(std::span<const Segment> segments) {
        rows_ = 0;
        begins_.clear();
        for (std::size_t s = 0; s < segments.size(); ++s) {
            check(segments, s);
            begins_.push_back(rows_);
            rows_ += segments[s].tokens.size();
        }
        if (rows_ > kMostRows) {
            throw Error(ErrorCode::invalid_argument, "a pass of " + std::to_string(rows_) + " tokens", where_,
                        "At most " + std::to_string(kMostRows) + " are possible");
        }
        hidden_.resize(rows_ * shape_.hidden);
        normed_.resize(rows_ * shape_.hidden);
        projected_.resize(rows_ * shape_.projection_size());
        attended_.resize(rows_ * shape_.query_size());
        inner_.resize(rows_ * shape_.inner);
        if (!weights_.layers.front().post_attention_norm.empty()) added_.resize(rows_ * shape_.hidden);
        for (auto& kind : angles_) {
            kind.cosines.resize(rows_ * kind.angles.size());
            kind.sines.resize(rows_ * kind.angles.size());
        }
        attention_.lay_out(kernels_, shape_, segments);
        for (auto& worker : scratch_) {
            worker.rows.resize(rows_ * tensor::kPanelWidth);
            worker.narrow.resize(head_bytes(KeyValueType::f32, shape_.head_size + 1));
        }
    }

    void check(std::span<const Segment> segments, std::size_t s) const {
        const Segment& segment = segments[s];
        const std::size_t count = segment.tokens.size();
        for (const auto token : segment.tokens) require_token(token);
        if (segment.position + count > shape_.context) {
            throw Error(ErrorCode::text_too_long,
                        "a sequence of " + std::to_string(segment.position + count) + " tokens, a context of " +
                            std::to_string(shape_.context),
                        where_);
        }
        const bool fits = segment.store == nullptr || segment.store->size() + count <= segment.store->capacity();
        const auto is_ours = [&](const KeyValueStore* store) {
            return store == nullptr || store->type() == key_values_;
        };
        const bool typed =
            is_ours(segment.store) && std::all_of(segment.visible.begin(), segment.visible.end(),
                                                  [&](const KeyValueView& v) { return is_ours(v.store); });
        const bool has_elder = segment.parent == Segment::kNone || segment.parent < s;
        if (count == 0 || !fits || !typed || !has_elder || segment.visible.size() > Segment::kMostVisible) {
            throw Error(ErrorCode::invalid_argument, "segment " + std::to_string(s) + " of a pass breaks its rules",
                        where_);
        }
    }

    void require_token(std::int32_t token) const {
        if (token < 0 || static_cast<std::size_t>(token) >= shape_.vocabulary) {
            throw Error(ErrorCode::invalid_token,
                        "token " + std::to_string(token) + " is outside the vocabulary of " +
                            std::to_string(shape_.vocabulary) + " tokens",
                        where_);
        }
    }

    [[noreturn]] void fail_numbers() const {
        throw Error(ErrorCode::numeric_failure, "the model's weights give logits that are not numbers", where_,
                    "The file is damaged");
    }

    // ---- views of the pass
    [[nodiscard]] tensor::MatrixView<float> hidden() noexcept { return {hidden_.data(), rows_, shape_.hidden}; }
    [[nodiscard]] tensor::MatrixView<const float> normed() const noexcept {
        return {normed_.data(), rows_, shape_.hidden};
    }
    [[nodiscard]] tensor::MatrixView<float> projected() noexcept {
        return {projected_.data(), rows_, shape_.projection_size()};
    }

    // ---- row-wise steps
    /// @param size values of a row, for the profile
    template <class Body> void for_rows(std::string_view name, std::size_t size, std::size_t rows, const Body& body) {
        pool_->run((rows + kRowBlock - 1) / kRowBlock, [&](std::size_t task, std::size_t worker) {
            const std::size_t first = task * kRowBlock, end = std::min(rows, first + kRowBlock);
            profile::timed(
                recorder_, worker, [&] { return profile::row_operation(name, layer_, end - first, size); },
                [&] {
                    for (std::size_t row = first; row < end; ++row) body(row, worker);
                });
        });
    }

    void embed(std::span<const Segment> segments) {
        const auto read_row = [&](const tensor::StoredMatrix& table, std::size_t at, float* out) {
            tensor::dequantize(table.type, table.data + at * table.row_bytes(), shape_.hidden, out);
        };
        for (std::size_t s = 0; s < segments.size(); ++s) {
            const Segment& segment = segments[s];
            const std::size_t length = segment.angle_length();
            for_rows("embeddings", shape_.hidden, segment.tokens.size(), [&](std::size_t i, std::size_t) {
                const std::size_t row = begins_[s] + i, position = segment.position + i;
                float* const x = hidden().row(row);
                read_row(weights_.embedding, static_cast<std::size_t>(segment.tokens[i]), x);
                if (shape_.embedding_scale != 1.0F) {
                    for (std::size_t k = 0; k < shape_.hidden; ++k) x[k] *= shape_.embedding_scale;
                }
                if (shape_.learned_positions) {
                    float* const place = normed_.data() + row * shape_.hidden;
                    read_row(weights_.positions, position, place);
                    kernels_.add(x, place, shape_.hidden, x);
                }
                if (!weights_.embedding_norm.empty()) normalise_row(weights_.embedding_norm, x, shape_.hidden, x);
                for (auto& kind : angles_) {
                    const std::size_t at = row * kind.angles.size();
                    kind.angles.at(position, length, kind.cosines.data() + at, kind.sines.data() + at);
                }
            });
        }
    }

    /// Every token that is looked up brings some pages of a large table with it, most of which nobody needs again.
    void give_back_embedding() noexcept {
        constexpr std::size_t kMostLookedUp = 256;
        looked_up_ += rows_;
        if (looked_up_ < kMostLookedUp || products_.activations() == Activations::f32) return;
        looked_up_ = 0;
        const tensor::StoredMatrix& table = weights_.embedding;
        const bool read_by_head = weights_.head.interleaved.empty() && weights_.head.matrix.data == table.data;
        if (!read_by_head) tensor::give_back_pages(mapping_, {table.data, table.rows * table.row_bytes()});
    }

    void normalise_row(const NormWeights& norm, const float* x, std::size_t n, float* out) const noexcept {
        if (shape_.norm == NormKind::rms) {
            kernels_.rms_norm(x, norm.gain.data(), shape_.norm_epsilon, n, out);
        } else {
            kernels_.layer_norm(x, norm.gain.data(), norm.bias.data(), shape_.norm_epsilon, n, out);
        }
    }

    void normalise(const NormWeights& norm) {
        for_rows("norms", shape_.hidden, rows_, [&](std::size_t row, std::size_t) {
            normalise_row(norm, hidden().row(row), shape_.hidden, normed_.data() + row * shape_.hidden);
        });
    }

    /// The final norm of chosen rows, end to end in `normed_`.
    void normalise_rows(std::span<const std::size_t> rows) {
        if (std::any_of(rows.begin(), rows.end(), [&](std::size_t row) { return row >= rows_; })) {
            throw Error(ErrorCode::invalid_argument, "a row that the last pass does not have", where_);
        }
        normed_.resize(std::max(rows.size(), rows_) * shape_.hidden);
        for_rows("final norm", shape_.hidden, rows.size(), [&](std::size_t i, std::size_t) {
            normalise_row(weights_.final_norm, hidden().row(rows[i]), shape_.hidden,
                          normed_.data() + i * shape_.hidden);
        });
    }

    /// Normalises queries and keys where the model does, turns them to their positions, and puts keys and values where
    /// later passes look for them.
    void place(std::span<const Segment> segments, std::size_t layer) {
        const LayerWeights& w = weights_.layers[layer];
        const std::size_t size = shape_.head_size, row_size = shape_.projection_size();
        for (std::size_t s = 0; s < segments.size(); ++s) {
            const Segment& segment = segments[s];
            for_rows("positions, keys kept", row_size, segment.tokens.size(), [&](std::size_t i, std::size_t worker) {
                const std::size_t row = begins_[s] + i;
                float* const x = projected().row(row);
                for (std::size_t head = 0; head < shape_.heads; ++head) {
                    prepare(x + shape_.query_at(head), w.query_norm, layer, row);
                }
                for (std::size_t head = 0; head < shape_.key_value_heads; ++head) {
                    float *const key = x + shape_.key_at(head), *const value = x + shape_.value_at(head);
                    prepare(key, w.key_norm, layer, row);
                    if (segment.store != nullptr)
                        segment.store->put(layer, segment.store->size() + i, head, key, value);
                    if (key_values_ == KeyValueType::f32) continue;
                    for (float* const part : {key, value}) { // as a store would give them
                        narrow_head(key_values_, part, size, scratch_[worker].narrow.data());
                        widen_head(key_values_, scratch_[worker].narrow.data(), size, part);
                    }
                }
            });
        }
    }

    /// One head's query or key.
    void prepare(float* x, const NormWeights& norm, std::size_t layer, std::size_t row) const noexcept {
        if (!norm.empty()) normalise_row(norm, x, shape_.head_size, x);
        const std::size_t rotary = shape_.layer_shapes[layer].rotary;
        if (rotary == LayerShape::kNoRotary) return;
        const Turns& turns = angles_[rotary];
        const std::size_t at = row * turns.angles.size();
        if (shape_.rotary[rotary].layout == RotaryLayout::pairs) {
            kernels_.rotate_pairs(x, turns.cosines.data() + at, turns.sines.data() + at, 2 * turns.angles.size());
        } else {
            kernels_.rotate_halves(x, turns.cosines.data() + at, turns.sines.data() + at, 2 * turns.angles.size());
        }
    }

    // ---- products
    static std::size_t panels(const tensor::StoredMatrix& matrix) noexcept {
        return (matrix.rows + tensor::kPanelWidth - 1) / tensor::kPanelWidth;
    }

    [[nodiscard]] std::size_t panel_outputs(std::size_t p) const noexcept {
        return std::min(tensor::kPanelWidth, shape_.vocabulary - p * tensor::kPanelWidth);
    }

    static tensor::MatrixView<float> columns(tensor::MatrixView<float> c, std::size_t p) noexcept {
        const std::size_t first = p * tensor::kPanelWidth;
        return {c.data + first, c.rows, std::min(tensor::kPanelWidth, c.columns - first), c.stride};
    }

    /// Most inputs of a matrix.
    [[nodiscard]] std::size_t widest() const noexcept {
        return std::max({shape_.hidden, shape_.query_size(), shape_.inner});
    }

    using Operand = typename LinearProducts<Kernels>::Operand;

    Operand operand(tensor::MatrixView<const float> a) {
        return products_.operand(kernels_, *pool_, a, [&](std::size_t rows, std::size_t worker, const auto& body) {
            profile::timed(
                recorder_, worker, [&] { return profile::row_operation("rows to 8 bits", layer_, rows, a.columns); },
                body);
        });
    }

    void multiply_panel(std::string_view name, LinearWeights& linear, std::size_t p, const Operand& a,
                        tensor::MatrixView<float> c, Ending ending, std::size_t worker) {
        profile::timed(
            recorder_, worker, [&] { return product(name, linear, c); },
            [&] {
                products_.multiply_panel(kernels_, linear, p, a, c, {nullptr, ending.activation, ending.accumulate},
                                         worker);
            });
    }

    [[nodiscard]] profile::Operation product(std::string_view name, const LinearWeights& linear,
                                             tensor::MatrixView<const float> c) const noexcept {
        const tensor::StoredMatrix& matrix = linear.matrix;
        const double width = static_cast<double>(matrix.row_bytes()) / static_cast<double>(matrix.columns);
        profile::Operation out =
            profile::product_operation(name, layer_, c.rows, matrix.rows, matrix.columns, c.columns, width);
        out.arithmetic = linear.interleaved.empty() ? profile::Arithmetic::f32 : profile::Arithmetic::int8;
        return out;
    }

    void multiply(std::string_view name, tensor::MatrixView<const float> rows, LinearWeights& linear,
                  tensor::MatrixView<float> out, Ending ending) {
        const Operand a = operand(rows);
        pool_->run(panels(linear.matrix), [&](std::size_t p, std::size_t worker) {
            multiply_panel(name, linear, p, a, columns(out, p), ending, worker);
        });
    }

    /// Queries, keys and values of the rows: products whose outputs follow one another; their panels are shared out
    /// together.
    void project(LayerWeights& w) {
        const Operand a = operand(normed());
        std::size_t tasks = 0;
        for (const auto& linear : w.projections) tasks += panels(linear.matrix);
        pool_->run(tasks, [&](std::size_t p, std::size_t worker) {
            std::size_t first = 0;
            for (auto& linear : w.projections) {
                const std::size_t count = panels(linear.matrix);
                if (p < count) {
                    const auto all = projected();
                    const tensor::MatrixView<float> out(all.data + first, all.rows, linear.outputs(), all.stride);
                    multiply_panel("queries, keys, values", linear, p, a, columns(out, p), {}, worker);
                    return;
                }
                p -= count;
                first += linear.outputs();
            }
        });
    }

    /// hidden += a · Wᵀ, through a norm where the model has one there.
    void add_product(std::string_view name, tensor::MatrixView<const float> a, LinearWeights& linear,
                     const NormWeights& norm) {
        if (norm.empty()) return multiply(name, a, linear, hidden(), {.accumulate = true});
        multiply(name, a, linear, {added_.data(), rows_, shape_.hidden}, {});
        for_rows("norms", shape_.hidden, rows_, [&](std::size_t row, std::size_t) {
            float *const x = hidden().row(row), *const added = added_.data() + row * shape_.hidden;
            normalise_row(norm, added, shape_.hidden, added);
            kernels_.add(x, added, shape_.hidden, x);
        });
    }

    /// inner = activation(gate) · up, 64 columns at a time while they are in the cache; or activation(up).
    void feed_forward(LayerWeights& w) {
        const tensor::MatrixView<float> inner(inner_.data(), rows_, shape_.inner);
        if (!shape_.gated) return multiply("up", normed(), w.up, inner, {.activation = shape_.activation});
        const Operand a = operand(normed());
        pool_->run(panels(w.gate.matrix), [&](std::size_t p, std::size_t worker) {
            const auto gate = columns(inner, p);
            const tensor::MatrixView<float> up(scratch_[worker].rows.data(), rows_, gate.columns, tensor::kPanelWidth);
            multiply_panel("gate", w.gate, p, a, gate, {}, worker);
            multiply_panel("up", w.up, p, a, up, {}, worker);
            profile::timed(
                recorder_, worker, [&] { return profile::row_operation("gate times up", layer_, rows_, gate.columns); },
                [&] {
                    for (std::size_t row = 0; row < rows_; ++row) {
                        kernels_.gated(shape_.activation, gate.row(row), up.row(row), gate.columns, gate.row(row));
                    }
                });
        });
    }

    void cap_logits(tensor::MatrixView<float> c) const noexcept {
        const float cap = shape_.logit_cap;
        if (cap <= 0.0F) return;
        for (std::size_t row = 0; row < c.rows; ++row) {
            float* const x = c.row(row);
            for (std::size_t k = 0; k < c.columns; ++k) x[k] /= cap;
            kernels_.activate(kernels::Activation::tanh, x, c.columns, x);
            for (std::size_t k = 0; k < c.columns; ++k) x[k] *= cap;
        }
    }

    // ---- sums of exponentials
    static bool all_finite(tensor::MatrixView<const float> c) noexcept {
        bool finite = true;
        for (std::size_t row = 0; row < c.rows; ++row) {
            for (const float value : c[row]) finite &= std::fabs(value) <= std::numeric_limits<float>::max();
        }
        return finite;
    }

    /// Eight at a time, without a branch, so that compilers vectorise it.
    static float largest_of(std::span<const float> values) noexcept {
        std::array<float, 8> lanes;
        lanes.fill(values.front());
        std::size_t i = 0;
        for (; i + lanes.size() <= values.size(); i += lanes.size()) {
            for (std::size_t j = 0; j < lanes.size(); ++j) lanes[j] = std::max(lanes[j], values[i + j]);
        }
        for (; i < values.size(); ++i) lanes[0] = std::max(lanes[0], values[i]);
        return *std::max_element(lanes.begin(), lanes.end());
    }

    /// No number in `sum` where one of the values is none, or infinite.
    Partial exponential_sum(std::span<const float> values) const noexcept {
        if (!all_finite({values.data(), 1, values.size()})) return {0.0F, std::numeric_limits<double>::quiet_NaN()};
        std::array<float, tensor::kPanelWidth> shares;
        kernels_.softmax(values.data(), values.size(), shares.data());
        const std::span<const float> all(shares.data(), values.size());
        return {largest_of(values), 1.0 / static_cast<double>(largest_of(all))}; // whose exponential is 1
    }

    static double log_sum(std::span<const Partial> parts) noexcept {
        float largest = -std::numeric_limits<float>::infinity();
        for (const auto& part : parts) largest = std::max(largest, part.largest);
        double sum = 0.0;
        for (const auto& part : parts) sum += part.sum * std::exp(static_cast<double>(part.largest - largest));
        return static_cast<double>(largest) + std::log(sum);
    }

    DecoderShape shape_;
    DecoderWeights weights_;
    std::string where_;
    ThreadPool* pool_;
    Kernels kernels_;
    LinearProducts<Kernels> products_; ///< after the weights, whose places it makes
    std::span<const std::byte> mapping_;
    KeyValueType key_values_;
    std::vector<Turns> angles_;
    std::uint64_t tokens_processed_ = 0;
    std::size_t looked_up_ = 0; ///< rows of the embedding since its pages were given back
    profile::Recorder* recorder_ = nullptr;
    std::size_t layer_ = profile::Operation::kNoLayer; ///< at hand

    std::size_t rows_ = 0;
    std::vector<std::size_t> begins_, target_rows_;
    std::vector<Partial> partial_;
    PassAttention<Kernels> attention_;
    tensor::AlignedBuffer<float> hidden_, normed_, projected_, attended_, added_, inner_;
    std::vector<Scratch> scratch_;
};

} // namespace familiar::decoder
