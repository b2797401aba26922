// Attention of one head with the whole row of scores at hand (no running maximum: a few queries' scores stay in the
// first cache up to some thousands of keys). Keys are transposed once into blocks of one tile's width; then, for a few
// queries at a time: scores by the product's tile, softmax, values by the product's tile again, in the order of the
// keys. What a query gets depends neither on the queries beside it nor on how the keys are cut into spans.

inline constexpr std::size_t kKeyBlock = kTileVectors * kLanes;
inline constexpr std::size_t kQueryBlock = 2 * kTileRows;

FAMILIAR_KERNEL_INLINE std::size_t round_up(std::size_t n, std::size_t to) noexcept {
    return (n + to - 1) / to * to;
}

/// [keys rounded up to blocks, head] transposed keys, [kQueryBlock, the same] scores, and, where the head is not a
/// whole number of vectors, [keys, kLanes] its last columns of the values.
inline std::size_t attention_scratch(std::size_t /*queries*/, std::size_t keys, std::size_t head) noexcept {
    const std::size_t padded = round_up(keys, kKeyBlock);
    return padded * (head + kQueryBlock) + (head % kLanes != 0 ? keys * kLanes : 0);
}

/// packed[block][h][kKeyBlock] for all keys but the first `prepared`, which stand there; keys beyond `count` repeat the
/// last one: their scores are never read.
inline void transpose_keys(const VisibleKeys& all, std::size_t prepared, std::size_t count, std::size_t head,
                           float* packed) noexcept {
    const std::size_t begin = prepared / kLanes * kLanes;
    std::size_t span = 0, row = begin;
    const float* last = nullptr;
    for (std::size_t first = begin; first < count; first += kLanes) {
        const float* rows[kLanes];
        for (std::size_t lane = 0; lane < kLanes; ++lane) {
            if (first + lane < count) {
                while (row >= all.span(span).count) row -= all.span(span++).count;
                last = all.span(span).keys + row * all.span(span).stride;
                ++row;
            }
            rows[lane] = last;
        }
        float* out = packed + first / kKeyBlock * kKeyBlock * head + first % kKeyBlock;
        std::size_t h = 0;
        for (; h + 4 <= head; h += 4, out += 4 * kKeyBlock) {
            Vector columns[4];
            transpose_rows(rows, h, columns);
            for (std::size_t i = 0; i < 4; ++i) store(out + i * kKeyBlock, columns[i]);
        }
        for (; h < head; ++h, out += kKeyBlock) {
            for (std::size_t lane = 0; lane < kLanes; ++lane) out[lane] = rows[lane][h];
        }
    }
}

/// The last head % kLanes columns of the values, padded with zeros: [count, kLanes].
inline void copy_value_tails(const VisibleKeys& all, std::size_t head, float* tails) noexcept {
    const std::size_t rest = head % kLanes, whole = head - rest;
    for (std::size_t s = 0; s < all.spans(); ++s) {
        const KeyValueSpan& span = all.span(s);
        for (std::size_t row = 0; row < span.count; ++row, tails += kLanes) {
            store(tails, load_first(span.values + row * span.stride + whole, rest));
        }
    }
}

/// Scores -> e^(score - largest) over [range.first, range.last), zero for the rest of [covered.first, covered.last);
/// gives their sum. `scores` may be read and written up to the next whole vector.
inline float exponentiate_scores(const AttentionTask& task, std::size_t query, std::size_t position, KeyRange range,
                                 KeyRange covered, float* scores) noexcept {
    const std::size_t begin = range.first / kLanes * kLanes, end = round_up(range.last, kLanes);
    const Vector lowest = broadcast(-std::numeric_limits<float>::infinity());
    // Where scores need no more than their scale, it is applied to the difference from the largest.
    const float* const bias = task.bias != nullptr ? bias_row(task, query) : nullptr;
    const bool plain = task.soft_cap <= 0.0F && task.slope == 0.0F && task.scale > 0.0F && bias == nullptr;
    const Vector factor = broadcast(plain ? task.scale : 1.0F), scale = broadcast(task.scale);
    const Vector cap = broadcast(task.soft_cap), cap_inverse = broadcast(1.0F / task.soft_cap);
    Vector most = lowest;
    for (std::size_t j = begin; j < end; j += kLanes) {
        Vector x = load(scores + j);
        if (!plain) {
            x = multiply(x, scale);
            if (task.soft_cap > 0.0F) x = multiply(cap, hyperbolic_tangent(multiply(x, cap_inverse)));
            if (bias != nullptr) {
                const bool inside = j + kLanes <= range.last;
                x = add(x, inside ? load(bias + j) : load_first(bias + j, range.last - j));
            }
            if (task.slope != 0.0F) {
                float distances[kLanes];
                for (std::size_t lane = 0; lane < kLanes; ++lane) {
                    distances[lane] = static_cast<float>(j + lane) - static_cast<float>(position);
                }
                x = multiply_add(broadcast(task.slope), load(distances), x);
            }
        }
        const bool whole = j >= range.first && j + kLanes <= range.last;
        if (!whole) {
            const std::size_t from = range.first > j ? range.first - j : 0,
                              to = range.last - j < kLanes ? range.last - j : kLanes;
            x = select(lanes_between(from, to), x, lowest);
        }
        if (!plain || !whole) store(scores + j, x);
        most = maximum(most, x);
    }
    const Vector greatest = broadcast(largest(most));
    Vector total = zero();
    for (std::size_t j = begin; j < end; j += kLanes) {
        const Vector e = exponential(multiply(subtract(load(scores + j), greatest), factor));
        store(scores + j, e);
        total = add(total, e);
    }
    for (std::size_t j = covered.first; j < begin; ++j) scores[j] = 0.0F;
    for (std::size_t j = end; j < covered.last; ++j) scores[j] = 0.0F;
    return sum(total);
}

