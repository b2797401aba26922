#pragma once

#include <familiar/tensor/element_type.hpp>
#include <familiar/tensor/interleaved_panel.hpp>
#include <familiar/tensor/small_blocks.hpp>
#include <familiar/tensor/super_blocks.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace familiar::tensor {

namespace detail {

/// Four bytes of `p` as one number, byte 0 the lowest.
inline std::uint32_t four_bytes(const std::byte* p) noexcept {
    return load<std::uint32_t>(p);
}

inline void store_four(std::byte* p, std::uint32_t bytes) noexcept {
    std::memcpy(p, &bytes, sizeof bytes);
}

/// Spreads 16 bytes of nibbles of one output over four planes.
inline void place_nibbles(const std::byte* nibbles, std::byte* planes) noexcept {
    for (std::size_t j = 0; j < 4; ++j) std::memcpy(planes + 64 * j, nibbles + 4 * j, 4);
}

/// Of eight bits: bit k to bit k / 4 of byte k % 4.
struct SpreadBits {
    std::uint32_t of[256] = {};
    constexpr SpreadBits() noexcept {
        for (std::uint32_t bits = 0; bits < 256; ++bits) {
            for (unsigned k = 0; k < 8; ++k) of[bits] |= (bits >> k & 1U) << (8 * (k % 4) + k / 4);
        }
    }
};
inline constexpr SpreadBits kSpreadBits{};

/// Bit k of `bits` to bit k / 4 of byte k % 4.
inline void place_fifth_bits(std::uint32_t bits, std::byte* plane) noexcept {
    const auto& of = kSpreadBits.of;
    store_four(plane, of[bits & 255U] | of[bits >> 8 & 255U] << 2 | of[bits >> 16 & 255U] << 4 | of[bits >> 24] << 6);
}

/// The low or the high halves of 32 bytes as four planes of nibbles.
inline void place_halves(const std::byte* source, unsigned shift, std::byte* planes) noexcept {
    constexpr std::uint32_t mask = 0x0f0f0f0fU;
    for (std::size_t j = 0; j < 4; ++j) {
        const std::uint32_t low = four_bytes(source + 4 * j) >> shift & mask;
        const std::uint32_t high = four_bytes(source + 16 + 4 * j) >> shift & mask;
        store_four(planes + 64 * j, low | high << 4);
    }
}

/// Bit `shift` of each of 32 bytes: of byte k to bit k / 4 of byte k % 4.
inline void place_single_bits(const std::byte* source, unsigned shift, std::byte* plane) noexcept {
    std::uint32_t out = 0;
    for (std::size_t j = 0; j < 8; ++j) out |= (four_bytes(source + 4 * j) >> shift & 0x01010101U) << j;
    store_four(plane, out);
}

/// Bits `shift` and the next of each of 32 bytes, as two planes.
inline void place_two_bits(const std::byte* source, unsigned shift, std::byte* planes) noexcept {
    for (std::size_t half = 0; half < 2; ++half) {
        std::uint32_t out = 0;
        for (std::size_t j = 0; j < 4; ++j) {
            out |= (four_bytes(source + 16 * half + 4 * j) >> shift & 0x03030303U) << (2 * j);
        }
        store_four(planes + 64 * half, out);
    }
}

/// The integers of 32 values, `sub`-th of a super-block.
template <ElementType type> void place_integers(const std::byte* super, unsigned sub, std::byte* planes) noexcept {
    const unsigned half = sub / 4, quarter = sub % 4;
    switch (type) {
    case ElementType::q2_k:
        return place_two_bits(super + 16 + 32 * half, 2 * quarter, planes);
    case ElementType::q3_k:
        place_two_bits(super + 32 + 32 * half, 2 * quarter, planes);
        return place_single_bits(super, sub, planes + 128);
    case ElementType::q5_k:
        place_halves(super + 48 + sub / 2 * 32, sub % 2 * 4, planes);
        return place_single_bits(super + 16, sub, planes + 256);
    case ElementType::q6_k:
        place_halves(super + 64 * half + quarter % 2 * 32, quarter / 2 * 4, planes);
        return place_two_bits(super + 128 + 32 * half, 2 * quarter, planes + 256);
    case ElementType::iq4_xs:
        return place_nibbles(super + 8 + 16 * sub, planes);
    default: // q4_k
        return place_halves(super + 16 + sub / 2 * 32, sub % 2 * 4, planes);
    }
}

/// One block of 32 of the small types: `planes` and `scales` are the output's places in the group's block.
template <ElementType type>
void interleave_small(const std::byte* block, std::byte* planes, std::byte* scales) noexcept {
    std::memcpy(scales, block, 2);
    const std::byte* rest = block + 2;
    if (type == ElementType::q4_1 || type == ElementType::q5_1) {
        std::memcpy(scales + 32, rest, 2);
        rest += 2;
    }
    if (type == ElementType::q8_0) {
        for (std::size_t j = 0; j < 8; ++j) std::memcpy(planes + 64 * j, rest + 4 * j, 4);
        return;
    }
    if (type == ElementType::q5_0 || type == ElementType::q5_1) {
        place_fifth_bits(load<std::uint32_t>(rest), planes + 256);
        rest += 4;
    }
    place_nibbles(rest, planes);
}

/// A super-block of 256: `planes` and `scales` are the output's places in the group's first block and super-block;
/// `lane` tells the bytes of scales apart.
template <ElementType type>
void interleave_super(const std::byte* super, std::size_t lane, std::byte* planes, std::byte* scales) noexcept {
    constexpr std::size_t data = interleaved_layout(type).data;
    for (unsigned sub = 0; sub < 8; ++sub) place_integers<type>(super, sub, planes + sub * data);
    switch (type) {
    case ElementType::q2_k:
        std::memcpy(scales + 2 * lane, super + 80, 2);
        std::memcpy(scales + 32 + 2 * lane, super + 82, 2);
        for (std::size_t group = 0; group < 16; ++group) scales[64 + 16 * group + lane] = super[group];
        return;
    case ElementType::q3_k:
        std::memcpy(scales + 2 * lane, super + 108, 2);
        for (std::size_t group = 0; group < 16; ++group) {
            scales[32 + 16 * group + lane] = static_cast<std::byte>(six_bit_scale(super + 96, group));
        }
        return;
    case ElementType::q6_k:
        std::memcpy(scales + 2 * lane, super + 208, 2);
        for (std::size_t group = 0; group < 16; ++group) scales[32 + 16 * group + lane] = super[192 + group];
        return;
    case ElementType::iq4_xs:
        std::memcpy(scales + 2 * lane, super, 2);
        for (std::size_t sub = 0; sub < 8; ++sub) {
            scales[32 + 16 * sub + lane] = static_cast<std::byte>(iq4_xs_scale(super, sub));
        }
        return;
    default: // q4_k, q5_k
        std::memcpy(scales + 2 * lane, super, 2);
        std::memcpy(scales + 32 + 2 * lane, super + 2, 2);
        for (std::size_t sub = 0; sub < 8; ++sub) {
            const SixBitPair pair = six_bit_pair(super + 4, sub);
            scales[64 + 16 * sub + lane] = static_cast<std::byte>(pair.scale);
            scales[192 + 16 * sub + lane] = static_cast<std::byte>(pair.minimum);
        }
    }
}

template <ElementType type>
void interleave_panel(const StoredMatrix& stored, std::size_t p, std::byte* panel) noexcept {
    constexpr InterleavedLayout layout = interleaved_layout(type);
    constexpr BlockLayout block = block_layout(type);
    constexpr std::size_t kPortion =
        layout.blocks == 1 ? 32 : 4; // blocks of a row whose places stay in the first cache
    const std::size_t group_bytes = InterleavedPanel::group_bytes(type, stored.columns);
    const std::size_t data_bytes = InterleavedPanel::data_bytes(type, stored.columns);
    const std::size_t first = p * kPanelWidth, count = stored.columns / block.values;
    if (first + kPanelWidth > stored.rows) std::memset(panel, 0, InterleavedPanel::bytes(type, stored.columns));
    for (std::size_t row = first; row < first + kPanelWidth && row < stored.rows; row += kInterleavedRows) {
        const std::size_t lanes = stored.rows - row < kInterleavedRows ? stored.rows - row : kInterleavedRows;
        std::byte* const group = panel + (row - first) / kInterleavedRows * group_bytes;
        for (std::size_t begin = 0; begin < count; begin += kPortion) {
            const std::size_t end = count - begin < kPortion ? count : begin + kPortion;
            for (std::size_t lane = 0; lane < lanes; ++lane) {
                const std::byte* source = stored.data + (row + lane) * stored.row_bytes() + begin * block.bytes;
                std::byte* planes = group + begin * layout.blocks * layout.data + 4 * lane;
                std::byte* scales = group + data_bytes + begin * layout.scales;
                for (std::size_t b = begin; b < end; ++b) {
                    if constexpr (layout.blocks == 1) {
                        interleave_small<type>(source, planes, scales + 2 * lane);
                    } else {
                        interleave_super<type>(source, lane, planes, scales);
                    }
                    source += block.bytes;
                    planes += layout.blocks * layout.data;
                    scales += layout.scales;
                }
            }
        }
    }
}

} // namespace detail

