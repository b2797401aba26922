#pragma once

#include <familiar/core/error.hpp>
#include <familiar/tensor/half.hpp>
#include <familiar/tensor/symmetric_scale.hpp>

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace familiar::decoder {

/// How keys and values are kept: as they are, rounded to half precision, or to 8 bits with a scale for each head of a
/// token. What a pass computes is rounded before anything sees it, so that results do not depend on what was kept.
enum class KeyValueType : std::uint8_t { f32, f16, int8 };

constexpr std::string_view to_string(KeyValueType type) noexcept {
    return type == KeyValueType::f32 ? "f32" : type == KeyValueType::f16 ? "f16" : "int8";
}

/// Empty is f32. Throws `Error` (invalid_argument).
inline KeyValueType parse_key_value_type(std::string_view name) {
    for (const auto type : {KeyValueType::f32, KeyValueType::f16, KeyValueType::int8}) {
        if (name == to_string(type) || (name.empty() && type == KeyValueType::f32)) return type;
    }
    throw Error(ErrorCode::invalid_argument, "\"" + std::string(name) + "\" is no kind of keys and values",
                "key_values", "There are f32, f16 and int8");
}

/// Bytes of one head's `size` keys or values.
constexpr std::size_t head_bytes(KeyValueType type, std::size_t size) noexcept {
    return type == KeyValueType::f32   ? size * sizeof(float)
           : type == KeyValueType::f16 ? size * sizeof(std::uint16_t)
                                       : size + sizeof(float);
}

/// Rounds one head's values: [size] to [head_bytes]. A value that is none, or infinite, stays one, in int8 with all of
/// its head.
inline void narrow_head(KeyValueType type, const float* x, std::size_t size, std::byte* out) noexcept {
    if (type == KeyValueType::f32) {
        std::memcpy(out, x, size * sizeof(float));
    } else if (type == KeyValueType::f16) {
        for (std::size_t i = 0; i < size; ++i) {
            const std::uint16_t half = tensor::f32_to_f16(x[i]);
            std::memcpy(out + i * sizeof half, &half, sizeof half);
        }
    } else {
        const auto [scale, inverse, finite] = tensor::SymmetricScale::of(x, size);
        for (std::size_t i = 0; i < size; ++i) {
            const auto q = static_cast<std::int8_t>(finite ? std::nearbyint(x[i] * inverse) : 0.0F);
            std::memcpy(out + i, &q, 1);
        }
        std::memcpy(out + size, &scale, sizeof scale);
    }
}

/// The other way, without a branch a value, so that compilers vectorise it.
inline void widen_head(KeyValueType type, const std::byte* x, std::size_t size, float* out) noexcept {
    if (type == KeyValueType::f32) {
        std::memcpy(out, x, size * sizeof(float));
    } else if (type == KeyValueType::f16) {
        for (std::size_t i = 0; i < size; ++i) {
            std::uint16_t half;
            std::memcpy(&half, x + i * sizeof half, sizeof half);
            const std::uint32_t sign = (half & 0x8000U) << 16, rest = half & 0x7fffU;
            // With the exponent of f16 read as one of f32 the value is 2^112 too small, subnormals too.
            const float magnitude = std::bit_cast<float>(rest << 13) * 0x1p112F;
            const std::uint32_t full = rest >= 0x7c00U ? 0x7f800000U : 0U;
            out[i] = std::bit_cast<float>(sign | full | std::bit_cast<std::uint32_t>(magnitude));
        }
    } else {
        float scale;
        std::memcpy(&scale, x + size, sizeof scale);
        const auto* const q = reinterpret_cast<const std::int8_t*>(x);
        for (std::size_t i = 0; i < size; ++i) out[i] = scale * static_cast<float>(q[i]);
    }
}

} // namespace familiar::decoder
