#pragma once

#include <familiar/tensor/small_blocks.hpp>

#include <cstddef>
#include <cstdint>

/// Super-blocks of 256 values of the GGUF "K" types and IQ4_XS: f16 scales of the whole, small integer scales of its
/// groups of 16 or 32 values, packed integers. Every function writes the 256 values of the block at `block`.
///
/// Products that a sum follows are exact in f32 (11 bits of scale, 6 of group scale, at most 5 of value), and the one
/// that is not (Q6_K: 25 bits) has no sum behind it: contraction into a fused multiply-add changes nothing.
namespace familiar::tensor::detail {

inline void dequantize_q2_k(const std::byte* block, float* out) noexcept {
    const std::byte *scales = block, *packed = block + 16;
    const float scale = f16_at(block + 80), minimum = f16_at(block + 82);
    for (std::size_t group = 0; group < 16; ++group) { // of 16 values; eight groups share 32 bytes, two bits each
        const int pair = byte_at(scales, group);
        const float group_scale = scale * static_cast<float>(pair & 15);
        const float group_minimum = minimum * static_cast<float>(pair >> 4);
        const std::byte* source = packed + group / 8 * 32 + group % 2 * 16;
        const auto shift = group / 2 % 4 * 2;
        for (std::size_t i = 0; i < 16; ++i) {
            const int value = byte_at(source, i) >> shift & 3;
            out[group * 16 + i] = group_scale * static_cast<float>(value) - group_minimum;
        }
    }
}

/// Group scale `group` of sixteen of Q3_K, in [-32, 31]: low halves in eight bytes, two high bits in four more.
inline int six_bit_scale(const std::byte* scales, std::size_t group) noexcept {
    const int low = byte_at(scales, group % 8) >> group / 8 * 4 & 15;
    const int high = byte_at(scales, 8 + group % 4) >> group / 4 * 2 & 3;
    return (low | high << 4) - 32;
}

inline void dequantize_q3_k(const std::byte* block, float* out) noexcept {
    const std::byte *third_bits = block, *packed = block + 32, *scales = block + 96;
    const float scale = f16_at(block + 108);
    for (std::size_t group = 0; group < 16; ++group) {
        const float group_scale = scale * static_cast<float>(six_bit_scale(scales, group));
        const std::size_t first = group % 2 * 16;
        const std::byte* source = packed + group / 8 * 32 + first;
        const auto shift = group / 2 % 4 * 2;
        const int third = 1 << group / 2;
        for (std::size_t i = 0; i < 16; ++i) {
            const int value =
                (byte_at(source, i) >> shift & 3) - ((byte_at(third_bits, first + i) & third) != 0 ? 0 : 4);
            out[group * 16 + i] = group_scale * static_cast<float>(value);
        }
    }
}

/// Group scale and minimum `group` of eight, six bits each in twelve bytes (Q4_K, Q5_K): the first four of both stand
/// in the low bits of bytes 0–3 and 4–7; of the last four the low nibbles stand in bytes 8–11, the two high bits above
/// the first ones.
struct SixBitPair {
    int scale = 0, minimum = 0;
};

inline SixBitPair six_bit_pair(const std::byte* scales, std::size_t group) noexcept {
    if (group < 4) return {byte_at(scales, group) & 63, byte_at(scales, group + 4) & 63};
    const int low = byte_at(scales, group + 4);
    return {(low & 15) | byte_at(scales, group - 4) >> 6 << 4, low >> 4 | byte_at(scales, group) >> 6 << 4};
}

inline void dequantize_q4_k(const std::byte* block, float* out) noexcept {
    const float scale = f16_at(block), minimum = f16_at(block + 2);
    for (std::size_t group = 0; group < 8; ++group) { // of 32 values; two groups share 32 bytes, four bits each
        const auto pair = six_bit_pair(block + 4, group);
        const float group_scale = scale * static_cast<float>(pair.scale);
        const float group_minimum = minimum * static_cast<float>(pair.minimum);
        const std::byte* source = block + 16 + group / 2 * 32;
        const auto shift = group % 2 * 4;
        for (std::size_t i = 0; i < 32; ++i) {
            const int value = byte_at(source, i) >> shift & 15;
            out[group * 32 + i] = group_scale * static_cast<float>(value) - group_minimum;
        }
    }
}

inline void dequantize_q5_k(const std::byte* block, float* out) noexcept {
    const float scale = f16_at(block), minimum = f16_at(block + 2);
    const std::byte* fifth_bits = block + 16;
    for (std::size_t group = 0; group < 8; ++group) {
        const auto pair = six_bit_pair(block + 4, group);
        const float group_scale = scale * static_cast<float>(pair.scale);
        const float group_minimum = minimum * static_cast<float>(pair.minimum);
        const std::byte* source = block + 48 + group / 2 * 32;
        const auto shift = group % 2 * 4;
        for (std::size_t i = 0; i < 32; ++i) {
            const int value = (byte_at(source, i) >> shift & 15) | (byte_at(fifth_bits, i) >> group & 1) << 4;
            out[group * 32 + i] = group_scale * static_cast<float>(value) - group_minimum;
        }
    }
}

inline void dequantize_q6_k(const std::byte* block, float* out) noexcept {
    const std::byte *low_bits = block, *high_bits = block + 128, *scales = block + 192;
    const float scale = f16_at(block + 208);
    for (std::size_t group = 0; group < 16; ++group) { // eight groups share 64 bytes of low and 32 of high bits
        const float group_scale = scale * static_cast<float>(signed_byte_at(scales, group));
        const std::size_t half = group / 8, quarter = group / 2 % 4, first = group % 2 * 16;
        const std::byte* low = low_bits + half * 64 + quarter % 2 * 32 + first;
        const std::byte* high = high_bits + half * 32 + first;
        const auto low_shift = quarter / 2 * 4, high_shift = quarter * 2;
        for (std::size_t i = 0; i < 16; ++i) {
            const int value = (byte_at(low, i) >> low_shift & 15) | (byte_at(high, i) >> high_shift & 3) << 4;
            out[group * 16 + i] = group_scale * static_cast<float>(value - 32);
        }
    }
}

/// Group scale `group` of eight of IQ4_XS, in [-32, 31].
inline int iq4_xs_scale(const std::byte* block, std::size_t group) noexcept {
    const int low = byte_at(block, 4 + group / 2) >> group % 2 * 4 & 15;
    const int high = load<std::uint16_t>(block + 2) >> group * 2 & 3;
    return (low | high << 4) - 32;
}

inline void dequantize_iq4_xs(const std::byte* block, float* out) noexcept {
    const float scale = f16_at(block);
    for (std::size_t group = 0; group < 8; ++group) { // of 32 values in 16 bytes: low nibbles first, then high ones
        const float group_scale = scale * static_cast<float>(iq4_xs_scale(block, group));
        for (std::size_t i = 0; i < 16; ++i) {
            const unsigned pair = byte_at(block, 8 + group * 16 + i);
            out[group * 32 + i] = group_scale * static_cast<float>(kIq4Values[pair & 15U]);
            out[group * 32 + 16 + i] = group_scale * static_cast<float>(kIq4Values[pair >> 4]);
        }
    }
}

} // namespace familiar::tensor::detail
