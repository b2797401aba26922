// As avx512/integers.inl, with VNNI: one instruction for any bytes.

inline constexpr std::size_t kIntegerRows = 12;
inline constexpr int kSignedCentre = 7;

FAMILIAR_KERNEL_INLINE Integers dot_unsigned(Integers sums, Integers u, Integers s) noexcept {
    return _mm512_dpbusd_epi32(sums, u, s);
}
FAMILIAR_KERNEL_INLINE Integers signed_weights(Integers w) noexcept {
    return _mm512_xor_si512(w, _mm512_set1_epi8(-128));
}
FAMILIAR_KERNEL_INLINE Integers dot_signed(Integers sums, Integers w, Integers s) noexcept {
    return _mm512_dpbusd_epi32(sums, w, s);
}
FAMILIAR_KERNEL_INLINE Integers byte_weights(const std::uint8_t* p) noexcept {
    return load_bytes(reinterpret_cast<const std::byte*>(p));
}
/// Sums that stand in an array: g++ 12 keeps them in registers only if the array's type is that of the additions.
using SumLanes = std::int32_t __attribute__((vector_size(64)));
FAMILIAR_KERNEL_INLINE SumLanes add_dot_signed(SumLanes sums, Integers w, Integers s) noexcept {
    return reinterpret_cast<SumLanes>(dot_signed(reinterpret_cast<Integers>(sums), w, s));
}
