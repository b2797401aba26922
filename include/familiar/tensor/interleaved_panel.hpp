#pragma once

#include <familiar/tensor/element_type.hpp>
#include <familiar/tensor/packed_matrix.hpp>
#include <familiar/tensor/quantized_rows.hpp>
#include <familiar/tensor/small_blocks.hpp>

#include <cstddef>
#include <cstdint>

namespace familiar::tensor {

/// Outputs whose quantised weights stand side by side: the 32-bit lanes of the widest register.
inline constexpr std::size_t kInterleavedRows = 16;

/// How the weights of 16 outputs are stored: for every 32 inputs `data` bytes of integers, for every `blocks` of these
/// `scales` bytes of scales. `data` 0: the type is not interleaved.
///
/// Integers are planes of 64 bytes, four bytes to an output. Four planes of nibbles: byte i of plane j holds input
/// 4 j + i in its low half and input 16 + 4 j + i in its high half. Where a fifth bit is needed a plane follows whose
/// byte i holds, at bit j, that of input 4 j + i; where two more are needed two planes, whose byte i holds at bits 2 j
/// those of input 4 j + i, 16 + 4 j + i. Types of 8 bits have eight planes of bytes, input 4 j + i in byte i of plane
/// j. Types of two bits have the two planes of two bits alone, types of three those and a plane of single bits.
struct InterleavedLayout {
    std::size_t data = 0, scales = 0, blocks = 1;
};

constexpr InterleavedLayout interleaved_layout(ElementType type) noexcept {
    switch (type) {
    case ElementType::q4_0: // f16 scales
    case ElementType::iq4_nl:
        return {256, 32, 1};
    case ElementType::q4_1: // f16 scales, f16 minima
        return {256, 64, 1};
    case ElementType::q5_0:
        return {320, 32, 1};
    case ElementType::q5_1:
        return {320, 64, 1};
    case ElementType::q8_0:
        return {512, 32, 1};
    case ElementType::q2_k: // f16 scales and minima of 256, 16 × 16 bytes: scales in low, minima in high halves
        return {128, 320, 8};
    case ElementType::q3_k: // as q6_k
        return {192, 288, 8};
    case ElementType::q4_k: // f16 scales and minima of 256, 8 × 16 bytes of scales, as many of minima
        return {256, 320, 8};
    case ElementType::q5_k:
        return {320, 320, 8};
    case ElementType::q6_k: // f16 scales of 256, 16 × 16 signed bytes of scales
        return {384, 288, 8};
    case ElementType::iq4_xs: // f16 scales of 256, 8 × 16 signed bytes of scales
        return {256, 160, 8};
    default:
        return {};
    }
}

/// Whether products with 8-bit activations exist for a stored type.
constexpr bool is_interleaved(ElementType type) noexcept {
    return interleaved_layout(type).data != 0;
}

/// 64 outputs of quantised weights (kPanelWidth) as four groups of 16, interleaved. Does not own.
struct InterleavedPanel {
    ElementType type = ElementType::q4_0;
    const std::byte* data = nullptr;
    std::size_t columns = 0;

