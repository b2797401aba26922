// Stored weights to a panel of f32, [k][64]. Lanes are rows: four 16-byte pieces' worth of each of kLanes rows are
// transposed as 32-bit words, so that one register holds the same bytes of every row; from there on a shift, a mask, a
// conversion and one multiplication make the k-th weight of every row, which is what the panel wants stored. The
// small types' products are exact in f32, so that these are bit for bit the reference's values.

/// q · scale + minimum: types with a minimum.
struct WithMinimum {
    Vector scale, minimum;
    FAMILIAR_KERNEL_INLINE void store_to(float* out, Integers q) const noexcept {
        store(out, multiply_add(to_floats(q), scale, minimum));
    }
};

/// (q - centre) · scale: symmetric types.
struct Centred {
    Vector scale;
    Integers centre;
    FAMILIAR_KERNEL_INLINE void store_to(float* out, Integers q) const noexcept {
        store(out, multiply(to_floats(subtract_integers(q, centre)), scale));
    }
};

/// Sixteen bytes of nibbles: weights 0…15 in the low halves, 16…31 in the high ones.
template <class Scale>
FAMILIAR_KERNEL_INLINE void store_nibbles(const std::byte* p, std::size_t stride, Scale scale, float* out) noexcept {
    Integers words[4];
    load_rows(p, stride, words);
    const Integers mask = integers(15);
    FAMILIAR_UNROLL
    for (std::size_t w = 0; w < 4; ++w) {
        float* const low = out + 4 * w * tensor::kPanelWidth;
        float* const high = low + 16 * tensor::kPanelWidth;
        const Integers x = words[w];
        scale.store_to(low, bit_and(x, mask));
        scale.store_to(high, bit_and(shift_right<4>(x), mask));
        scale.store_to(low + tensor::kPanelWidth, bit_and(shift_right<8>(x), mask));
        scale.store_to(high + tensor::kPanelWidth, bit_and(shift_right<12>(x), mask));
        scale.store_to(low + 2 * tensor::kPanelWidth, bit_and(shift_right<16>(x), mask));
        scale.store_to(high + 2 * tensor::kPanelWidth, bit_and(shift_right<20>(x), mask));
        scale.store_to(low + 3 * tensor::kPanelWidth, bit_and(shift_right<24>(x), mask));
        scale.store_to(high + 3 * tensor::kPanelWidth, shift_right<28>(x));
    }
}

/// The fifth bit of weight kWeight of every row, at the place of 16.
template <int kWeight> FAMILIAR_KERNEL_INLINE Integers fifth_bit(Integers bits) noexcept {
    if constexpr (kWeight < 4) {
        return bit_and(shift_left<4 - kWeight>(bits), integers(16));
    } else {
        return bit_and(shift_right<kWeight - 4>(bits), integers(16));
    }
}

template <int kWord, class Scale>
FAMILIAR_KERNEL_INLINE void store_five_bits(Integers x, Integers fifth, Scale scale, float* out) noexcept {
    const Integers mask = integers(15);
    float* const low = out + 4 * kWord * tensor::kPanelWidth;
    float* const high = low + 16 * tensor::kPanelWidth;
    constexpr int kFirst = 4 * kWord;
    scale.store_to(low, bit_or(bit_and(x, mask), fifth_bit<kFirst>(fifth)));
    scale.store_to(high, bit_or(bit_and(shift_right<4>(x), mask), fifth_bit<kFirst + 16>(fifth)));
    scale.store_to(low + tensor::kPanelWidth, bit_or(bit_and(shift_right<8>(x), mask), fifth_bit<kFirst + 1>(fifth)));
    scale.store_to(high + tensor::kPanelWidth,
                   bit_or(bit_and(shift_right<12>(x), mask), fifth_bit<kFirst + 17>(fifth)));
    scale.store_to(low + 2 * tensor::kPanelWidth,
                   bit_or(bit_and(shift_right<16>(x), mask), fifth_bit<kFirst + 2>(fifth)));
    scale.store_to(high + 2 * tensor::kPanelWidth,
                   bit_or(bit_and(shift_right<20>(x), mask), fifth_bit<kFirst + 18>(fifth)));
    scale.store_to(low + 3 * tensor::kPanelWidth,
                   bit_or(bit_and(shift_right<24>(x), mask), fifth_bit<kFirst + 3>(fifth)));
    scale.store_to(high + 3 * tensor::kPanelWidth, bit_or(shift_right<28>(x), fifth_bit<kFirst + 19>(fifth)));
}

