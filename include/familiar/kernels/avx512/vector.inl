// The vector interface of generic/ for AVX-512: 16 lanes, 32 registers. Included inside this ISA's namespace and target
// region (avx512/kernels.hpp); the README explains every function.

using Vector = __m512;
using Integers = __m512i;
using Mask = __mmask16;

inline constexpr std::size_t kLanes = 16;
// Six rows of four vectors: 24 accumulators, four of the right matrix, one broadcast: 29 of 32 registers.
inline constexpr std::size_t kTileRows = 6, kTileVectors = 4;

FAMILIAR_KERNEL_INLINE Vector zero() noexcept {
    return _mm512_setzero_ps();
}
FAMILIAR_KERNEL_INLINE Vector broadcast(float x) noexcept {
    return _mm512_set1_ps(x);
}
FAMILIAR_KERNEL_INLINE Vector load(const float* p) noexcept {
    return _mm512_loadu_ps(p);
}
FAMILIAR_KERNEL_INLINE void store(float* p, Vector x) noexcept {
    _mm512_storeu_ps(p, x);
}
FAMILIAR_KERNEL_INLINE Mask first_lanes(std::size_t n) noexcept {
    return static_cast<Mask>((1U << n) - 1U);
}
FAMILIAR_KERNEL_INLINE Vector load_first(const float* p, std::size_t n) noexcept {
    return _mm512_maskz_loadu_ps(first_lanes(n), p);
}
FAMILIAR_KERNEL_INLINE void store_first(float* p, std::size_t n, Vector x) noexcept {
    _mm512_mask_storeu_ps(p, first_lanes(n), x);
}
FAMILIAR_KERNEL_INLINE Mask lanes_between(std::size_t first, std::size_t last) noexcept {
    return static_cast<Mask>(first_lanes(last) & ~first_lanes(first));
}
FAMILIAR_KERNEL_INLINE Mask less(Vector x, Vector y) noexcept {
    return _mm512_cmp_ps_mask(x, y, _CMP_LT_OQ);
}
FAMILIAR_KERNEL_INLINE Vector select(Mask mask, Vector where, Vector otherwise) noexcept {
    return _mm512_mask_blend_ps(mask, otherwise, where);
}

FAMILIAR_KERNEL_INLINE Vector add(Vector x, Vector y) noexcept {
    return _mm512_add_ps(x, y);
}
FAMILIAR_KERNEL_INLINE Vector subtract(Vector x, Vector y) noexcept {
    return _mm512_sub_ps(x, y);
}
FAMILIAR_KERNEL_INLINE Vector multiply(Vector x, Vector y) noexcept {
    return _mm512_mul_ps(x, y);
}
FAMILIAR_KERNEL_INLINE Vector divide(Vector x, Vector y) noexcept {
    return _mm512_div_ps(x, y);
}
FAMILIAR_KERNEL_INLINE Vector multiply_add(Vector x, Vector y, Vector z) noexcept {
    return _mm512_fmadd_ps(x, y, z);
}
FAMILIAR_KERNEL_INLINE Vector negative_multiply_add(Vector x, Vector y, Vector z) noexcept {
    return _mm512_fnmadd_ps(x, y, z);
}
FAMILIAR_KERNEL_INLINE Vector minimum(Vector x, Vector y) noexcept {
    return _mm512_min_ps(x, y);
}
FAMILIAR_KERNEL_INLINE Vector maximum(Vector x, Vector y) noexcept {
    return _mm512_max_ps(x, y);
}
FAMILIAR_KERNEL_INLINE Vector magnitude(Vector x) noexcept {
    return _mm512_abs_ps(x);
}
FAMILIAR_KERNEL_INLINE Vector with_sign_of(Vector x, Vector sign) noexcept {
    return _mm512_castsi512_ps(_mm512_ternarylogic_epi32(_mm512_set1_epi32(INT32_MIN), _mm512_castps_si512(sign),
                                                         _mm512_castps_si512(x), 0xca)); // first ? second : third
}
FAMILIAR_KERNEL_INLINE Vector shift_exponent(Vector x, Vector shifted) noexcept {
    return _mm512_castsi512_ps(
        _mm512_add_epi32(_mm512_castps_si512(x), _mm512_slli_epi32(_mm512_castps_si512(shifted), 23)));
}
FAMILIAR_KERNEL_INLINE float sum(Vector x) noexcept {
    return _mm512_reduce_add_ps(x);
}
FAMILIAR_KERNEL_INLINE float largest(Vector x) noexcept {
    return _mm512_reduce_max_ps(x);
}

