// Two inputs of 16 outputs in one instruction, at the rate at which one of f32 goes on processors that have it at full
// width.

struct BfloatOperands : FloatOperands {
    using Left = std::uint16_t;
    using Right = std::uint16_t;
    static constexpr std::size_t kInputs = 2;

    static FAMILIAR_KERNEL_INLINE Vector left(const std::uint16_t* p, std::size_t /*part*/) noexcept {
        return _mm512_castsi512_ps(broadcast_word(reinterpret_cast<const std::int8_t*>(p)));
    }
    static FAMILIAR_KERNEL_INLINE Vector right(const std::uint16_t* p, std::size_t /*part*/) noexcept {
        return _mm512_castsi512_ps(load_bytes(reinterpret_cast<const std::byte*>(p)));
    }
    static FAMILIAR_KERNEL_INLINE Vector add_product(Vector x, Vector w, Vector sum) noexcept {
        return _mm512_dpbf16_ps(sum, reinterpret_cast<__m512bh>(w), reinterpret_cast<__m512bh>(x));
    }
};

FAMILIAR_KERNEL_INLINE void store_bfloats(std::uint16_t* p, Vector x) noexcept {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(x)));
}