// One block of every row of a lane group: `p` is the first row's, `stride` bytes from row to row.

struct UnpackF32 {
    static constexpr std::size_t kValues = 4;
    FAMILIAR_KERNEL_INLINE static void block(const std::byte* p, std::size_t stride, float* out) noexcept {
        Integers words[4];
        load_rows(p, stride, words);
        FAMILIAR_UNROLL
        for (std::size_t w = 0; w < 4; ++w) store(out + w * tensor::kPanelWidth, as_floats(words[w]));
    }
};

struct UnpackF16 {
    static constexpr std::size_t kValues = 8;
    FAMILIAR_KERNEL_INLINE static void block(const std::byte* p, std::size_t stride, float* out) noexcept {
        Integers words[4];
        load_rows(p, stride, words);
        FAMILIAR_UNROLL
        for (std::size_t w = 0; w < 4; ++w) {
            store(out + 2 * w * tensor::kPanelWidth, low_halves(words[w]));
            store(out + (2 * w + 1) * tensor::kPanelWidth, low_halves(shift_right<16>(words[w])));
        }
    }
};

struct UnpackBf16 {
    static constexpr std::size_t kValues = 8;
    FAMILIAR_KERNEL_INLINE static void block(const std::byte* p, std::size_t stride, float* out) noexcept {
        Integers words[4];
        load_rows(p, stride, words);
        const Integers high = integers(-65536);
        FAMILIAR_UNROLL
        for (std::size_t w = 0; w < 4; ++w) {
            store(out + 2 * w * tensor::kPanelWidth, as_floats(shift_left<16>(words[w])));
            store(out + (2 * w + 1) * tensor::kPanelWidth, as_floats(bit_and(words[w], high)));
        }
    }
};

struct UnpackQ4_0 { // scale, 16 bytes
    static constexpr std::size_t kValues = 32;
    FAMILIAR_KERNEL_INLINE static void block(const std::byte* p, std::size_t stride, float* out) noexcept {
        const Vector scale = low_halves(load_words(p, stride));
        store_nibbles(p + 2, stride, Centred{scale, integers(8)}, out);
    }
};

struct UnpackQ4_1 { // scale, minimum, 16 bytes
    static constexpr std::size_t kValues = 32;
    FAMILIAR_KERNEL_INLINE static void block(const std::byte* p, std::size_t stride, float* out) noexcept {
        const Integers both = load_words(p, stride);
        store_nibbles(p + 4, stride, WithMinimum{low_halves(both), low_halves(shift_right<16>(both))}, out);
    }
};

struct UnpackQ5_0 { // scale, 32 fifth bits, 16 bytes
    static constexpr std::size_t kValues = 32;
    FAMILIAR_KERNEL_INLINE static void block(const std::byte* p, std::size_t stride, float* out) noexcept {
        const Centred scale{low_halves(load_words(p, stride)), integers(16)};
        const Integers fifth = load_words(p + 2, stride);
        Integers words[4];
        load_rows(p + 6, stride, words);
        store_five_bits<0>(words[0], fifth, scale, out);
        store_five_bits<1>(words[1], fifth, scale, out);
        store_five_bits<2>(words[2], fifth, scale, out);
        store_five_bits<3>(words[3], fifth, scale, out);
    }
};

struct UnpackQ5_1 { // scale, minimum, 32 fifth bits, 16 bytes
    static constexpr std::size_t kValues = 32;
    FAMILIAR_KERNEL_INLINE static void block(const std::byte* p, std::size_t stride, float* out) noexcept {
        const Integers both = load_words(p, stride), fifth = load_words(p + 4, stride);
        const WithMinimum scale{low_halves(both), low_halves(shift_right<16>(both))};
        Integers words[4];
        load_rows(p + 8, stride, words);
        store_five_bits<0>(words[0], fifth, scale, out);
        store_five_bits<1>(words[1], fifth, scale, out);
        store_five_bits<2>(words[2], fifth, scale, out);
        store_five_bits<3>(words[3], fifth, scale, out);
    }
};

