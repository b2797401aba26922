#pragma once

#include <familiar/tensor/half.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>

/// Blocks of 32 values of the GGUF quantised types: one f16 scale (and one f16 minimum), then packed integers. Layouts
/// as fixed by the GGUF format; every function writes the 32 values of the block at `block`, which needs no alignment.
///
/// All products below are exact in f32 (an 11-bit scale times at most 8 bits), so that contraction into a fused
/// multiply-add changes nothing and every compiler gives the same bits.
namespace familiar::tensor::detail {

inline std::uint8_t byte_at(const std::byte* data, std::size_t i) noexcept {
    return std::to_integer<std::uint8_t>(data[i]);
}

inline std::int8_t signed_byte_at(const std::byte* data, std::size_t i) noexcept {
    return static_cast<std::int8_t>(byte_at(data, i));
}

template <class T> T load(const std::byte* data) noexcept {
    T value;
    std::memcpy(&value, data, sizeof value);
    return value;
}

inline float f16_at(const std::byte* data) noexcept {
    return f16_to_f32(load<std::uint16_t>(data));
}

/// The 16 values that IQ4 types choose from: unevenly spaced, denser around zero.
inline constexpr std::int8_t kIq4Values[16] = {-127, -104, -83, -65, -49, -35, -22, -10,
                                               1,    13,   25,  38,  53,  69,  89,  113};

inline void dequantize_q4_0(const std::byte* block, float* out) noexcept {
    const float scale = f16_at(block);
    for (std::size_t i = 0; i < 16; ++i) {
        const int pair = byte_at(block, 2 + i);
        out[i] = static_cast<float>((pair & 15) - 8) * scale;
        out[i + 16] = static_cast<float>((pair >> 4) - 8) * scale;
    }
}

inline void dequantize_q4_1(const std::byte* block, float* out) noexcept {
    const float scale = f16_at(block), minimum = f16_at(block + 2);
    for (std::size_t i = 0; i < 16; ++i) {
        const int pair = byte_at(block, 4 + i);
        out[i] = static_cast<float>(pair & 15) * scale + minimum;
        out[i + 16] = static_cast<float>(pair >> 4) * scale + minimum;
    }
}

inline void dequantize_q5_0(const std::byte* block, float* out) noexcept {
    const float scale = f16_at(block);
    const auto fifth_bits = load<std::uint32_t>(block + 2);
    for (std::size_t i = 0; i < 16; ++i) {
        const int pair = byte_at(block, 6 + i);
        const int low = (pair & 15) | static_cast<int>(fifth_bits >> i & 1U) << 4;
        const int high = pair >> 4 | static_cast<int>(fifth_bits >> (i + 16) & 1U) << 4;
        out[i] = static_cast<float>(low - 16) * scale;
        out[i + 16] = static_cast<float>(high - 16) * scale;
    }
}

inline void dequantize_q5_1(const std::byte* block, float* out) noexcept {
    const float scale = f16_at(block), minimum = f16_at(block + 2);
    const auto fifth_bits = load<std::uint32_t>(block + 4);
    for (std::size_t i = 0; i < 16; ++i) {
        const int pair = byte_at(block, 8 + i);
        const int low = (pair & 15) | static_cast<int>(fifth_bits >> i & 1U) << 4;
        const int high = pair >> 4 | static_cast<int>(fifth_bits >> (i + 16) & 1U) << 4;
        out[i] = static_cast<float>(low) * scale + minimum;
        out[i + 16] = static_cast<float>(high) * scale + minimum;
    }
}

inline void dequantize_q8_0(const std::byte* block, float* out) noexcept {
    const float scale = f16_at(block);
    for (std::size_t i = 0; i < 32; ++i) out[i] = static_cast<float>(signed_byte_at(block, 2 + i)) * scale;
}

inline void dequantize_iq4_nl(const std::byte* block, float* out) noexcept {
    const float scale = f16_at(block);
    for (std::size_t i = 0; i < 16; ++i) {
        const unsigned pair = byte_at(block, 2 + i);
        out[i] = static_cast<float>(kIq4Values[pair & 15U]) * scale;
        out[i + 16] = static_cast<float>(kIq4Values[pair >> 4]) * scale;
    }
}

} // namespace familiar::tensor::detail
