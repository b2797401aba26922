// bf16 weights, two inputs of an output in a word, as f32: the low half shifted up, or the high half alone.

FAMILIAR_KERNEL_INLINE Vector half_of_words(Integers words, std::size_t part) noexcept {
    return as_floats(part == 0 ? shift_left<16>(words) : bit_and(words, integers(INT32_MIN >> 15)));
}
/// Value `part` of each of `kLanes` pairs.
FAMILIAR_KERNEL_INLINE Vector load_bfloats(const std::uint16_t* pairs, std::size_t part) noexcept {
    return half_of_words(load_bytes(reinterpret_cast<const std::byte*>(pairs)), part);
}
FAMILIAR_KERNEL_INLINE Vector broadcast_bfloat(const std::uint16_t* pair, std::size_t part) noexcept {
    return half_of_words(broadcast_word(reinterpret_cast<const std::int8_t*>(pair)), part);
}
