// Attention of operands rounded to bf16: the structure of generic/attention.inl, with queries, keys, values and what
// the scores become in pairs of bf16 (keys by pairs of the head's values, values by pairs of keys). Keys and values are
// rounded once a head; sums, the softmax and its division stay f32.

/// The head's values of one query or key in whole registers of bf16.
FAMILIAR_KERNEL_INLINE std::size_t rounded_head(std::size_t head) noexcept {
    return round_up(head, 2 * kLanes);
}

/// Where the parts of the scratch memory stand, in floats.
struct BfloatScratch {
    std::size_t values, rows, scores, weights, end;

    BfloatScratch(std::size_t keys, std::size_t head) noexcept {
        const std::size_t padded = round_up(keys, kKeyBlock);
        values = padded * ((head + 1) / 2);                  // behind the keys, [padded / block, head / 2, block, 2]
        rows = values + padded / 2 * round_up(head, kLanes); // [padded / 2, head, 2]
        scores = rows + kLanes * rounded_head(head) / 2;     // kLanes rows on their way
        weights = scores + padded * kTileRows;               // [kTileRows, padded] f32
        end = weights + padded * kTileRows / 2;              // [kTileRows, padded]
    }
};

inline std::size_t attention_scratch(std::size_t queries, std::size_t keys, std::size_t head) noexcept {
    const std::size_t plain = avx512::attention_scratch(queries, keys, head), own = BfloatScratch(keys, head).end;
    return plain > own ? plain : own;
}

/// As `transpose_keys`, of pairs of values; `rows` [kLanes, rounded_head].
inline void pack_keys(const VisibleKeys& all, std::size_t count, std::size_t head, float* rows,
                      float* packed) noexcept {
    const std::size_t words = (head + 1) / 2, row_words = rounded_head(head) / 2;
    const float* places[kLanes];
    for (std::size_t lane = 0; lane < kLanes; ++lane) places[lane] = rows + lane * row_words;
    std::size_t span = 0, row = 0;
    for (std::size_t first = 0; first < count; first += kLanes) {
        for (std::size_t lane = 0; lane < kLanes && first + lane < count; ++lane, ++row) {
            for (; row >= all.span(span).count; row = 0) ++span;
            round_row(all.span(span).keys + row * all.span(span).stride, head,
                      reinterpret_cast<std::uint16_t*>(rows + lane * row_words));
        }
        float* out = packed + first / kKeyBlock * kKeyBlock * words + first % kKeyBlock;
        for (std::size_t w = 0; w < words; w += 4, out += 4 * kKeyBlock) {
            Vector columns[4];
            transpose_rows(places, w, columns); // rows are rounded up to whole registers
            for (std::size_t i = 0; i < 4 && w + i < words; ++i) store(out + i * kKeyBlock, columns[i]);
        }
    }
}

/// packed[key / 2][head rounded up to registers][key % 2], zeros behind the last key up to a whole number of registers.
inline void pack_values(const VisibleKeys& all, std::size_t count, std::size_t head, std::uint16_t* packed) noexcept {
    const Integers places = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6,
                                             21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
    std::size_t span = 0, row = 0;
    for (std::size_t key = 0; key < round_up(count, kLanes); key += 2) {
        const float* values[2] = {nullptr, nullptr};
        for (std::size_t i = 0; i < 2 && key + i < count; ++i, ++row) {
            for (; row >= all.span(span).count; row = 0) ++span;
            values[i] = all.span(span).values + row * all.span(span).stride;
        }
        for (std::size_t h = 0; h < head; h += kLanes, packed += 2 * kLanes) {
            const std::size_t rest = head - h < kLanes ? head - h : kLanes;
            const Vector even = values[0] != nullptr ? load_first(values[0] + h, rest) : zero(),
                         odd = values[1] != nullptr ? load_first(values[1] + h, rest) : zero();
            const auto both = reinterpret_cast<Integers>(_mm512_cvtne2ps_pbh(odd, even));
            _mm512_storeu_si512(packed, _mm512_permutexvar_epi16(places, both));
        }
    }
}

/// 2^x, relative error below 8e-5, far less than the rounding to bf16 that follows: 2^⌊x⌋ by the processor, the rest by
/// a polynomial of degree 3 over [0, 1) (least relative error).
FAMILIAR_KERNEL_INLINE Vector rough_power_of_two(Vector x) noexcept {
    const Vector r = _mm512_reduce_ps(x, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);
    Vector p = multiply_add(broadcast(0.0780245227F), r, broadcast(0.226067155F));
    p = multiply_add(p, r, broadcast(0.695833541F));
    p = multiply_add(p, r, broadcast(0.999925219F));
    return _mm512_scalef_ps(p, x);
}

