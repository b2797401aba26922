// The product of 8-bit activations with interleaved weights. Lanes are outputs: a block's 32 weights of every lane are
// eight registers, unpacked once for a few rows; a row's block then costs eight four-fold dot products into one
// register of exact integer sums, their conversion, the product of both scales and a fused multiply-add. Every sum over
// blocks starts at zero and takes them in order, whatever the number of rows: a row's result never depends on the rows
// beside it. The centre of unsigned weights is the integer sums' start: -centre · Σ q of the row.

struct InterleavedTask {
    const std::byte* data;   // planes of the lanes
    const std::byte* scales; // of the lanes' group
    std::size_t lane;        // the first lane's number within the group
    std::size_t supers;
    const std::int8_t* values;
    std::size_t values_stride;
    const tensor::QuantizedBlock* blocks;
    std::size_t blocks_stride;
    std::size_t group_bytes; // from the lanes of one group to those of the next
    float* sums;             // [groups, rows, kLanes]
};

FAMILIAR_KERNEL_INLINE void read_nibbles(const std::byte* p, Integers (&w)[8]) noexcept {
    const Integers mask = integers(0x0f0f0f0f);
    FAMILIAR_UNROLL
    for (std::size_t j = 0; j < 4; ++j) {
        const Integers x = load_bytes(p + 64 * j);
        w[j] = bit_and(x, mask);
        w[j + 4] = bit_and(shift_right<4>(x), mask);
    }
}

FAMILIAR_KERNEL_INLINE void add_fifth_bits(const std::byte* p, Integers (&w)[8]) noexcept {
    const Integers bits = load_bytes(p), mask = integers(0x10101010);
    w[0] = bit_or(w[0], bit_and(shift_left<4>(bits), mask));
    w[1] = bit_or(w[1], bit_and(shift_left<3>(bits), mask));
    w[2] = bit_or(w[2], bit_and(shift_left<2>(bits), mask));
    w[3] = bit_or(w[3], bit_and(shift_left<1>(bits), mask));
    w[4] = bit_or(w[4], bit_and(bits, mask));
    w[5] = bit_or(w[5], bit_and(shift_right<1>(bits), mask));
    w[6] = bit_or(w[6], bit_and(shift_right<2>(bits), mask));
    w[7] = bit_or(w[7], bit_and(shift_right<3>(bits), mask));
}

/// Two planes of two bits and, for three bits, a plane of single ones.
FAMILIAR_KERNEL_INLINE void read_two_bits(const std::byte* p, Integers (&w)[8]) noexcept {
    const Integers mask = integers(0x03030303);
    FAMILIAR_UNROLL
    for (std::size_t half = 0; half < 2; ++half) {
        const Integers bits = load_bytes(p + 64 * half);
        Integers* const to = w + 4 * half;
        to[0] = bit_and(bits, mask);
        to[1] = bit_and(shift_right<2>(bits), mask);
        to[2] = bit_and(shift_right<4>(bits), mask);
        to[3] = bit_and(shift_right<6>(bits), mask);
    }
}

FAMILIAR_KERNEL_INLINE void add_third_bits(const std::byte* p, Integers (&w)[8]) noexcept {
    const Integers bits = load_bytes(p), mask = integers(0x04040404);
    w[0] = bit_or(w[0], bit_and(shift_left<2>(bits), mask));
    w[1] = bit_or(w[1], bit_and(shift_left<1>(bits), mask));
    w[2] = bit_or(w[2], bit_and(bits, mask));
    w[3] = bit_or(w[3], bit_and(shift_right<1>(bits), mask));
    w[4] = bit_or(w[4], bit_and(shift_right<2>(bits), mask));
    w[5] = bit_or(w[5], bit_and(shift_right<3>(bits), mask));
    w[6] = bit_or(w[6], bit_and(shift_right<4>(bits), mask));
    w[7] = bit_or(w[7], bit_and(shift_right<5>(bits), mask));
}

