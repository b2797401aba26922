// The vector interface of generic/ for AVX2 with FMA and F16C: 8 lanes, 16 registers. Included inside this ISA's
// namespace and target region (avx2/kernels.hpp); the README explains every function.

using Vector = __m256;
using Integers = __m256i;
using Mask = __m256;

inline constexpr std::size_t kLanes = 8;
// Six rows of two vectors: 12 accumulators, two of the right matrix, one broadcast: 15 of 16 registers.
inline constexpr std::size_t kTileRows = 6, kTileVectors = 2;

FAMILIAR_KERNEL_INLINE Vector zero() noexcept {
    return _mm256_setzero_ps();
}
FAMILIAR_KERNEL_INLINE Vector broadcast(float x) noexcept {
    return _mm256_set1_ps(x);
}
FAMILIAR_KERNEL_INLINE Vector load(const float* p) noexcept {
    return _mm256_loadu_ps(p);
}
FAMILIAR_KERNEL_INLINE void store(float* p, Vector x) noexcept {
    _mm256_storeu_ps(p, x);
}
FAMILIAR_KERNEL_INLINE Integers lane_numbers() noexcept {
    return _mm256_set_epi32(7, 6, 5, 4, 3, 2, 1, 0);
}
FAMILIAR_KERNEL_INLINE Integers first_lanes(std::size_t n) noexcept {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(n)), lane_numbers());
}
FAMILIAR_KERNEL_INLINE Vector load_first(const float* p, std::size_t n) noexcept {
    return _mm256_maskload_ps(p, first_lanes(n));
}
FAMILIAR_KERNEL_INLINE void store_first(float* p, std::size_t n, Vector x) noexcept {
    _mm256_maskstore_ps(p, first_lanes(n), x);
}
FAMILIAR_KERNEL_INLINE Mask lanes_between(std::size_t first, std::size_t last) noexcept {
    return _mm256_castsi256_ps(_mm256_andnot_si256(first_lanes(first), first_lanes(last)));
}
FAMILIAR_KERNEL_INLINE Mask less(Vector x, Vector y) noexcept {
    return _mm256_cmp_ps(x, y, _CMP_LT_OQ);
}
FAMILIAR_KERNEL_INLINE Vector select(Mask mask, Vector where, Vector otherwise) noexcept {
    return _mm256_blendv_ps(otherwise, where, mask);
}

FAMILIAR_KERNEL_INLINE Vector add(Vector x, Vector y) noexcept {
    return _mm256_add_ps(x, y);
}
FAMILIAR_KERNEL_INLINE Vector subtract(Vector x, Vector y) noexcept {
    return _mm256_sub_ps(x, y);
}
FAMILIAR_KERNEL_INLINE Vector multiply(Vector x, Vector y) noexcept {
    return _mm256_mul_ps(x, y);
}
FAMILIAR_KERNEL_INLINE Vector divide(Vector x, Vector y) noexcept {
    return _mm256_div_ps(x, y);
}
FAMILIAR_KERNEL_INLINE Vector multiply_add(Vector x, Vector y, Vector z) noexcept {
    return _mm256_fmadd_ps(x, y, z);
}
FAMILIAR_KERNEL_INLINE Vector negative_multiply_add(Vector x, Vector y, Vector z) noexcept {
    return _mm256_fnmadd_ps(x, y, z);
}
FAMILIAR_KERNEL_INLINE Vector minimum(Vector x, Vector y) noexcept {
    return _mm256_min_ps(x, y);
}
FAMILIAR_KERNEL_INLINE Vector maximum(Vector x, Vector y) noexcept {
    return _mm256_max_ps(x, y);
}
FAMILIAR_KERNEL_INLINE Vector magnitude(Vector x) noexcept {
    return _mm256_andnot_ps(_mm256_set1_ps(-0.0F), x);
}
FAMILIAR_KERNEL_INLINE Vector with_sign_of(Vector x, Vector sign) noexcept {
    const Vector bit = _mm256_set1_ps(-0.0F);
    return _mm256_or_ps(_mm256_and_ps(bit, sign), _mm256_andnot_ps(bit, x));
}
FAMILIAR_KERNEL_INLINE Vector shift_exponent(Vector x, Vector shifted) noexcept {
    return _mm256_castsi256_ps(
        _mm256_add_epi32(_mm256_castps_si256(x), _mm256_slli_epi32(_mm256_castps_si256(shifted), 23)));
}
FAMILIAR_KERNEL_INLINE float sum(Vector x) noexcept {
    const __m128 four = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}