/// A row of scores -> e^(score - largest) in bf16 over [range.first, range.last), zero for the rest of [covered.first,
/// covered.last), whole registers; gives their sum.
inline float round_weights(const AttentionTask& task, std::size_t query, std::size_t position, KeyRange range,
                           KeyRange covered, float* scores, std::uint16_t* weights) noexcept {
    const bool plain = task.soft_cap <= 0.0F && task.slope == 0.0F && task.scale > 0.0F && task.bias == nullptr;
    if (!plain) {
        const float sum = exponentiate_scores(task, query, position, range, covered, scores);
        round_row(scores + covered.first, covered.last - covered.first, weights + covered.first);
        return sum;
    }
    const Vector lowest = broadcast(-std::numeric_limits<float>::infinity());
    Vector most = lowest;
    for (std::size_t j = covered.first; j < covered.last; j += kLanes) {
        const bool whole = j >= range.first && j + kLanes <= range.last;
        Vector x = load(scores + j);
        if (!whole) {
            const std::size_t from = range.first > j ? range.first - j : 0, to = range.last > j ? range.last - j : 0;
            x = select(lanes_between(from < kLanes ? from : kLanes, to < kLanes ? to : kLanes), x, lowest);
            store(scores + j, x);
        }
        most = maximum(most, x);
    }
    const float factor = task.scale * 1.44269504F; // scale / ln 2
    const Vector scale = broadcast(factor), shift = broadcast(-factor * largest(most));
    Vector total = zero();
    for (std::size_t j = covered.first; j < covered.last; j += kLanes) {
        const Vector e = rough_power_of_two(multiply_add(load(scores + j), scale, shift));
        store_bfloats(weights + j, e);
        total = add(total, e);
    }
    return sum(total);
}

/// As avx512's, of rounded operands: rows [first, first + rows).
inline void attend_tile(const AttentionTask& task, const VisibleKeys& all, float* scratch, const BfloatScratch& parts,
                        std::size_t padded, std::size_t first, std::size_t rows) noexcept {
    const std::size_t head = task.queries.columns, width = round_up(head, kLanes), words = (head + 1) / 2;
    float *const packed = scratch, *const scores = scratch + parts.scores, *const out = task.out.row(first);
    auto* const values = reinterpret_cast<std::uint16_t*>(scratch + parts.values);
    auto* const queries = reinterpret_cast<std::uint16_t*>(scratch + parts.rows);
    auto* const weights = reinterpret_cast<std::uint16_t*>(scratch + parts.weights);
    KeyRange covered = all.range(first);
    for (std::size_t m = 1; m < rows; ++m) {
        const KeyRange range = all.range(first + m);
        if (range.first < covered.first) covered.first = range.first;
        if (range.last > covered.last) covered.last = range.last;
    }
    if (covered.first >= covered.last) {
        for (std::size_t m = 0; m < rows; ++m) {
            for (std::size_t h = 0; h < head; ++h) out[m * task.out.stride + h] = 0.0F;
        }
        return;
    }
    // Whole registers: what is covered by no query gets a weight of zero.
    covered = {covered.first / kLanes * kLanes, round_up(covered.last, kLanes)};
    for (std::size_t m = 0; m < rows; ++m) {
        round_row(task.queries.row(first + m), head, queries + m * rounded_head(head));
    }
    for (std::size_t j = covered.first / kKeyBlock * kKeyBlock; j < covered.last; j += kKeyBlock) {
        const std::size_t columns = covered.last - j < kKeyBlock ? covered.last - j : kKeyBlock;
        multiply_tile_of(rows, BasicTile<BfloatOperands>{
                                   queries, rounded_head(head), reinterpret_cast<std::uint16_t*>(packed + j * words),
                                   2 * kKeyBlock, words, scores + j, padded, columns, nullptr, false, false});
    }
    float factors[kTileRows];
    for (std::size_t m = 0; m < rows; ++m) {
        float* const row = scores + m * padded;
        const KeyRange range = all.range(first + m);
        factors[m] = 0.0F;
        if (range.first < range.last) {
            factors[m] = 1.0F / round_weights(task, first + m, all.position(first + m), range, covered, row,
                                              weights + m * padded);
        } else {
            for (std::size_t j = covered.first; j < covered.last; ++j) weights[m * padded + j] = 0;
        }
    }
    for (std::size_t h = 0; h < head; h += kKeyBlock) {
        const std::size_t columns = head - h < kKeyBlock ? head - h : kKeyBlock;
        multiply_tile_of(rows, BasicTile<BfloatOperands>{weights + covered.first, padded,
                                                         values + covered.first * width + 2 * h, 2 * width,
                                                         (covered.last - covered.first) / 2, out + h, task.out.stride,
                                                         columns, nullptr, false, false});
    }
    for (std::size_t m = 0; m < rows; ++m) {
        float* const row = out + m * task.out.stride;
        const Vector factor = broadcast(factors[m]);
        for (std::size_t h = 0; h < head; h += kLanes) {
            const std::size_t rest = head - h < kLanes ? head - h : kLanes;
            store_first(row + h, rest, multiply(load_first(row + h, rest), factor));
        }
    }
}

inline void attention(const AttentionTask& task, float* scratch) noexcept {
    if (!task.rounded) return avx512::attention(task, scratch);
    const VisibleKeys all(task);
    const std::size_t head = task.queries.columns, queries = task.queries.rows, count = all.count();
    const BfloatScratch parts(count, head);
    pack_keys(all, count, head, scratch + parts.rows, scratch);
    pack_values(all, count, head, reinterpret_cast<std::uint16_t*>(scratch + parts.values));
    for (std::size_t first = 0; first < queries;) {
        const std::size_t rows = tile_rows(first, queries);
        attend_tile(task, all, scratch, parts, round_up(count, kKeyBlock), first, rows);
        first += rows;
    }
}