FAMILIAR_KERNEL_INLINE void add_two_bits(const std::byte* p, Integers (&w)[8]) noexcept {
    const Integers mask = integers(0x30303030);
    FAMILIAR_UNROLL
    for (std::size_t half = 0; half < 2; ++half) {
        const Integers bits = load_bytes(p + 64 * half);
        Integers* const to = w + 4 * half;
        to[0] = bit_or(to[0], bit_and(shift_left<4>(bits), mask));
        to[1] = bit_or(to[1], bit_and(shift_left<2>(bits), mask));
        to[2] = bit_or(to[2], bit_and(bits, mask));
        to[3] = bit_or(to[3], bit_and(shift_right<2>(bits), mask));
    }
}

/// Types with one f16 scale for 32 weights.
struct OneScale {
    static constexpr std::size_t kBlocks = 1;
    static constexpr bool kHalves = false;
    FAMILIAR_KERNEL_INLINE static Vector scale(const std::byte* scales, std::size_t lane, std::size_t) noexcept {
        return load_halves(scales + 2 * lane);
    }
};

/// And an f16 minimum.
struct WithOffset : OneScale {
    static constexpr bool kMinimum = true;
    FAMILIAR_KERNEL_INLINE static Vector add_minimum(const std::byte* scales, std::size_t lane, std::size_t, Vector row,
                                                     Vector to) noexcept {
        return multiply_add(load_halves(scales + 32 + 2 * lane), row, to);
    }
};

/// Types with f16 scales of 256 weights and six-bit scales and minima of 32.
struct SixBitScales {
    static constexpr std::size_t kBlocks = 8;
    static constexpr bool kHalves = false, kMinimum = true;
    FAMILIAR_KERNEL_INLINE static Vector scale(const std::byte* scales, std::size_t lane, std::size_t sub) noexcept {
        return multiply(load_halves(scales + 2 * lane), load_unsigned_bytes(scales + 64 + 16 * sub + lane));
    }
    FAMILIAR_KERNEL_INLINE static Vector add_minimum(const std::byte* scales, std::size_t lane, std::size_t sub,
                                                     Vector row, Vector to) noexcept {
        const Vector minimum =
            multiply(load_halves(scales + 32 + 2 * lane), load_unsigned_bytes(scales + 192 + 16 * sub + lane));
        return negative_multiply_add(minimum, row, to);
    }
};

template <int kCentreBits> struct Unsigned {
    static constexpr bool kSigned = false;
    static constexpr int kCentre = kCentreBits; // 2^kCentre is taken from every weight; 0: nothing is
};
struct Signed {
    static constexpr bool kSigned = true;
    static constexpr int kCentre = kSignedCentre;
};
struct NoMinimum {
    static constexpr bool kMinimum = false;
};