FAMILIAR_KERNEL_INLINE void split_pairs(Vector low, Vector high, Vector& even, Vector& odd) noexcept {
    const Integers evens = _mm512_set_epi32(30, 28, 26, 24, 22, 20, 18, 16, 14, 12, 10, 8, 6, 4, 2, 0);
    even = _mm512_permutex2var_ps(low, evens, high);
    odd = _mm512_permutex2var_ps(low, _mm512_add_epi32(evens, _mm512_set1_epi32(1)), high);
}
FAMILIAR_KERNEL_INLINE void join_pairs(Vector even, Vector odd, Vector& low, Vector& high) noexcept {
    const Integers lows = _mm512_set_epi32(23, 7, 22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
    low = _mm512_permutex2var_ps(even, lows, odd);
    high = _mm512_permutex2var_ps(even, _mm512_add_epi32(lows, _mm512_set1_epi32(8)), odd);
}

FAMILIAR_KERNEL_INLINE Integers quarters(const std::byte* p, std::size_t step) noexcept {
    Integers x = _mm512_castsi128_si512(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
    x = _mm512_inserti32x4(x, _mm_loadu_si128(reinterpret_cast<const __m128i*>(p + step)), 1);
    x = _mm512_inserti32x4(x, _mm_loadu_si128(reinterpret_cast<const __m128i*>(p + 2 * step)), 2);
    return _mm512_inserti32x4(x, _mm_loadu_si128(reinterpret_cast<const __m128i*>(p + 3 * step)), 3);
}
FAMILIAR_KERNEL_INLINE void transpose_four(Integers (&x)[4]) noexcept {
    const Integers a = _mm512_unpacklo_epi32(x[0], x[1]), b = _mm512_unpackhi_epi32(x[0], x[1]),
                   c = _mm512_unpacklo_epi32(x[2], x[3]), d = _mm512_unpackhi_epi32(x[2], x[3]);
    x[0] = _mm512_unpacklo_epi64(a, c);
    x[1] = _mm512_unpackhi_epi64(a, c);
    x[2] = _mm512_unpacklo_epi64(b, d);
    x[3] = _mm512_unpackhi_epi64(b, d);
}
FAMILIAR_KERNEL_INLINE void load_rows(const std::byte* p, std::size_t stride, Integers (&words)[4]) noexcept {
    for (std::size_t i = 0; i < 4; ++i) words[i] = quarters(p + i * stride, 4 * stride);
    transpose_four(words);
}
FAMILIAR_KERNEL_INLINE __m128i four_floats(const float* p) noexcept {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
}
FAMILIAR_KERNEL_INLINE void transpose_rows(const float* const* rows, std::size_t offset,
                                           Vector (&columns)[4]) noexcept {
    Integers x[4];
    for (std::size_t i = 0; i < 4; ++i) {
        x[i] = _mm512_castsi128_si512(four_floats(rows[i] + offset));
        x[i] = _mm512_inserti32x4(x[i], four_floats(rows[i + 4] + offset), 1);
        x[i] = _mm512_inserti32x4(x[i], four_floats(rows[i + 8] + offset), 2);
        x[i] = _mm512_inserti32x4(x[i], four_floats(rows[i + 12] + offset), 3);
    }
    transpose_four(x);
    for (std::size_t i = 0; i < 4; ++i) columns[i] = _mm512_castsi512_ps(x[i]);
}
FAMILIAR_KERNEL_INLINE Integers load_words(const std::byte* p, std::size_t stride) noexcept {
    const Integers rows = _mm512_mullo_epi32(_mm512_set1_epi32(static_cast<int>(stride)),
                                             _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0));
    return _mm512_i32gather_epi32(rows, p, 1);
}
FAMILIAR_KERNEL_INLINE Integers integers(std::int32_t x) noexcept {
    return _mm512_set1_epi32(x);
}
FAMILIAR_KERNEL_INLINE Integers subtract_integers(Integers x, Integers y) noexcept {
    return _mm512_sub_epi32(x, y);
}
template <int kBits> FAMILIAR_KERNEL_INLINE Integers shift_right(Integers x) noexcept {
    return _mm512_srli_epi32(x, kBits);
}
template <int kBits> FAMILIAR_KERNEL_INLINE Integers shift_left(Integers x) noexcept {
    return _mm512_slli_epi32(x, kBits);
}
template <int kBits> FAMILIAR_KERNEL_INLINE Integers shift_right_signed(Integers x) noexcept {
    return _mm512_srai_epi32(x, kBits);
}
FAMILIAR_KERNEL_INLINE Integers bit_and(Integers x, Integers y) noexcept {
    return _mm512_and_si512(x, y);
}
FAMILIAR_KERNEL_INLINE Integers bit_or(Integers x, Integers y) noexcept {
    return _mm512_or_si512(x, y);
}
FAMILIAR_KERNEL_INLINE Vector to_floats(Integers x) noexcept {
    return _mm512_cvtepi32_ps(x);
}
FAMILIAR_KERNEL_INLINE Vector as_floats(Integers x) noexcept {
    return _mm512_castsi512_ps(x);
}
FAMILIAR_KERNEL_INLINE Vector low_halves(Integers x) noexcept {
    return _mm512_cvtph_ps(_mm512_cvtepi32_epi16(x));
}
FAMILIAR_KERNEL_INLINE Integers add_integers(Integers x, Integers y) noexcept {
    return _mm512_add_epi32(x, y);
}
FAMILIAR_KERNEL_INLINE std::int32_t sum_integers(Integers x) noexcept {
    return _mm512_reduce_add_epi32(x);
}
FAMILIAR_KERNEL_INLINE Integers nearest_integers(Vector x) noexcept {
    return _mm512_cvt_roundps_epi32(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
FAMILIAR_KERNEL_INLINE void store_low_bytes(std::int8_t* p, Integers x) noexcept {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm512_cvtepi32_epi8(x));
}
FAMILIAR_KERNEL_INLINE Integers load_bytes(const std::byte* p) noexcept {
    return _mm512_loadu_si512(p);
}
FAMILIAR_KERNEL_INLINE Integers broadcast_word(const std::int8_t* p) noexcept {
    std::int32_t word;
    __builtin_memcpy(&word, p, sizeof word);
    return _mm512_set1_epi32(word);
}
FAMILIAR_KERNEL_INLINE Integers sixteen_bytes(const std::int8_t* p) noexcept {
    return _mm512_broadcast_i32x4(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
}
FAMILIAR_KERNEL_INLINE Integers look_up(Integers table, Integers places) noexcept {
    return _mm512_shuffle_epi8(table, places);
}
FAMILIAR_KERNEL_INLINE Vector load_halves(const std::byte* p) noexcept {
    return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
}
FAMILIAR_KERNEL_INLINE Vector load_unsigned_bytes(const std::byte* p) noexcept {
    return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))));
}
FAMILIAR_KERNEL_INLINE Vector low_nibbles(const std::byte* p) noexcept {
    const __m512i bytes = _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
    return _mm512_cvtepi32_ps(_mm512_and_si512(bytes, _mm512_set1_epi32(15)));
}
FAMILIAR_KERNEL_INLINE Vector high_nibbles(const std::byte* p) noexcept {
    const __m512i bytes = _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
    return _mm512_cvtepi32_ps(_mm512_srli_epi32(bytes, 4));
}
FAMILIAR_KERNEL_INLINE Vector load_signed_bytes(const std::byte* p) noexcept {
    return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))));
}
/// Nearest bf16 values as `tensor::f32_to_bf16`, but for subnormal ones, which become 0 as the instruction does it.
FAMILIAR_KERNEL_INLINE void store_bfloats(std::uint16_t* p, Vector x) noexcept {
    const Integers bits = _mm512_castps_si512(x), upper = _mm512_srli_epi32(bits, 16);
    const Integers odd = _mm512_and_si512(upper, _mm512_set1_epi32(1));
    Integers rounded = _mm512_srli_epi32(_mm512_add_epi32(_mm512_add_epi32(bits, _mm512_set1_epi32(0x7fff)), odd), 16);
    rounded = _mm512_mask_or_epi32(rounded, _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q), upper, _mm512_set1_epi32(0x40));
    rounded = _mm512_mask_and_epi32(rounded, _mm512_testn_epi32_mask(bits, _mm512_set1_epi32(0x7f800000)), upper,
                                    _mm512_set1_epi32(0x8000));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), _mm512_cvtepi32_epi16(rounded));
}
