// The vector interface of generic/ over xsimd batches, for whatever the unit is compiled for. Included inside the
// namespace that carries the unit's instruction set in its name (xsimd/kernels.hpp); the README explains every
// function.

using Vector = xsimd::batch<float>;
using Mask = xsimd::batch_bool<float>;
using IntegerVector = xsimd::batch<std::int32_t>;

inline constexpr std::size_t kLanes = Vector::size;
// 32 registers with AVX-512 and on ARM, 16 with the other x86 sets.
#if defined(__AVX512F__) || defined(__aarch64__)
inline constexpr std::size_t kTileRows = 6, kTileVectors = 4;
#else
inline constexpr std::size_t kTileRows = 6, kTileVectors = 2;
#endif

FAMILIAR_KERNEL_INLINE Vector zero() noexcept {
    return Vector(0.0F);
}
FAMILIAR_KERNEL_INLINE Vector broadcast(float x) noexcept {
    return Vector(x);
}
FAMILIAR_KERNEL_INLINE Vector load(const float* p) noexcept {
    return Vector::load_unaligned(p);
}
FAMILIAR_KERNEL_INLINE void store(float* p, Vector x) noexcept {
    x.store_unaligned(p);
}
FAMILIAR_KERNEL_INLINE Vector load_first(const float* p, std::size_t n) noexcept {
    alignas(64) float lanes[kLanes] = {};
    for (std::size_t i = 0; i < n; ++i) lanes[i] = p[i];
    return Vector::load_aligned(lanes);
}
FAMILIAR_KERNEL_INLINE void store_first(float* p, std::size_t n, Vector x) noexcept {
    alignas(64) float lanes[kLanes];
    x.store_aligned(lanes);
    for (std::size_t i = 0; i < n; ++i) p[i] = lanes[i];
}
FAMILIAR_KERNEL_INLINE Mask lanes_between(std::size_t first, std::size_t last) noexcept {
    alignas(64) float lanes[kLanes];
    for (std::size_t i = 0; i < kLanes; ++i) lanes[i] = i >= first && i < last ? 1.0F : 0.0F;
    return Vector::load_aligned(lanes) > Vector(0.5F);
}
FAMILIAR_KERNEL_INLINE Mask less(Vector x, Vector y) noexcept {
    return x < y;
}
FAMILIAR_KERNEL_INLINE Vector select(Mask mask, Vector where, Vector otherwise) noexcept {
    return xsimd::select(mask, where, otherwise);
}

FAMILIAR_KERNEL_INLINE Vector add(Vector x, Vector y) noexcept {
    return x + y;
}
FAMILIAR_KERNEL_INLINE Vector subtract(Vector x, Vector y) noexcept {
    return x - y;
}
FAMILIAR_KERNEL_INLINE Vector multiply(Vector x, Vector y) noexcept {
    return x * y;
}
FAMILIAR_KERNEL_INLINE Vector divide(Vector x, Vector y) noexcept {
    return x / y;
}
FAMILIAR_KERNEL_INLINE Vector multiply_add(Vector x, Vector y, Vector z) noexcept {
    return xsimd::fma(x, y, z);
}
FAMILIAR_KERNEL_INLINE Vector negative_multiply_add(Vector x, Vector y, Vector z) noexcept {
    return xsimd::fnma(x, y, z);
}
FAMILIAR_KERNEL_INLINE Vector minimum(Vector x, Vector y) noexcept {
    return xsimd::select(x < y, x, y); // xsimd::min leaves open which operand a NaN gives
}
FAMILIAR_KERNEL_INLINE Vector maximum(Vector x, Vector y) noexcept {
    return xsimd::select(x > y, x, y);
}
FAMILIAR_KERNEL_INLINE Vector magnitude(Vector x) noexcept {
    return xsimd::abs(x);
}
FAMILIAR_KERNEL_INLINE Vector with_sign_of(Vector x, Vector sign) noexcept {
    return xsimd::copysign(x, sign);
}
FAMILIAR_KERNEL_INLINE Vector shift_exponent(Vector x, Vector shifted) noexcept {
    const auto exponent = xsimd::bitwise_cast<IntegerVector>(shifted) << 23;
    return xsimd::bitwise_cast<Vector>(xsimd::bitwise_cast<IntegerVector>(x) + exponent);
}
FAMILIAR_KERNEL_INLINE float sum(Vector x) noexcept {
    return xsimd::hadd(x);
}
FAMILIAR_KERNEL_INLINE float largest(Vector x) noexcept {
    alignas(64) float lanes[kLanes];
    x.store_aligned(lanes);
    float most = lanes[0];
    for (std::size_t i = 1; i < kLanes; ++i) most = most > lanes[i] ? most : lanes[i];
    return most;
}