struct InterleavedQ4_0 : OneScale, NoMinimum, Unsigned<3> {
    static constexpr std::size_t kData = 256, kScales = 32;
    FAMILIAR_KERNEL_INLINE static void weights(const std::byte* p, Integers (&w)[8]) noexcept { read_nibbles(p, w); }
};
struct InterleavedIq4Nl : OneScale, NoMinimum, Signed {
    static constexpr std::size_t kData = 256, kScales = 32;
    FAMILIAR_KERNEL_INLINE static void weights(const std::byte* p, Integers (&w)[8]) noexcept {
        read_nibbles(p, w);
        const Integers table = sixteen_bytes(tensor::detail::kIq4Values);
        FAMILIAR_UNROLL
        for (std::size_t v = 0; v < 8; ++v) w[v] = signed_weights(look_up(table, w[v]));
    }
};
struct InterleavedQ4_1 : WithOffset, Unsigned<0> {
    static constexpr std::size_t kData = 256, kScales = 64;
    FAMILIAR_KERNEL_INLINE static void weights(const std::byte* p, Integers (&w)[8]) noexcept { read_nibbles(p, w); }
};
struct InterleavedQ5_0 : OneScale, NoMinimum, Unsigned<4> {
    static constexpr std::size_t kData = 320, kScales = 32;
    FAMILIAR_KERNEL_INLINE static void weights(const std::byte* p, Integers (&w)[8]) noexcept {
        read_nibbles(p, w);
        add_fifth_bits(p + 256, w);
    }
};
struct InterleavedQ5_1 : WithOffset, Unsigned<0> {
    static constexpr std::size_t kData = 320, kScales = 64;
    FAMILIAR_KERNEL_INLINE static void weights(const std::byte* p, Integers (&w)[8]) noexcept {
        read_nibbles(p, w);
        add_fifth_bits(p + 256, w);
    }
};
struct InterleavedQ8_0 : OneScale, NoMinimum, Signed {
    static constexpr std::size_t kData = 512, kScales = 32;
    FAMILIAR_KERNEL_INLINE static void weights(const std::byte* p, Integers (&w)[8]) noexcept {
        FAMILIAR_UNROLL
        for (std::size_t v = 0; v < 8; ++v) w[v] = signed_weights(load_bytes(p + 64 * v));
    }
};
struct InterleavedQ4K : SixBitScales, Unsigned<0> {
    static constexpr std::size_t kData = 256, kScales = 320;
    FAMILIAR_KERNEL_INLINE static void weights(const std::byte* p, Integers (&w)[8]) noexcept { read_nibbles(p, w); }
};
struct InterleavedQ5K : SixBitScales, Unsigned<0> {
    static constexpr std::size_t kData = 320, kScales = 320;
    FAMILIAR_KERNEL_INLINE static void weights(const std::byte* p, Integers (&w)[8]) noexcept {
        read_nibbles(p, w);
        add_fifth_bits(p + 256, w);
    }
};
/// Types with f16 scales of 256 weights and signed bytes of 16, or of 32.
struct SignedScales {
    static constexpr std::size_t kBlocks = 8;
    FAMILIAR_KERNEL_INLINE static Vector scale(const std::byte* scales, std::size_t lane, std::size_t part) noexcept {
        return multiply(load_halves(scales + 2 * lane), load_signed_bytes(scales + 32 + 16 * part + lane));
    }
};
struct InterleavedQ6K : SignedScales, NoMinimum, Unsigned<5> {
    static constexpr std::size_t kData = 384, kScales = 288;
    static constexpr bool kHalves = true;
    FAMILIAR_KERNEL_INLINE static void weights(const std::byte* p, Integers (&w)[8]) noexcept {
        read_nibbles(p, w);
        add_two_bits(p + 256, w);
    }
};
struct InterleavedQ3K : SignedScales, NoMinimum, Unsigned<2> {
    static constexpr std::size_t kData = 192, kScales = 288;
    static constexpr bool kHalves = true;
    FAMILIAR_KERNEL_INLINE static void weights(const std::byte* p, Integers (&w)[8]) noexcept {
        read_two_bits(p, w);
        add_third_bits(p + 128, w);
    }
};
struct InterleavedIq4Xs : SignedScales, NoMinimum, Signed {
    static constexpr std::size_t kData = 256, kScales = 160;
    static constexpr bool kHalves = false;
    FAMILIAR_KERNEL_INLINE static void weights(const std::byte* p, Integers (&w)[8]) noexcept {
        InterleavedIq4Nl::weights(p, w);
    }
};
struct InterleavedQ2K : Unsigned<0> { // f16 scales and minima of 256 weights, four bits each of 16
    static constexpr std::size_t kData = 128, kScales = 320, kBlocks = 8;
    static constexpr bool kHalves = true, kMinimum = true;
    FAMILIAR_KERNEL_INLINE static void weights(const std::byte* p, Integers (&w)[8]) noexcept { read_two_bits(p, w); }
    FAMILIAR_KERNEL_INLINE static Vector scale(const std::byte* scales, std::size_t lane, std::size_t half) noexcept {
        return multiply(load_halves(scales + 2 * lane), low_nibbles(scales + 64 + 16 * half + lane));
    }
    /// @param half number of the sixteen weights; `sum`: of the row's values, times the row's scale
    FAMILIAR_KERNEL_INLINE static Vector add_half_minimum(const std::byte* scales, std::size_t lane, std::size_t half,
                                                          Vector sum, Vector to) noexcept {
        const Vector minimum =
            multiply(load_halves(scales + 32 + 2 * lane), high_nibbles(scales + 64 + 16 * half + lane));
        return negative_multiply_add(minimum, sum, to);
    }
};