    /// Bytes of the integers of a group; its scales follow.
    [[nodiscard]] static constexpr std::size_t data_bytes(ElementType type, std::size_t columns) noexcept {
        return columns / kQuantizedBlock * interleaved_layout(type).data;
    }
    /// Bytes of a group, whole cache lines.
    [[nodiscard]] static constexpr std::size_t group_bytes(ElementType type, std::size_t columns) noexcept {
        const InterleavedLayout layout = interleaved_layout(type);
        const std::size_t scales = columns / kQuantizedBlock / layout.blocks * layout.scales;
        return (data_bytes(type, columns) + scales + 63) / 64 * 64;
    }
    [[nodiscard]] static constexpr std::size_t bytes(ElementType type, std::size_t columns) noexcept {
        return kPanelWidth / kInterleavedRows * group_bytes(type, columns);
    }
};

/// 32 weights of one output as integers: weight k is scale[k / 16] · q[k] + minimum[k / 16].
struct IntegerWeights {
    std::int16_t q[kQuantizedBlock];
    float scale[2], minimum[2];
};

/// Weights of output `output` < 64, inputs [32 block, 32 block + 32): the scalar definition of the layout.
inline IntegerWeights read_weights(const InterleavedPanel& panel, std::size_t output, std::size_t block) noexcept {
    const InterleavedLayout layout = interleaved_layout(panel.type);
    const std::size_t lane = output % kInterleavedRows, super = block / layout.blocks, sub = block % layout.blocks;
    const std::byte* const group =
        panel.data + output / kInterleavedRows * InterleavedPanel::group_bytes(panel.type, panel.columns);
    const std::byte* const planes = group + block * layout.data + 4 * lane;
    const std::byte* const scales =
        group + InterleavedPanel::data_bytes(panel.type, panel.columns) + super * layout.scales;
    IntegerWeights out{};
    const float scale = detail::f16_at(scales + 2 * lane);
    out.scale[0] = out.scale[1] = scale;
    for (std::size_t k = 0; k < kQuantizedBlock; ++k) {
        const std::size_t j = k % 16 / 4, half = k / 16, byte = k % 4;
        const auto two_bits = [&](std::size_t at) {
            return detail::byte_at(planes, at + 64 * half + byte) >> (2 * j) & 3U;
        };
        const auto one_bit = [&](std::size_t at) { return detail::byte_at(planes, at + byte) >> (k / 4) & 1U; };
        if (layout.data == 512) {
            out.q[k] = detail::signed_byte_at(planes, 64 * (k / 4) + byte);
            continue;
        }
        unsigned q = 0;
        if (layout.data < 256) {
            q = two_bits(0);
            if (layout.data == 192) q |= one_bit(128) << 2;
        } else {
            const unsigned pair = detail::byte_at(planes, 64 * j + byte);
            q = half == 0 ? pair & 15U : pair >> 4;
            if (layout.data == 320) q |= one_bit(256) << 4;
            if (layout.data == 384) q |= two_bits(256) << 4;
        }
        out.q[k] = static_cast<std::int16_t>(q);
    }
    const auto centre = [&](int value) {
        for (auto& q : out.q) q = static_cast<std::int16_t>(q - value);
    };
    switch (panel.type) {
    case ElementType::q4_0:
        centre(8);
        break;
    case ElementType::q5_0:
        centre(16);
        break;
    case ElementType::iq4_nl:
        for (auto& q : out.q) q = detail::kIq4Values[q];
        break;
    case ElementType::q4_1:
    case ElementType::q5_1:
        out.minimum[0] = out.minimum[1] = detail::f16_at(scales + 32 + 2 * lane);
        break;
    case ElementType::q4_k:
    case ElementType::q5_k:
        out.scale[0] = out.scale[1] = scale * static_cast<float>(detail::byte_at(scales, 64 + 16 * sub + lane));
        out.minimum[0] = out.minimum[1] = -(detail::f16_at(scales + 32 + 2 * lane) *
                                            static_cast<float>(detail::byte_at(scales, 192 + 16 * sub + lane)));
        break;
    case ElementType::iq4_xs:
        for (auto& q : out.q) q = detail::kIq4Values[q];
        out.scale[0] = out.scale[1] = scale * static_cast<float>(detail::signed_byte_at(scales, 32 + 16 * sub + lane));
        break;
    case ElementType::q2_k:
        for (std::size_t half = 0; half < 2; ++half) {
            const int pair = detail::byte_at(scales, 64 + 16 * (2 * sub + half) + lane);
            out.scale[half] = scale * static_cast<float>(pair & 15);
            out.minimum[half] = -(detail::f16_at(scales + 32 + 2 * lane) * static_cast<float>(pair >> 4));
        }
        break;
    case ElementType::q3_k:
    case ElementType::q6_k:
        centre(panel.type == ElementType::q3_k ? 4 : 32);
        for (std::size_t half = 0; half < 2; ++half) {
            out.scale[half] =
                scale * static_cast<float>(detail::signed_byte_at(scales, 32 + 16 * (2 * sub + half) + lane));
        }
        break;
    default:
        break;
    }
    return out;
}

} // namespace familiar::tensor
