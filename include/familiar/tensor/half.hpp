#pragma once

#include <bit>
#include <cstdint>

/// The two 16-bit floating-point formats as bit patterns, converted one value at a time. Exact in the direction of f32;
/// rounded to nearest, ties to even, the other way (IEEE 754-2019 §4.3.1). No hardware support is needed.
namespace familiar::tensor {

/// IEEE binary16 to binary32, exactly: subnormals, infinities and the payload of NaN too.
constexpr float f16_to_f32(std::uint16_t half) noexcept {
    const std::uint32_t sign = (half & 0x8000U) << 16, rest = half & 0x7fffU;
    if (rest >= 0x7c00U) return std::bit_cast<float>(sign | 0x7f800000U | (rest & 0x3ffU) << 13);
    if (rest >= 0x0400U) return std::bit_cast<float>(sign | ((rest << 13) + (112U << 23)));
    const float magnitude = static_cast<float>(rest) * 0x1p-24F; // a subnormal counts units of 2^-24
    return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(magnitude));
}

/// The upper half of a binary32, exactly.
constexpr float bf16_to_f32(std::uint16_t half) noexcept {
    return std::bit_cast<float>(static_cast<std::uint32_t>(half) << 16);
}

/// Nearest binary16; too large a value becomes infinity, NaN stays NaN (made quiet).
constexpr std::uint16_t f32_to_f16(float value) noexcept {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    const std::uint32_t sign = bits >> 16 & 0x8000U, magnitude = bits & 0x7fffffffU;
    std::uint32_t rounded = 0;
    if (magnitude > 0x7f800000U) {
        rounded = 0x7e00U | (magnitude >> 13 & 0x3ffU);
    } else if (magnitude >= 0x477ff000U) { // 65520, half way between the largest value and the next power of two
        rounded = 0x7c00U;
    } else if (magnitude >= 0x38800000U) { // 2^-14, the smallest normal value
        const std::uint32_t rebased = magnitude - (112U << 23);
        rounded = (rebased + 0xfffU + (rebased >> 13 & 1U)) >> 13;
    } else { // the last bit of a number just above one half is 2^-24, so that the addition itself rounds
        rounded = std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) + 0.5F) - 0x3f000000U;
    }
    return static_cast<std::uint16_t>(sign | rounded);
}

/// Nearest bfloat16; too large a value becomes infinity, NaN stays NaN (made quiet).
constexpr std::uint16_t f32_to_bf16(float value) noexcept {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    if ((bits & 0x7fffffffU) > 0x7f800000U) return static_cast<std::uint16_t>(bits >> 16 | 0x40U);
    return static_cast<std::uint16_t>((bits + 0x7fffU + (bits >> 16 & 1U)) >> 16);
}

} // namespace familiar::tensor