template <class Type>
FAMILIAR_KERNEL_INLINE Integers dot_weights(Integers sums, Integers w, const std::int8_t* row) noexcept {
    if constexpr (Type::kSigned) return dot_signed(sums, w, broadcast_word(row));
    return dot_unsigned(sums, w, broadcast_word(row));
}

/// One row's block added to its sums.
template <class Type>
FAMILIAR_KERNEL_INLINE Vector add_block(const Integers (&w)[8], const std::byte* scales, std::size_t lane,
                                        std::size_t sub, const Vector (&scale)[2], const std::int8_t* row,
                                        const tensor::QuantizedBlock& block, Vector to) noexcept {
    const Vector row_scale = broadcast(block.scale);
    if constexpr (Type::kHalves) {
        Integers low = integers(0), high = low;
        if constexpr (Type::kCentre != 0) {
            const Integers half = integers(block.negative_half), whole = integers(block.negative_sum);
            low = shift_left<Type::kCentre>(half);
            high = shift_left<Type::kCentre>(subtract_integers(whole, half));
        }
        FAMILIAR_UNROLL
        for (std::size_t v = 0; v < 4; ++v) {
            low = dot_weights<Type>(low, w[v], row + 4 * v);
            high = dot_weights<Type>(high, w[v + 4], row + 16 + 4 * v);
        }
        to = multiply_add(to_floats(low), multiply(scale[0], row_scale), to);
        to = multiply_add(to_floats(high), multiply(scale[1], row_scale), to);
        if constexpr (Type::kMinimum) {
            const float low_sum = block.scale * static_cast<float>(-block.negative_half);
            const float high_sum = block.scale * static_cast<float>(block.negative_half - block.negative_sum);
            to = Type::add_half_minimum(scales, lane, 2 * sub, broadcast(low_sum), to);
            to = Type::add_half_minimum(scales, lane, 2 * sub + 1, broadcast(high_sum), to);
        }
        return to;
    } else {
        Integers sums = integers(0);
        if constexpr (Type::kCentre != 0) sums = shift_left<Type::kCentre>(integers(block.negative_sum));
        FAMILIAR_UNROLL
        for (std::size_t v = 0; v < 8; ++v) sums = dot_weights<Type>(sums, w[v], row + 4 * v);
        to = multiply_add(to_floats(sums), multiply(scale[0], row_scale), to);
        if constexpr (Type::kMinimum) to = Type::add_minimum(scales, lane, sub, broadcast(block.scaled_sum), to);
        return to;
    }
}

/// How far ahead a product with few rows, which waits for memory, asks for its weights.
inline constexpr std::size_t kPrefetchAhead = 512;

template <std::size_t kBytes> FAMILIAR_KERNEL_INLINE void prefetch(const std::byte* p) noexcept {
    FAMILIAR_UNROLL
    for (std::size_t i = 0; i < kBytes; i += 64) __builtin_prefetch(p + i, 0, 1);
}

