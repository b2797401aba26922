#pragma once

#include <familiar/core/error.hpp>
#include <familiar/core/thread_pool.hpp>
#include <familiar/decoder/decoder_shape.hpp>
#include <familiar/decoder/decoder_weights.hpp>
#include <familiar/decoder/rotary_angles.hpp>
#include <familiar/decoder/segment.hpp>
#include <familiar/kernels/kernel_backend.hpp>
#include <familiar/tensor/aligned_buffer.hpp>
#include <familiar/tensor/dequantize.hpp>
#include <familiar/tensor/packed_matrix.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace familiar::decoder {

/// A token whose log-probability is asked for, after the token of a row of the last pass.
struct Target {
    std::size_t row = 0;
    std::int32_t token = 0;
};

/// The forward pass of a causal transformer: f32 activations, weights read panel by panel from where they are stored.
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

    /// @param where the model's file, for messages
    CausalModel(DecoderShape shape, DecoderWeights weights, std::string where, ThreadPool& pool, Kernels kernels = {})
        : shape_(std::move(shape)), weights_(std::move(weights)), where_(std::move(where)), pool_(&pool),
          kernels_(std::move(kernels)), angles_(shape_.rotary, weights_.rotary_factors), scratch_(pool.size()) {
        const std::size_t widest = std::max({shape_.hidden, shape_.query_size(), shape_.inner});
        for (auto& scratch : scratch_) scratch.panel.resize(widest * tensor::kPanelWidth);
    }

    CausalModel(CausalModel&&) = default;
    CausalModel& operator=(CausalModel&&) = default;

    [[nodiscard]] const DecoderShape& shape() const noexcept { return shape_; }
    [[nodiscard]] const DecoderWeights& weights() const noexcept { return weights_; }
    [[nodiscard]] const std::string& where() const noexcept { return where_; }
    [[nodiscard]] const Kernels& kernels() const noexcept { return kernels_; }
    /// Tokens that went through the layers so far.
    [[nodiscard]] std::uint64_t tokens_processed() const noexcept { return tokens_processed_; }

    /// Takes the segments' tokens, at most `kMostRows` in all, through the layers; row r of the pass is the r-th token
    /// of all segments end to end. Throws `Error`: invalid_token for an id outside the vocabulary, text_too_long for a
    /// position outside the context, invalid_argument for a segment that breaks its own rules.
    void run(std::span<const Segment> segments) {
        lay_out(segments);
        embed(segments);
        for (std::size_t layer = 0; layer < shape_.layers; ++layer) {
            const LayerWeights& w = weights_.layers[layer];
            normalise(w.attention_norm);
            multiply(normed(), {{&w.query, queries(), false}, {&w.key, keys(), false}, {&w.value, values(), false}});
            place(segments, layer);
            attend(segments, layer);
            multiply({attended_.data(), rows_, shape_.query_size()}, {{&w.output, hidden(), true}});
            normalise(w.feed_forward_norm);
            multiply_gated(w);
            multiply({inner_.data(), rows_, shape_.inner}, {{&w.down, hidden(), true}});
        }
        for (const auto& segment : segments) {
            if (segment.store != nullptr) segment.store->append(segment.tokens.size());
        }
        tokens_processed_ += rows_;
    }

    /// Logits of what follows the given rows of the last pass; out: [rows, vocabulary].
    /// Throws `Error` (numeric_failure) where one is not a number.
    void logits(std::span<const std::size_t> rows, tensor::MatrixView<float> out) {
        normalise_rows(rows);
        const tensor::MatrixView<const float> a(normed_.data(), rows.size(), shape_.hidden);
        std::atomic<bool> finite{true};
        pool_->run(panels(weights_.head.matrix), [&](std::size_t p, std::size_t worker) {
            const auto c = columns(out, p);
            multiply_panel(weights_.head, p, a, c, false, worker);
            if (!all_finite(c)) finite.store(false, std::memory_order_relaxed);
        });
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
        const tensor::MatrixView<const float> a(normed_.data(), rows, shape_.hidden);
        partial_.resize(rows * count);
        for (auto& scratch : scratch_) scratch.rows.resize(rows * tensor::kPanelWidth);
        pool_->run(count, [&](std::size_t p, std::size_t worker) {
            const tensor::MatrixView<float> c(scratch_[worker].rows.data(), rows, panel_outputs(p),
                                              tensor::kPanelWidth);
            multiply_panel(weights_.head, p, a, c, false, worker);
            for (std::size_t row = 0; row < rows; ++row) partial_[row * count + p] = exponential_sum(c[row]);
            for (std::size_t i = 0, row = 0; i < targets.size(); ++i) {
                if (i != 0 && targets[i].row != targets[i - 1].row) ++row;
                const auto token = static_cast<std::size_t>(targets[i].token);
                if (token / tensor::kPanelWidth == p) {
                    out[i] = static_cast<double>(c[row][token % tensor::kPanelWidth]);
                }
            }
        });
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
    /// Attention of `kQueryBlock` rows of one head is one task: small enough to share out, large enough to pay.
    static constexpr std::size_t kQueryBlock = 64;
    /// Row-wise work is shared out in blocks of so many rows; fewer are done at once by the calling thread.
    static constexpr std::size_t kRowBlock = 16;

    struct Product {
        const LinearWeights* weights;
        tensor::MatrixView<float> out;
        bool accumulate;
    };
    struct QueryBlock {
        std::size_t segment, first, count;
    };
    struct Partial {
        float largest;
        double sum; ///< of exp(logit - largest)
    };
    struct Scratch {
        tensor::AlignedBuffer<float> panel, rows, attention;
    };

    // ---- layout of a pass
    void lay_out(std::span<const Segment> segments) {
        rows_ = 0;
        begins_.clear();
        blocks_.clear();
        std::size_t scratch = 0;
        for (std::size_t s = 0; s < segments.size(); ++s) {
            const Segment& segment = segments[s];
            const std::size_t count = segment.tokens.size();
            check(segments, s);
            std::size_t seen = count;
            for (const auto& view : segment.visible) seen += view.count;
            if (segment.parent != Segment::kNone) seen += segments[segment.parent].tokens.size();
            if (segment.store != nullptr) seen += segment.store->size();
            for (std::size_t first = 0; first < count; first += kQueryBlock) {
                blocks_.push_back({s, first, std::min(kQueryBlock, count - first)});
            }
            scratch =
                std::max(scratch, kernels_.attention_scratch(std::min(kQueryBlock, count), seen, shape_.head_size));
            begins_.push_back(rows_);
            rows_ += count;
        }
        if (rows_ > kMostRows) {
            throw Error(ErrorCode::invalid_argument, "a pass of " + std::to_string(rows_) + " tokens", where_,
                        "At most " + std::to_string(kMostRows) + " are possible");
        }
        hidden_.resize(rows_ * shape_.hidden);
        normed_.resize(rows_ * shape_.hidden);
        queries_.resize(rows_ * shape_.query_size());
        attended_.resize(rows_ * shape_.query_size());
        keys_.resize(rows_ * shape_.key_value_size());
        values_.resize(rows_ * shape_.key_value_size());
        inner_.resize(rows_ * shape_.inner);
        cosines_.resize(rows_ * angles_.size());
        sines_.resize(rows_ * angles_.size());
        for (auto& worker : scratch_) {
            worker.rows.resize(rows_ * tensor::kPanelWidth);
            worker.attention.resize(scratch);
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
        const bool has_elder = segment.parent == Segment::kNone ||
                               (segment.parent < s && segments[segment.parent].parent == Segment::kNone);
        if (count == 0 || !fits || !has_elder || segment.visible.size() > Segment::kMostVisible) {
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
    [[nodiscard]] tensor::MatrixView<float> queries() noexcept { return {queries_.data(), rows_, shape_.query_size()}; }
    [[nodiscard]] tensor::MatrixView<float> keys() noexcept { return {keys_.data(), rows_, shape_.key_value_size()}; }
    [[nodiscard]] tensor::MatrixView<float> values() noexcept {
        return {values_.data(), rows_, shape_.key_value_size()};
    }

    // ---- row-wise steps
    template <class Body> void for_rows(std::size_t rows, const Body& body) {
        const auto block = [&](std::size_t task, std::size_t) {
            const std::size_t end = std::min(rows, (task + 1) * kRowBlock);
            for (std::size_t row = task * kRowBlock; row < end; ++row) body(row);
        };
        pool_->run((rows + kRowBlock - 1) / kRowBlock, block);
    }

    void embed(std::span<const Segment> segments) {
        const auto& embedding = weights_.embedding;
        for (std::size_t s = 0; s < segments.size(); ++s) {
            const Segment& segment = segments[s];
            for_rows(segment.tokens.size(), [&](std::size_t i) {
                const std::size_t row = begins_[s] + i;
                tensor::dequantize(embedding.type,
                                   embedding.data + static_cast<std::size_t>(segment.tokens[i]) * embedding.row_bytes(),
                                   shape_.hidden, hidden().row(row));
                angles_.at(segment.position + i, cosines_.data() + row * angles_.size(),
                           sines_.data() + row * angles_.size());
            });
        }
    }

    void normalise(const std::vector<float>& gain) {
        for_rows(rows_, [&](std::size_t row) {
            kernels_.rms_norm(hidden().row(row), gain.data(), shape_.norm_epsilon, shape_.hidden,
                              normed_.data() + row * shape_.hidden);
        });
    }

    /// The final norm of chosen rows, end to end in `normed_`.
    void normalise_rows(std::span<const std::size_t> rows) {
        if (std::any_of(rows.begin(), rows.end(), [&](std::size_t row) { return row >= rows_; })) {
            throw Error(ErrorCode::invalid_argument, "a row that the last pass does not have", where_);
        }
        normed_.resize(std::max(rows.size(), rows_) * shape_.hidden);
        for_rows(rows.size(), [&](std::size_t i) {
            kernels_.rms_norm(hidden().row(rows[i]), weights_.final_norm.data(), shape_.norm_epsilon, shape_.hidden,
                              normed_.data() + i * shape_.hidden);
        });
    }

    /// Turns queries and keys to their positions, and puts keys and values where later passes look for them.
    void place(std::span<const Segment> segments, std::size_t layer) {
        for (std::size_t s = 0; s < segments.size(); ++s) {
            const Segment& segment = segments[s];
            for_rows(segment.tokens.size(), [&](std::size_t i) {
                const std::size_t row = begins_[s] + i, width = shape_.key_value_size();
                turn(queries().row(row), shape_.heads, row);
                turn(keys().row(row), shape_.key_value_heads, row);
                if (segment.store == nullptr) return;
                const std::size_t at = (segment.store->size() + i) * width;
                std::memcpy(segment.store->keys(layer) + at, keys().row(row), width * sizeof(float));
                std::memcpy(segment.store->values(layer) + at, values().row(row), width * sizeof(float));
            });
        }
    }

    void turn(float* x, std::size_t heads, std::size_t row) const noexcept {
        const float* const cosines = cosines_.data() + row * angles_.size();
        const float* const sines = sines_.data() + row * angles_.size();
        for (std::size_t head = 0; head < heads; ++head, x += shape_.head_size) {
            if (shape_.rotary.layout == RotaryLayout::pairs) {
                kernels_.rotate_pairs(x, cosines, sines, shape_.rotary.dimensions);
            } else {
                kernels_.rotate_halves(x, cosines, sines, shape_.rotary.dimensions);
            }
        }
    }

    // ---- attention
    void attend(std::span<const Segment> segments, std::size_t layer) {
        pool_->run(blocks_.size() * shape_.heads, [&](std::size_t task, std::size_t worker) {
            const QueryBlock& block = blocks_[task / shape_.heads];
            const std::size_t head = task % shape_.heads, width = shape_.key_value_size();
            const std::size_t offset = head / shape_.heads_per_key() * shape_.head_size;
            const Segment& segment = segments[block.segment];
            const std::size_t begin = begins_[block.segment];

            std::array<kernels::KeyValueSpan, Segment::kMostVisible + 1> visible;
            std::size_t spans = 0;
            for (const auto& view : segment.visible) {
                if (view.count == 0) continue;
                visible[spans++] = {view.store->keys(layer) + offset, view.store->values(layer) + offset, view.count,
                                    width};
            }
            if (segment.parent != Segment::kNone) {
                const std::size_t at = begins_[segment.parent] * width + offset;
                visible[spans++] = {keys_.data() + at, values_.data() + at, segments[segment.parent].tokens.size(),
                                    width};
            }
            const std::size_t before = block.first + (segment.store != nullptr ? segment.store->size() : 0);
            const float* const own_keys =
                segment.store != nullptr ? segment.store->keys(layer) : keys_.data() + begin * width;
            const float* const own_values =
                segment.store != nullptr ? segment.store->values(layer) : values_.data() + begin * width;

            const std::size_t at = (begin + block.first) * shape_.query_size() + head * shape_.head_size;
            kernels::AttentionTask attention;
            attention.queries = {queries_.data() + at, block.count, shape_.head_size, shape_.query_size()};
            attention.out = {attended_.data() + at, block.count, shape_.head_size, shape_.query_size()};
            attention.visible = std::span<const kernels::KeyValueSpan>(visible.data(), spans);
            attention.own = {own_keys + offset, own_values + offset, before + block.count, width};
            attention.causal = true;
            attention.own_offset = before;
            attention.scale = 1.0F / std::sqrt(static_cast<float>(shape_.head_size));
            kernels_.attention(attention, scratch_[worker].attention.data());
        });
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

    void multiply_panel(const LinearWeights& linear, std::size_t p, tensor::MatrixView<const float> a,
                        tensor::MatrixView<float> c, bool accumulate, std::size_t worker) noexcept {
        float* const panel = scratch_[worker].panel.data();
        kernels_.unpack_panel(linear.matrix, p, panel);
        kernels::Epilogue epilogue;
        if (!linear.bias.empty()) epilogue.bias = linear.bias.data() + p * tensor::kPanelWidth;
        epilogue.accumulate = accumulate;
        kernels_.multiply_panel(a, panel, c.columns, epilogue, c);
    }

    /// Several products of the same rows; their panels are shared out together.
    void multiply(tensor::MatrixView<const float> a, std::initializer_list<Product> products) {
        std::size_t tasks = 0;
        for (const auto& product : products) tasks += panels(product.weights->matrix);
        pool_->run(tasks, [&](std::size_t p, std::size_t worker) {
            for (const auto& product : products) {
                const std::size_t count = panels(product.weights->matrix);
                if (p < count) {
                    multiply_panel(*product.weights, p, a, columns(product.out, p), product.accumulate, worker);
                    return;
                }
                p -= count;
            }
        });
    }

    /// inner = activation(gate) * up, 64 columns at a time while they are in the cache.
    void multiply_gated(const LayerWeights& w) {
        const tensor::MatrixView<float> inner(inner_.data(), rows_, shape_.inner);
        pool_->run(panels(w.gate.matrix), [&](std::size_t p, std::size_t worker) {
            const auto gate = columns(inner, p);
            const tensor::MatrixView<float> up(scratch_[worker].rows.data(), rows_, gate.columns, tensor::kPanelWidth);
            multiply_panel(w.gate, p, normed(), gate, false, worker);
            multiply_panel(w.up, p, normed(), up, false, worker);
            for (std::size_t row = 0; row < rows_; ++row) {
                kernels_.gated(shape_.activation, gate.row(row), up.row(row), gate.columns, gate.row(row));
            }
        });
    }

    // ---- sums of exponentials
    static bool all_finite(tensor::MatrixView<const float> c) noexcept {
        bool finite = true;
        for (std::size_t row = 0; row < c.rows; ++row) {
            for (const float value : c[row]) finite &= std::fabs(value) <= std::numeric_limits<float>::max();
        }
        return finite;
    }

    /// Not a number in `largest` or `sum` where one of the values is none.
    static Partial exponential_sum(std::span<const float> values) noexcept {
        float largest = -std::numeric_limits<float>::infinity();
        for (const float value : values) largest = std::max(largest, value);
        double sum = 0.0;
        for (const float value : values) sum += static_cast<double>(std::exp(value - largest));
        return {largest, sum};
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
    RotaryAngles angles_;
    std::uint64_t tokens_processed_ = 0;

    std::size_t rows_ = 0;
    std::vector<std::size_t> begins_, target_rows_;
    std::vector<QueryBlock> blocks_;
    std::vector<Partial> partial_;
    tensor::AlignedBuffer<float> hidden_, normed_, queries_, keys_, values_, attended_, inner_, cosines_, sines_;
    std::vector<Scratch> scratch_;
};

} // namespace familiar::decoder
