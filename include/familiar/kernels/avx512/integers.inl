// What the integer kernels of generic/ need besides vector.inl, for AVX-512 without VNNI: `dot_unsigned` adds four
// products of an unsigned and a signed byte to each 32-bit lane, exactly for unsigned bytes up to 63.

inline constexpr std::size_t kIntegerRows = 8;
/// 2^7 is added to signed weights where products take unsigned ones; 0 where they need not.
inline constexpr int kSignedCentre = 0;

FAMILIAR_KERNEL_INLINE Integers dot_unsigned(Integers sums, Integers u, Integers s) noexcept {
    // Two products of at most 63 · 127 fit into 16 bits.
    return _mm512_add_epi32(sums, _mm512_madd_epi16(_mm512_maddubs_epi16(u, s), _mm512_set1_epi16(1)));
}
FAMILIAR_KERNEL_INLINE Integers signed_weights(Integers w) noexcept {
    return w;
}
/// Weights from -128, other values from -127 on: two products are at most 2 · 128 · 127 < 2^15.
FAMILIAR_KERNEL_INLINE Integers dot_signed(Integers sums, Integers w, Integers s) noexcept {
    const Integers turned = _mm512_mask_sub_epi8(s, _mm512_movepi8_mask(w), _mm512_setzero_si512(), s);
    return dot_unsigned(sums, _mm512_abs_epi8(w), turned);
}
/// Weights stored around 128.
FAMILIAR_KERNEL_INLINE Integers byte_weights(const std::uint8_t* p) noexcept {
    return _mm512_xor_si512(load_bytes(reinterpret_cast<const std::byte*>(p)), _mm512_set1_epi8(-128));
}
/// Sums that stand in an array: g++ 12 keeps them in registers only if the array's type is that of the additions.
using SumLanes = std::int32_t __attribute__((vector_size(64)));
FAMILIAR_KERNEL_INLINE SumLanes add_dot_signed(SumLanes sums, Integers w, Integers s) noexcept {
    return reinterpret_cast<SumLanes>(dot_signed(reinterpret_cast<Integers>(sums), w, s));
}
