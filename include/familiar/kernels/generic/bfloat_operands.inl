// bf16 rows and weights where the processor multiplies f32: two fused multiply-adds for the two inputs of a step.

struct BfloatOperands : FloatOperands {
    using Left = std::uint16_t;
    using Right = std::uint16_t;
    static constexpr std::size_t kInputs = 2, kParts = 2;

    static FAMILIAR_KERNEL_INLINE Vector left(const std::uint16_t* p, std::size_t part) noexcept {
        return broadcast_bfloat(p, part);
    }
    static FAMILIAR_KERNEL_INLINE Vector right(const std::uint16_t* p, std::size_t part) noexcept {
        return load_bfloats(p, part);
    }
};