/// `kRows` rows with the lanes of `kStreams` groups: several where weights come from memory, which serves a few streams
/// faster than one.
template <class Type, std::size_t kRows, std::size_t kStreams> void multiply_lanes(const InterleavedTask& t) noexcept {
    Vector sums[kStreams][kRows];
    FAMILIAR_UNROLL
    for (std::size_t g = 0; g < kStreams; ++g) {
        FAMILIAR_UNROLL
        for (std::size_t m = 0; m < kRows; ++m) sums[g][m] = zero();
    }
    const std::byte* data = t.data;
    const std::byte* scales = t.scales;
    const std::int8_t* row = t.values;
    const tensor::QuantizedBlock* block = t.blocks;
    const std::size_t lane = t.lane, stride = t.values_stride, blocks_stride = t.blocks_stride, group = t.group_bytes;
    for (std::size_t super = t.supers; super > 0; --super) {
        for (std::size_t sub = 0; sub < Type::kBlocks; ++sub) {
            FAMILIAR_UNROLL
            for (std::size_t g = 0; g < kStreams; ++g) {
                if constexpr (kStreams > 1) prefetch<Type::kData>(data + g * group + kPrefetchAhead);
                const std::byte* const group_scales = scales + g * group;
                Integers w[8];
                Type::weights(data + g * group, w);
                Vector scale[2];
                if constexpr (Type::kHalves) {
                    scale[0] = Type::scale(group_scales, lane, 2 * sub);
                    scale[1] = Type::scale(group_scales, lane, 2 * sub + 1);
                } else {
                    scale[0] = Type::scale(group_scales, lane, sub);
                }
                FAMILIAR_UNROLL
                for (std::size_t m = 0; m < kRows; ++m) {
                    sums[g][m] = add_block<Type>(w, group_scales, lane, sub, scale, row + m * stride,
                                                 block[m * blocks_stride], sums[g][m]);
                }
            }
            data += Type::kData;
            row += tensor::kQuantizedBlock;
            ++block;
        }
        scales += Type::kScales;
    }
    FAMILIAR_UNROLL
    for (std::size_t g = 0; g < kStreams; ++g) {
        FAMILIAR_UNROLL
        for (std::size_t m = 0; m < kRows; ++m) store(t.sums + (g * kRows + m) * kLanes, sums[g][m]);
    }
}

/// How many of `left` rows the next pass over the lanes' weights takes.
FAMILIAR_KERNEL_INLINE std::size_t rows_at_once(std::size_t left) noexcept {
    if (left >= kIntegerRows) return kIntegerRows;
    if (left >= 8) return 8;
    if (left >= 4) return 4;
    return left >= 2 ? 2 : 1;
}

template <class Type> void multiply_lanes(std::size_t rows, std::size_t streams, const InterleavedTask& t) noexcept {
    if (streams == 4) return multiply_lanes<Type, 1, 4>(t);
    if (streams == 2) return multiply_lanes<Type, 2, 2>(t);
    if constexpr (kIntegerRows >= 12) {
        if (rows == 12) return multiply_lanes<Type, 12, 1>(t);
    }
    if constexpr (kIntegerRows >= 8) {
        if (rows == 8) return multiply_lanes<Type, 8, 1>(t);
    }
    if (rows == 4) return multiply_lanes<Type, 4, 1>(t);
    if (rows == 2) return multiply_lanes<Type, 2, 1>(t);
    multiply_lanes<Type, 1, 1>(t);
}

/// c = epilogue(sums) for n <= kLanes outputs of one row.
inline void finish_lanes(const float* sums, std::size_t n, const float* bias, const Epilogue& epilogue,
                         float* c) noexcept {
    Vector y = load(sums);
    if (bias != nullptr) y = add(y, load_first(bias, n));
    if (epilogue.activation != Activation::none) {
        float activated[kLanes];
        store(activated, y);
        activate(epilogue.activation, activated, n, activated);
        y = load_first(activated, n);
    }
    if (epilogue.accumulate) y = add(load_first(c, n), y);
    store_first(c, n, y);
}

