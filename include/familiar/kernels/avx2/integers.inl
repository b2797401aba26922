// As avx512/integers.inl, for AVX2.

inline constexpr std::size_t kIntegerRows = 4;
inline constexpr int kSignedCentre = 0;

FAMILIAR_KERNEL_INLINE Integers dot_unsigned(Integers sums, Integers u, Integers s) noexcept {
    return _mm256_add_epi32(sums, _mm256_madd_epi16(_mm256_maddubs_epi16(u, s), _mm256_set1_epi16(1)));
}
FAMILIAR_KERNEL_INLINE Integers signed_weights(Integers w) noexcept {
    return w;
}
FAMILIAR_KERNEL_INLINE Integers dot_signed(Integers sums, Integers w, Integers s) noexcept {
    return dot_unsigned(sums, _mm256_abs_epi8(w), _mm256_sign_epi8(s, w));
}
/// Weights stored around 128.
FAMILIAR_KERNEL_INLINE Integers byte_weights(const std::uint8_t* p) noexcept {
    return _mm256_xor_si256(load_bytes(reinterpret_cast<const std::byte*>(p)), _mm256_set1_epi8(-128));
}
/// Sums that stand in an array: g++ 12 keeps them in registers only if the array's type is that of the additions.
using SumLanes = std::int32_t __attribute__((vector_size(32)));
FAMILIAR_KERNEL_INLINE SumLanes add_dot_signed(SumLanes sums, Integers w, Integers s) noexcept {
    return reinterpret_cast<SumLanes>(dot_signed(reinterpret_cast<Integers>(sums), w, s));
}