/// Writes outputs [64 p, 64 p + 64) of a quantised matrix in the order of `InterleavedPanel`: the same integers and
/// scales, in another order. Outputs that the matrix does not have become zero.
///
/// @param stored a type for which `is_interleaved`
/// @param panel  [InterleavedPanel::bytes(stored.type, stored.columns)]
/// Linear time, no allocation.
inline void interleave(const StoredMatrix& stored, std::size_t p, std::byte* panel) noexcept {
    using enum ElementType;
    switch (stored.type) {
    case q4_0:
        return detail::interleave_panel<q4_0>(stored, p, panel);
    case q4_1:
        return detail::interleave_panel<q4_1>(stored, p, panel);
    case q5_0:
        return detail::interleave_panel<q5_0>(stored, p, panel);
    case q5_1:
        return detail::interleave_panel<q5_1>(stored, p, panel);
    case q8_0:
        return detail::interleave_panel<q8_0>(stored, p, panel);
    case q2_k:
        return detail::interleave_panel<q2_k>(stored, p, panel);
    case q3_k:
        return detail::interleave_panel<q3_k>(stored, p, panel);
    case q4_k:
        return detail::interleave_panel<q4_k>(stored, p, panel);
    case q5_k:
        return detail::interleave_panel<q5_k>(stored, p, panel);
    case q6_k:
        return detail::interleave_panel<q6_k>(stored, p, panel);
    case iq4_nl:
        return detail::interleave_panel<iq4_nl>(stored, p, panel);
    case iq4_xs:
        return detail::interleave_panel<iq4_xs>(stored, p, panel);
    default:
        return;
    }
}

} // namespace familiar::tensor