struct UnpackQ8_0 { // scale, 32 bytes
    static constexpr std::size_t kValues = 32;
    FAMILIAR_KERNEL_INLINE static void block(const std::byte* p, std::size_t stride, float* out) noexcept {
        const Vector scale = low_halves(load_words(p, stride));
        FAMILIAR_UNROLL
        for (std::size_t half = 0; half < 2; ++half) {
            Integers words[4];
            load_rows(p + 2 + 16 * half, stride, words);
            FAMILIAR_UNROLL
            for (std::size_t w = 0; w < 4; ++w) {
                float* const to = out + (16 * half + 4 * w) * tensor::kPanelWidth;
                store(to, multiply(to_floats(shift_right_signed<24>(shift_left<24>(words[w]))), scale));
                store(to + tensor::kPanelWidth,
                      multiply(to_floats(shift_right_signed<24>(shift_left<16>(words[w]))), scale));
                store(to + 2 * tensor::kPanelWidth,
                      multiply(to_floats(shift_right_signed<24>(shift_left<8>(words[w]))), scale));
                store(to + 3 * tensor::kPanelWidth, multiply(to_floats(shift_right_signed<24>(words[w])), scale));
            }
        }
    }
};

/// All rows of a panel by lane groups; what is left of the rows or of the columns one value after another.
template <class Unpack>
void unpack_lanes(const tensor::StoredMatrix& stored, std::size_t first, std::size_t rows, float* unpacked) noexcept {
    const std::size_t stride = stored.row_bytes(), whole = rows / kLanes * kLanes;
    const std::size_t blocks = stored.columns / Unpack::kValues, columns = blocks * Unpack::kValues;
    const std::size_t bytes =
        tensor::block_layout(stored.type).bytes * Unpack::kValues / tensor::block_layout(stored.type).values;
    const std::byte* const data = stored.data + first * stride;
    for (std::size_t row = 0; row < whole; row += kLanes) {
        const std::byte* p = data + row * stride;
        float* out = unpacked + row;
        for (std::size_t b = 0; b < blocks; ++b, p += bytes, out += Unpack::kValues * tensor::kPanelWidth) {
            Unpack::block(p, stride, out);
        }
    }
    if (columns < stored.columns) unpack_values(stored, first, 0, whole, columns, unpacked);
    unpack_values(stored, first, whole, tensor::kPanelWidth, 0, unpacked);
}

inline void unpack_panel(const tensor::StoredMatrix& stored, std::size_t p, float* unpacked) noexcept {
    const std::size_t first = p * tensor::kPanelWidth;
    const std::size_t left = first < stored.rows ? stored.rows - first : 0;
    const std::size_t rows = left < tensor::kPanelWidth ? left : tensor::kPanelWidth;
    switch (stored.type) {
    case tensor::ElementType::f32:
        return unpack_lanes<UnpackF32>(stored, first, rows, unpacked);
    case tensor::ElementType::f16:
        return unpack_lanes<UnpackF16>(stored, first, rows, unpacked);
    case tensor::ElementType::bf16:
        return unpack_lanes<UnpackBf16>(stored, first, rows, unpacked);
    case tensor::ElementType::q4_0:
        return unpack_lanes<UnpackQ4_0>(stored, first, rows, unpacked);
    case tensor::ElementType::q4_1:
        return unpack_lanes<UnpackQ4_1>(stored, first, rows, unpacked);
    case tensor::ElementType::q5_0:
        return unpack_lanes<UnpackQ5_0>(stored, first, rows, unpacked);
    case tensor::ElementType::q5_1:
        return unpack_lanes<UnpackQ5_1>(stored, first, rows, unpacked);
    case tensor::ElementType::q8_0:
        return unpack_lanes<UnpackQ8_0>(stored, first, rows, unpacked);
    default:
        break;
    }
    unpack_values(stored, first, 0, tensor::kPanelWidth, 0, unpacked);
}