FAMILIAR_KERNEL_INLINE float largest(Vector x) noexcept {
    const __m128 four = _mm_max_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    const __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
}

FAMILIAR_KERNEL_INLINE void split_pairs(Vector low, Vector high, Vector& even, Vector& odd) noexcept {
    const Vector a = _mm256_permute2f128_ps(low, high, 0x20), b = _mm256_permute2f128_ps(low, high, 0x31);
    even = _mm256_shuffle_ps(a, b, 0x88); // within each half: two of the first, two of the second
    odd = _mm256_shuffle_ps(a, b, 0xdd);
}
FAMILIAR_KERNEL_INLINE void join_pairs(Vector even, Vector odd, Vector& low, Vector& high) noexcept {
    const Vector a = _mm256_unpacklo_ps(even, odd), b = _mm256_unpackhi_ps(even, odd);
    low = _mm256_permute2f128_ps(a, b, 0x20);
    high = _mm256_permute2f128_ps(a, b, 0x31);
}

FAMILIAR_KERNEL_INLINE Integers halves(const std::byte* p, std::size_t step) noexcept {
    return _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))),
                                   _mm_loadu_si128(reinterpret_cast<const __m128i*>(p + step)), 1);
}
FAMILIAR_KERNEL_INLINE void transpose_four(Integers (&x)[4]) noexcept {
    const Integers a = _mm256_unpacklo_epi32(x[0], x[1]), b = _mm256_unpackhi_epi32(x[0], x[1]),
                   c = _mm256_unpacklo_epi32(x[2], x[3]), d = _mm256_unpackhi_epi32(x[2], x[3]);
    x[0] = _mm256_unpacklo_epi64(a, c);
    x[1] = _mm256_unpackhi_epi64(a, c);
    x[2] = _mm256_unpacklo_epi64(b, d);
    x[3] = _mm256_unpackhi_epi64(b, d);
}
FAMILIAR_KERNEL_INLINE void load_rows(const std::byte* p, std::size_t stride, Integers (&words)[4]) noexcept {
    for (std::size_t i = 0; i < 4; ++i) words[i] = halves(p + i * stride, 4 * stride);
    transpose_four(words);
}
FAMILIAR_KERNEL_INLINE __m128i four_floats(const float* p) noexcept {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
}
FAMILIAR_KERNEL_INLINE void transpose_rows(const float* const* rows, std::size_t offset,
                                           Vector (&columns)[4]) noexcept {
    Integers x[4];
    for (std::size_t i = 0; i < 4; ++i) {
        x[i] = _mm256_inserti128_si256(_mm256_castsi128_si256(four_floats(rows[i] + offset)),
                                       four_floats(rows[i + 4] + offset), 1);
    }
    transpose_four(x);
    for (std::size_t i = 0; i < 4; ++i) columns[i] = _mm256_castsi256_ps(x[i]);
}
FAMILIAR_KERNEL_INLINE int word_at(const std::byte* p) noexcept {
    int word;
    __builtin_memcpy(&word, p, sizeof word);
    return word;
}
FAMILIAR_KERNEL_INLINE Integers load_words(const std::byte* p, std::size_t stride) noexcept {
    return _mm256_set_epi32(word_at(p + 7 * stride), word_at(p + 6 * stride), word_at(p + 5 * stride),
                            word_at(p + 4 * stride), word_at(p + 3 * stride), word_at(p + 2 * stride),
                            word_at(p + stride), word_at(p));
}
FAMILIAR_KERNEL_INLINE Integers integers(std::int32_t x) noexcept {
    return _mm256_set1_epi32(x);
}
FAMILIAR_KERNEL_INLINE Integers subtract_integers(Integers x, Integers y) noexcept {
    return _mm256_sub_epi32(x, y);
}
template <int kBits> FAMILIAR_KERNEL_INLINE Integers shift_right(Integers x) noexcept {
    return _mm256_srli_epi32(x, kBits);
}
template <int kBits> FAMILIAR_KERNEL_INLINE Integers shift_left(Integers x) noexcept {
    return _mm256_slli_epi32(x, kBits);
}
template <int kBits> FAMILIAR_KERNEL_INLINE Integers shift_right_signed(Integers x) noexcept {
    return _mm256_srai_epi32(x, kBits);
}
FAMILIAR_KERNEL_INLINE Integers bit_and(Integers x, Integers y) noexcept {
    return _mm256_and_si256(x, y);
}
FAMILIAR_KERNEL_INLINE Integers bit_or(Integers x, Integers y) noexcept {
    return _mm256_or_si256(x, y);
}
FAMILIAR_KERNEL_INLINE Vector to_floats(Integers x) noexcept {
    return _mm256_cvtepi32_ps(x);
}
FAMILIAR_KERNEL_INLINE Vector as_floats(Integers x) noexcept {
    return _mm256_castsi256_ps(x);
}
FAMILIAR_KERNEL_INLINE Vector low_halves(Integers x) noexcept {
    const Integers low = _mm256_and_si256(x, _mm256_set1_epi32(0xffff));
    const Integers packed = _mm256_permute4x64_epi64(_mm256_packus_epi32(low, low), 0x08);
    return _mm256_cvtph_ps(_mm256_castsi256_si128(packed));
}
FAMILIAR_KERNEL_INLINE Integers add_integers(Integers x, Integers y) noexcept {
    return _mm256_add_epi32(x, y);
}
FAMILIAR_KERNEL_INLINE std::int32_t sum_integers(Integers x) noexcept {
    const __m128i four = _mm_add_epi32(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));
    const __m128i two = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0x4e));
    return _mm_cvtsi128_si32(_mm_add_epi32(two, _mm_shuffle_epi32(two, 0xb1)));
}
FAMILIAR_KERNEL_INLINE Integers nearest_integers(Vector x) noexcept {
    return _mm256_cvtps_epi32(_mm256_round_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}
FAMILIAR_KERNEL_INLINE void store_low_bytes(std::int8_t* p, Integers x) noexcept {
    const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));
    _mm_storel_epi64(reinterpret_cast<__m128i*>(p), _mm_packs_epi16(words, words));
}
FAMILIAR_KERNEL_INLINE Integers load_bytes(const std::byte* p) noexcept {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
}
FAMILIAR_KERNEL_INLINE Integers broadcast_word(const std::int8_t* p) noexcept {
    std::int32_t word;
    __builtin_memcpy(&word, p, sizeof word);
    return _mm256_set1_epi32(word);
}
FAMILIAR_KERNEL_INLINE Integers sixteen_bytes(const std::int8_t* p) noexcept {
    return _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
}
FAMILIAR_KERNEL_INLINE Integers look_up(Integers table, Integers places) noexcept {
    return _mm256_shuffle_epi8(table, places);
}
FAMILIAR_KERNEL_INLINE Vector load_halves(const std::byte* p) noexcept {
    return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
}
FAMILIAR_KERNEL_INLINE Vector load_unsigned_bytes(const std::byte* p) noexcept {
    return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p))));
}
FAMILIAR_KERNEL_INLINE Vector low_nibbles(const std::byte* p) noexcept {
    const __m256i bytes = _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p)));
    return _mm256_cvtepi32_ps(_mm256_and_si256(bytes, _mm256_set1_epi32(15)));
}
FAMILIAR_KERNEL_INLINE Vector high_nibbles(const std::byte* p) noexcept {
    const __m256i bytes = _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p)));
    return _mm256_cvtepi32_ps(_mm256_srli_epi32(bytes, 4));
}
FAMILIAR_KERNEL_INLINE Vector load_signed_bytes(const std::byte* p) noexcept {
    return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p))));
}
/// As avx512/vector.inl.
FAMILIAR_KERNEL_INLINE void store_bfloats(std::uint16_t* p, Vector x) noexcept {
    const Integers bits = _mm256_castps_si256(x), upper = _mm256_srli_epi32(bits, 16);
    const Integers odd = _mm256_and_si256(upper, _mm256_set1_epi32(1));
    Integers rounded = _mm256_srli_epi32(_mm256_add_epi32(_mm256_add_epi32(bits, _mm256_set1_epi32(0x7fff)), odd), 16);
    rounded = _mm256_blendv_epi8(rounded, _mm256_or_si256(upper, _mm256_set1_epi32(0x40)),
                                 _mm256_castps_si256(_mm256_cmp_ps(x, x, _CMP_UNORD_Q)));
    const Integers exponent = _mm256_and_si256(bits, _mm256_set1_epi32(0x7f800000));
    rounded = _mm256_blendv_epi8(rounded, _mm256_and_si256(upper, _mm256_set1_epi32(0x8000)),
                                 _mm256_cmpeq_epi32(exponent, _mm256_setzero_si256()));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(p),
                     _mm_packus_epi32(_mm256_castsi256_si128(rounded), _mm256_extracti128_si256(rounded, 1)));
}
