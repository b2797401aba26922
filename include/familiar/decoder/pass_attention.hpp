#pragma once

#include <familiar/core/thread_pool.hpp>
#include <familiar/decoder/decoder_shape.hpp>
#include <familiar/decoder/key_value_store.hpp>
#include <familiar/decoder/segment.hpp>
#include <familiar/kernels/kernel_backend.hpp>
#include <familiar/profile/recorder.hpp>
#include <familiar/tensor/aligned_buffer.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace familiar::decoder {

/// The attention of a pass: which rows see which keys, and who does it. A task is some of the heads that share keys,
/// for a run of blocks of rows. One after another they use again what the kernel made of the keys that they have in
/// common: all of them for the heads, the kept beginning for queries and candidates, the earlier keys for blocks of one
/// segment. What a row gets depends on none of this. Nothing is allocated once the largest pass was laid out.
template <kernels::KernelBackend Kernels> class PassAttention {
  public:
    /// A layer of a pass. Does not own.
    struct Layer {
        std::span<const Segment> segments;
        std::span<const std::size_t> begins; ///< the pass's row of each segment's first token
        std::size_t layer = 0;
        const float* projected = nullptr; ///< [rows, projection_size]: queries, keys and values
        float* attended = nullptr;        ///< [rows, query_size]
    };

    /// @param workers threads that attend
    explicit PassAttention(std::size_t workers) : scratch_(workers) {}

    /// Divides a pass's segments into blocks and makes room. O(segments · their elders).
    void lay_out(const Kernels& kernels, const DecoderShape& shape, std::span<const Segment> segments) {
        blocks_.clear();
        wides_.clear();
        std::size_t scratch = 0, most_spans = 0, wide = 0;
        for (std::size_t s = 0; s < segments.size(); ++s) {
            const Segment& segment = segments[s];
            const std::size_t count = segment.tokens.size();
            std::size_t seen = count, spans = segment.visible.size();
            for (const auto& view : segment.visible) {
                seen += view.count;
                if (view.count != 0) see_wide(*view.store, view.count);
            }
            for (std::size_t elder = segment.parent; elder != Segment::kNone; elder = segments[elder].parent) {
                seen += segments[elder].tokens.size();
                ++spans;
            }
            if (segment.store != nullptr) {
                seen += segment.store->size();
                see_wide(*segment.store, segment.store->size() + count);
            }
            most_spans = std::max(most_spans, spans);
            for (std::size_t first = 0; first < count; first += kQueryBlock) {
                blocks_.push_back({s, first, std::min(kQueryBlock, count - first)});
            }
            scratch = std::max(scratch, kernels.attention_scratch(std::min(kQueryBlock, count), seen, shape.head_size));
        }
        for (auto& entry : wides_) {
            entry.at = wide;
            wide += entry.count;
        }
        for (auto& values : wide_) values.resize(wide * shape.key_value_size());
        for (auto& worker : scratch_) {
            worker.attention.resize(scratch);
            for (auto* const spans : {&worker.spans, &worker.last}) {
                if (spans->size() < most_spans + 1) spans->resize(most_spans + 1);
            }
        }
    }

    /// All rows and heads of one layer, whose keys and values stand in their stores.
    void run(const Kernels& kernels, const DecoderShape& shape, ThreadPool& pool, const Layer& pass,
             profile::Recorder* recorder) {
        if (blocks_.empty()) return;
        widen(shape, pool, pass, recorder);
        const std::size_t heads = shape.heads_per_key(), groups = shape.key_value_heads, threads = pool.size();
        const std::size_t wanted = threads == 1 ? 1 : 4 * threads; // tasks, so that none is waited for long
        const std::size_t runs = std::clamp<std::size_t>((wanted + groups - 1) / groups, 1, blocks_.size());
        const std::size_t parts =
            std::clamp<std::size_t>((threads + groups * runs - 1) / (groups * runs), 1, heads); // of the heads
        pool.run(groups * runs * parts, [&](std::size_t task, std::size_t worker) {
            const std::size_t group = task % groups, part = task / groups % parts, number = task / groups / parts;
            const Run run{blocks_.size() * number / runs, blocks_.size() * (number + 1) / runs, group,
                          group * heads + heads * part / parts, group * heads + heads * (part + 1) / parts};
            profile::timed(
                recorder, worker, [&] { return operation(shape, pass, run); },
                [&] { attend(kernels, shape, pass, run, scratch_[worker]); });
        });
    }

  private:
    /// Rows of one head that a kernel is given at once: small enough to share out, large enough to pay.
    static constexpr std::size_t kQueryBlock = 64;

    struct Block {
        std::size_t segment, first, count;
    };
    /// Blocks [first, last) for heads [first_head, last_head), which share the keys of `group`.
    struct Run {
        std::size_t first, last, group, first_head, last_head;
    };
    /// The first `count` tokens of a store that is not f32, whose f32 values stand from row `at` on in `wide_`.
    struct Wide {
        const KeyValueStore* store;
        std::size_t count, at;
    };
    struct Scratch {
        tensor::AlignedBuffer<float> attention;
        std::vector<kernels::KeyValueSpan> spans, last; ///< of a block's keys, and of those of the one before it
    };
    using Spans = std::span<const kernels::KeyValueSpan>;

    void see_wide(const KeyValueStore& store, std::size_t count) {
        if (store.type() == KeyValueType::f32) return;
        const auto known = find_wide(store);
        if (known == wides_.end()) {
            wides_.push_back({&store, count, 0});
        } else {
            wides_[static_cast<std::size_t>(known - wides_.begin())].count = std::max(known->count, count);
        }
    }

    [[nodiscard]] auto find_wide(const KeyValueStore& store) const noexcept {
        return std::find_if(wides_.begin(), wides_.end(), [&](const Wide& w) { return w.store == &store; });
    }

    /// Keys and values that the pass sees in stores which are not f32, made f32: once for all rows and heads.
    void widen(const DecoderShape& shape, ThreadPool& pool, const Layer& pass, profile::Recorder* recorder) {
        constexpr std::size_t kRows = 64; // of a task
        const std::size_t width = shape.key_value_size();
        for (const Wide& wide : wides_) {
            pool.run((wide.count + kRows - 1) / kRows, [&](std::size_t task, std::size_t worker) {
                const std::size_t first = task * kRows, count = std::min(kRows, wide.count - first);
                const std::size_t at = (wide.at + first) * width;
                profile::timed(
                    recorder, worker,
                    [&] { return profile::row_operation("keys and values to f32", pass.layer, count, 2 * width); },
                    [&] { wide.store->read(pass.layer, first, count, wide_[0].data() + at, wide_[1].data() + at); });
            });
        }
    }

    void attend(const Kernels& kernels, const DecoderShape& shape, const Layer& pass, const Run& run,
                Scratch& scratch) const noexcept {
        std::size_t last_count = 0; // spans of the keys of the block before
        for (std::size_t b = run.first; b < run.last; ++b) {
            const std::size_t count = gather_keys(shape, pass, blocks_[b], run.group, scratch.spans);
            const Spans spans(scratch.spans.data(), count);
            std::size_t prepared = keys_in_common(spans, {scratch.last.data(), last_count});
            for (std::size_t head = run.first_head; head < run.last_head; ++head) {
                attend_head(kernels, shape, pass, blocks_[b], head, spans, prepared, scratch.attention.data());
                prepared = keys_in_common(spans, spans);
            }
            std::swap(scratch.spans, scratch.last);
            last_count = count;
        }
    }

    /// Leading keys that two lists of spans have in common.
    static std::size_t keys_in_common(Spans a, Spans b) noexcept {
        std::size_t common = 0;
        for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
            if (a[i].keys != b[i].keys || a[i].stride != b[i].stride) break;
            common += std::min(a[i].count, b[i].count);
            if (a[i].count != b[i].count) break;
        }
        return common;
    }

    /// The keys and values that the last row of a block sees, of the heads that share those of `group`; the segment's
    /// own come last. Gives the number of spans.
    std::size_t gather_keys(const DecoderShape& shape, const Layer& pass, const Block& block, std::size_t group,
                            std::vector<kernels::KeyValueSpan>& spans) const noexcept {
        const Segment& segment = pass.segments[block.segment];
        const std::size_t width = shape.key_value_size(), offset = group * shape.head_size;
        const auto of_store = [&](const KeyValueStore& store, std::size_t count) -> kernels::KeyValueSpan {
            if (store.type() == KeyValueType::f32) {
                return {store.keys(pass.layer) + offset, store.values(pass.layer) + offset, count, width};
            }
            const std::size_t at = find_wide(store)->at * width + offset;
            return {wide_[0].data() + at, wide_[1].data() + at, count, width};
        };
        const auto of_pass = [&](std::size_t s, std::size_t count) -> kernels::KeyValueSpan {
            const float* const row = pass.projected + pass.begins[s] * shape.projection_size();
            return {row + shape.key_at(group), row + shape.value_at(group), count, shape.projection_size()};
        };
        std::size_t count = 0;
        for (const auto& view : segment.visible) {
            if (view.count != 0) spans[count++] = of_store(*view.store, view.count);
        }
        const std::size_t kept = count;
        for (std::size_t elder = segment.parent; elder != Segment::kNone; elder = pass.segments[elder].parent) {
            spans[count++] = of_pass(elder, pass.segments[elder].tokens.size());
        }
        std::reverse(spans.begin() + static_cast<std::ptrdiff_t>(kept),
                     spans.begin() + static_cast<std::ptrdiff_t>(count)); // the oldest comes first
        const std::size_t seen = rows_before(segment, block) + block.count;
        spans[count++] = segment.store != nullptr ? of_store(*segment.store, seen) : of_pass(block.segment, seen);
        return count;
    }

    /// Own keys that a block's first row sees before itself.
    static std::size_t rows_before(const Segment& segment, const Block& block) noexcept {
        return block.first + (segment.store != nullptr ? segment.store->size() : 0);
    }

    static void attend_head(const Kernels& kernels, const DecoderShape& shape, const Layer& pass, const Block& block,
                            std::size_t head, Spans spans, std::size_t prepared, float* scratch) noexcept {
        const std::size_t first = pass.begins[block.segment] + block.first;
        const LayerShape& kind = shape.layer_shapes[pass.layer];
        kernels::AttentionTask task;
        task.queries = {pass.projected + first * shape.projection_size() + shape.query_at(head), block.count,
                        shape.head_size, shape.projection_size()};
        task.out = {pass.attended + first * shape.query_size() + head * shape.head_size, block.count, shape.head_size,
                    shape.query_size()};
        task.visible = spans.first(spans.size() - 1);
        task.own = spans.back();
        task.causal = true;
        task.own_offset = rows_before(pass.segments[block.segment], block);
        task.scale = kind.attention_scale;
        task.window = kind.window;
        task.soft_cap = shape.attention_cap;
        task.slope = shape.alibi_slope(head);
        task.prepared = prepared;
        kernels.attention(task, scratch);
    }

    /// What a run is to a profile: products with the keys that its rows see, as if no window hid any.
    [[nodiscard]] profile::Operation operation(const DecoderShape& shape, const Layer& pass,
                                               const Run& run) const noexcept {
        profile::Operation out{.name = "attention", .layer = pass.layer, .inputs = shape.head_size};
        const auto heads = static_cast<double>(run.last_head - run.first_head);
        const auto size = static_cast<double>(shape.head_size);
        for (std::size_t b = run.first; b < run.last; ++b) {
            const Block& block = blocks_[b];
            const Segment& segment = pass.segments[block.segment];
            std::size_t before = rows_before(segment, block);
            for (const auto& view : segment.visible) before += view.count;
            for (std::size_t elder = segment.parent; elder != Segment::kNone; elder = pass.segments[elder].parent) {
                before += pass.segments[elder].tokens.size();
            }
            const auto rows = static_cast<double>(block.count);
            const double keys = rows * static_cast<double>(before) + rows * (rows + 1.0) / 2.0; // of all rows
            out.rows += block.count * (run.last_head - run.first_head);
            out.outputs = std::max(out.outputs, before + block.count);
            out.flop += 4.0 * heads * keys * size;
            out.bytes += 8.0 * size * (heads * rows + static_cast<double>(before) + rows);
        }
        return out;
    }

    std::vector<Block> blocks_;
    std::vector<Wide> wides_;
    std::array<tensor::AlignedBuffer<float>, 2> wide_; ///< keys and values: [rows, key_value_size]
    std::vector<Scratch> scratch_;
};

} // namespace familiar::decoder