FAMILIAR_KERNEL_INLINE void split_pairs(Vector low, Vector high, Vector& even, Vector& odd) noexcept {
    alignas(64) float pairs[2 * kLanes], evens[kLanes], odds[kLanes];
    low.store_aligned(pairs);
    high.store_aligned(pairs + kLanes);
    for (std::size_t i = 0; i < kLanes; ++i) {
        evens[i] = pairs[2 * i];
        odds[i] = pairs[2 * i + 1];
    }
    even = Vector::load_aligned(evens);
    odd = Vector::load_aligned(odds);
}
FAMILIAR_KERNEL_INLINE void join_pairs(Vector even, Vector odd, Vector& low, Vector& high) noexcept {
    alignas(64) float pairs[2 * kLanes], evens[kLanes], odds[kLanes];
    even.store_aligned(evens);
    odd.store_aligned(odds);
    for (std::size_t i = 0; i < kLanes; ++i) {
        pairs[2 * i] = evens[i];
        pairs[2 * i + 1] = odds[i];
    }
    low = Vector::load_aligned(pairs);
    high = Vector::load_aligned(pairs + kLanes);
}

FAMILIAR_KERNEL_INLINE void transpose_rows(const float* const* rows, std::size_t offset,
                                           Vector (&columns)[4]) noexcept {
    for (std::size_t i = 0; i < 4; ++i) {
        alignas(64) float lanes[kLanes];
        for (std::size_t lane = 0; lane < kLanes; ++lane) lanes[lane] = rows[lane][offset + i];
        columns[i] = Vector::load_aligned(lanes);
    }
}
/// As tensor::f16_to_f32, in a loop without a branch, which compilers turn into vector code.
FAMILIAR_KERNEL_INLINE Vector load_halves(const std::byte* p) noexcept {
    alignas(64) float lanes[kLanes];
    for (std::size_t i = 0; i < kLanes; ++i) {
        std::uint16_t half;
        __builtin_memcpy(&half, p + 2 * i, sizeof half);
        const std::uint32_t sign = std::uint32_t{half} << 16 & 0x80000000U, rest = std::uint32_t{half} & 0x7fffU;
        // The exponents' bases are 112 apart; the product is exact for subnormal values too.
        const float magnitude = __builtin_bit_cast(float, rest << 13) * 0x1p112F;
        const std::uint32_t special = rest >= 0x7c00U ? 0x7f800000U : 0U; // infinity, NaN
        lanes[i] = __builtin_bit_cast(float, sign | special | __builtin_bit_cast(std::uint32_t, magnitude));
    }
    return Vector::load_aligned(lanes);
}
FAMILIAR_KERNEL_INLINE Vector load_bfloats(const std::uint16_t* pairs, std::size_t part) noexcept {
    alignas(64) float lanes[kLanes];
    for (std::size_t i = 0; i < kLanes; ++i) lanes[i] = tensor::bf16_to_f32(pairs[2 * i + part]);
    return Vector::load_aligned(lanes);
}
FAMILIAR_KERNEL_INLINE Vector broadcast_bfloat(const std::uint16_t* pair, std::size_t part) noexcept {
    return Vector(tensor::bf16_to_f32(pair[part]));
}