template <class Type>
void multiply_interleaved_as(const tensor::QuantizedRows& a, const tensor::InterleavedPanel& panel, std::size_t outputs,
                             const Epilogue& epilogue, tensor::MatrixView<float> c) noexcept {
    // Rows are taken in portions whose values stay in the second cache while all of the panel's lanes pass.
    constexpr std::size_t kPortionBytes = std::size_t{256} << 10;
    const std::size_t fitting = a.columns != 0 ? kPortionBytes / a.columns : 0;
    const std::size_t portion = fitting > kIntegerRows ? fitting / kIntegerRows * kIntegerRows : kIntegerRows;
    const std::size_t blocks = a.columns / tensor::kQuantizedBlock;
    const std::size_t group_bytes = tensor::InterleavedPanel::group_bytes(panel.type, panel.columns);
    const std::size_t data_bytes = tensor::InterleavedPanel::data_bytes(panel.type, panel.columns);
    const std::size_t streams = a.rows == 1 ? 4 : a.rows == 2 ? 2 : 1; // panels have all four groups
    const float* const bias = epilogue.bias;
    float sums[kIntegerRows * kLanes];
    static_assert(kIntegerRows >= 4);
    for (std::size_t begin = 0; begin < a.rows; begin += portion) {
        const std::size_t end = a.rows - begin < portion ? a.rows : begin + portion;
        for (std::size_t first = 0; first < outputs; first += streams * tensor::kInterleavedRows) {
            const std::byte* const group = panel.data + first / tensor::kInterleavedRows * group_bytes;
            for (std::size_t lane = 0; lane < tensor::kInterleavedRows && first + lane < outputs; lane += kLanes) {
                for (std::size_t r = begin; r < end;) {
                    const std::size_t done = rows_at_once(end - r);
                    multiply_lanes<Type>(done, streams,
                                         {group + 4 * lane, group + data_bytes, lane, blocks / Type::kBlocks, a.row(r),
                                          a.columns, a.row_blocks(r), blocks, group_bytes, sums});
                    for (std::size_t s = 0; s < streams; ++s) {
                        const std::size_t output = first + s * tensor::kInterleavedRows + lane;
                        if (output >= outputs) break;
                        const std::size_t left = outputs - output, n = left < kLanes ? left : kLanes;
                        for (std::size_t m = 0; m < done; ++m) {
                            finish_lanes(sums + (s * done + m) * kLanes, n, bias != nullptr ? bias + output : nullptr,
                                         epilogue, c.row(r + m) + output);
                        }
                    }
                    r += done;
                }
            }
        }
    }
}

inline void multiply_interleaved(const tensor::QuantizedRows& a, const tensor::InterleavedPanel& panel,
                                 std::size_t outputs, const Epilogue& epilogue, tensor::MatrixView<float> c) noexcept {
    switch (panel.type) {
    case tensor::ElementType::q4_0:
        return multiply_interleaved_as<InterleavedQ4_0>(a, panel, outputs, epilogue, c);
    case tensor::ElementType::q4_1:
        return multiply_interleaved_as<InterleavedQ4_1>(a, panel, outputs, epilogue, c);
    case tensor::ElementType::q5_0:
        return multiply_interleaved_as<InterleavedQ5_0>(a, panel, outputs, epilogue, c);
    case tensor::ElementType::q5_1:
        return multiply_interleaved_as<InterleavedQ5_1>(a, panel, outputs, epilogue, c);
    case tensor::ElementType::q8_0:
        return multiply_interleaved_as<InterleavedQ8_0>(a, panel, outputs, epilogue, c);
    case tensor::ElementType::iq4_nl:
        return multiply_interleaved_as<InterleavedIq4Nl>(a, panel, outputs, epilogue, c);
    case tensor::ElementType::iq4_xs:
        return multiply_interleaved_as<InterleavedIq4Xs>(a, panel, outputs, epilogue, c);
    case tensor::ElementType::q2_k:
        return multiply_interleaved_as<InterleavedQ2K>(a, panel, outputs, epilogue, c);
    case tensor::ElementType::q3_k:
        return multiply_interleaved_as<InterleavedQ3K>(a, panel, outputs, epilogue, c);
    case tensor::ElementType::q4_k:
        return multiply_interleaved_as<InterleavedQ4K>(a, panel, outputs, epilogue, c);
    case tensor::ElementType::q5_k:
        return multiply_interleaved_as<InterleavedQ5K>(a, panel, outputs, epilogue, c);
    case tensor::ElementType::q6_k:
        return multiply_interleaved_as<InterleavedQ6K>(a, panel, outputs, epilogue, c);
    default:
        return;
    }
}