/// One tile of queries: rows [first, first + rows).
inline void attend_tile(const AttentionTask& task, const VisibleKeys& all, const float* packed, const float* tails,
                        std::size_t score_stride, std::size_t first, std::size_t rows, float* scores) noexcept {
    const std::size_t head = task.queries.columns;
    KeyRange covered = all.range(first);
    for (std::size_t m = 1; m < rows; ++m) {
        const KeyRange range = all.range(first + m);
        if (range.first < covered.first) covered.first = range.first;
        if (range.last > covered.last) covered.last = range.last;
    }
    float* const out = task.out.row(first);
    if (covered.first >= covered.last) {
        for (std::size_t m = 0; m < rows; ++m) {
            for (std::size_t h = 0; h < head; ++h) out[m * task.out.stride + h] = 0.0F;
        }
        return;
    }
    const std::size_t end = round_up(covered.last, kLanes);
    for (std::size_t j = covered.first / kKeyBlock * kKeyBlock; j < end; j += kKeyBlock) {
        const std::size_t columns = end - j < kKeyBlock ? end - j : kKeyBlock;
        multiply_tile(rows, {task.queries.row(first), task.queries.stride, packed + j * head, kKeyBlock, head,
                             scores + j, score_stride, columns, nullptr, false, false});
    }
    float factors[kTileRows];
    for (std::size_t m = 0; m < rows; ++m) {
        float* const row = scores + m * score_stride;
        const KeyRange range = all.range(first + m);
        if (range.first >= range.last) {
            for (std::size_t j = covered.first; j < covered.last; ++j) row[j] = 0.0F;
            factors[m] = 0.0F;
        } else {
            factors[m] = 1.0F / exponentiate_scores(task, first + m, all.position(first + m), range, covered, row);
        }
    }
    const std::size_t whole = head / kLanes * kLanes;
    bool resume = false;
    std::size_t start = 0; // number of a span's first key
    for (std::size_t s = 0; s < all.spans(); ++s) {
        const KeyValueSpan& span = all.span(s);
        const std::size_t from = covered.first > start ? covered.first - start : 0;
        const std::size_t stop = start + span.count < covered.last ? span.count
                                 : covered.last > start            ? covered.last - start
                                                                   : 0;
        if (from < stop) {
            for (std::size_t h = 0; h < whole; h += kKeyBlock) {
                const std::size_t columns = whole - h < kKeyBlock ? whole - h : kKeyBlock;
                multiply_tile(rows,
                              {scores + start + from, score_stride, span.values + from * span.stride + h, span.stride,
                               stop - from, out + h, task.out.stride, columns, nullptr, resume, false});
            }
            resume = true;
        }
        start += span.count;
    }
    if (whole < head) {
        multiply_tile(rows, {scores + covered.first, score_stride, tails + covered.first * kLanes, kLanes,
                             covered.last - covered.first, out + whole, task.out.stride, head - whole, nullptr, false,
                             false});
    }
    for (std::size_t m = 0; m < rows; ++m) {
        float* const row = out + m * task.out.stride;
        const Vector factor = broadcast(factors[m]);
        for (std::size_t h = 0; h < whole; h += kLanes) store(row + h, multiply(load(row + h), factor));
        if (whole < head) {
            store_first(row + whole, head - whole, multiply(load_first(row + whole, head - whole), factor));
        }
    }
}

inline void attention(const AttentionTask& task, float* scratch) noexcept {
    const VisibleKeys all(task);
    const std::size_t head = task.queries.columns, queries = task.queries.rows, count = all.count();
    const std::size_t padded = round_up(count, kKeyBlock);
    float *const packed = scratch, *const scores = packed + padded * head, *const tails = scores + padded * kQueryBlock;
    transpose_keys(all, task.prepared, count, head, packed);
    if (head % kLanes != 0) copy_value_tails(all, head, tails);
    for (std::size_t first = 0; first < queries;) {
        const std::size_t rows = tile_rows(first, queries);
        attend_tile(task, all, packed, tails, padded, first, rows, scores);
        first += rows;
    }
}
