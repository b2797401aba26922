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

/// The unsigned integers of 32 values, `sub`-th of a super-block, one a byte.
inline void read_integers(ElementType type, const std::byte* super, std::size_t sub, std::uint8_t* q) noexcept {
    if (type == ElementType::q6_k) {
        const std::size_t half = sub / 4, quarter = sub % 4;
        const std::byte* const low = super + half * 64 + quarter % 2 * 32;
        const std::byte* const high = super + 128 + half * 32;
        const auto low_shift = quarter / 2 * 4, high_shift = quarter * 2;
        for (std::size_t i = 0; i < 32; ++i) {
            q[i] = static_cast<std::uint8_t>((byte_at(low, i) >> low_shift & 15) | (byte_at(high, i) >> high_shift & 3)
                                                                                       << 4);
        }
        return;
    }
    const bool fifth = type == ElementType::q5_k;
    const std::byte* const source = super + (fifth ? 48 : 16) + sub / 2 * 32;
    const auto shift = sub % 2 * 4;
    for (std::size_t i = 0; i < 32; ++i) q[i] = byte_at(source, i) >> shift & 15;
    if (!fifth) return;
    for (std::size_t i = 0; i < 32; ++i) {
        q[i] = static_cast<std::uint8_t>(q[i] | (byte_at(super + 16, i) >> sub & 1) << 4);
    }
}

/// Spreads 16 bytes of nibbles of one output over four planes.
inline void place_nibbles(const std::byte* nibbles, std::byte* planes) noexcept {
    for (std::size_t j = 0; j < 4; ++j) std::memcpy(planes + 64 * j, nibbles + 4 * j, 4);
}

/// Bit k of `bits` to bit k / 4 of byte k % 4.
inline void place_fifth_bits(std::uint32_t bits, std::byte* plane) noexcept {
    std::uint32_t out = 0;
    for (unsigned k = 0; k < 32; ++k) out |= (bits >> k & 1U) << (8 * (k % 4) + k / 4);
    std::memcpy(plane, &out, sizeof out);
}

inline void place_integers(ElementType type, const std::uint8_t* q, std::byte* planes) noexcept {
    std::byte nibbles[16];
    for (std::size_t i = 0; i < 16; ++i) {
        nibbles[i] = static_cast<std::byte>((q[i] & 15) | (q[i + 16] & 15) << 4);
    }
    place_nibbles(nibbles, planes);
    if (type == ElementType::q5_k) {
        std::uint8_t bits[4] = {};
        for (std::size_t k = 0; k < 32; ++k) {
            bits[k % 4] = static_cast<std::uint8_t>(bits[k % 4] | (q[k] >> 4) << (k / 4));
        }
        std::memcpy(planes + 256, bits, 4);
    } else if (type == ElementType::q6_k) {
        for (std::size_t half = 0; half < 2; ++half) {
            std::uint8_t bits[4] = {};
            for (std::size_t k = 0; k < 16; ++k) {
                bits[k % 4] = static_cast<std::uint8_t>(bits[k % 4] | (q[16 * half + k] >> 4) << (2 * (k / 4)));
            }
            std::memcpy(planes + 256 + 64 * half, bits, 4);
        }
    }
}

/// One block of 32 of the small types: `planes` and `scales` are the output's places in the group's block.
inline void interleave_small(ElementType type, const std::byte* block, std::byte* planes, std::byte* scales) noexcept {
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
inline void interleave_super(ElementType type, const std::byte* super, std::size_t lane, std::byte* planes,
                             std::byte* scales) noexcept {
    const std::size_t data = interleaved_layout(type).data;
    for (std::size_t sub = 0; sub < 8; ++sub) {
        std::uint8_t q[32];
        read_integers(type, super, sub, q);
        place_integers(type, q, planes + sub * data);
    }
    if (type == ElementType::q6_k) {
        std::memcpy(scales + 2 * lane, super + 208, 2);
        for (std::size_t group = 0; group < 16; ++group) scales[32 + 16 * group + lane] = super[192 + group];
        return;
    }
    std::memcpy(scales + 2 * lane, super, 2);
    std::memcpy(scales + 32 + 2 * lane, super + 2, 2);
    for (std::size_t sub = 0; sub < 8; ++sub) {
        const SixBitPair pair = six_bit_pair(super + 4, sub);
        scales[64 + 16 * sub + lane] = static_cast<std::byte>(pair.scale);
        scales[192 + 16 * sub + lane] = static_cast<std::byte>(pair.minimum);
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
    const InterleavedLayout layout = interleaved_layout(stored.type);
    const BlockLayout block = block_layout(stored.type);
    const std::size_t group = InterleavedPanel::group_bytes(stored.type, stored.columns);
    const std::size_t data = InterleavedPanel::data_bytes(stored.type, stored.columns);
    const std::size_t first = p * kPanelWidth, count = stored.columns / block.values;
    if (first + kPanelWidth > stored.rows) {
        std::memset(panel, 0, InterleavedPanel::bytes(stored.type, stored.columns));
    }
    for (std::size_t output = 0; output < kPanelWidth && first + output < stored.rows; ++output) {
        const std::size_t lane = output % kInterleavedRows;
        const std::byte* source = stored.data + (first + output) * stored.row_bytes();
        std::byte* planes = panel + output / kInterleavedRows * group + 4 * lane;
        std::byte* scales = panel + output / kInterleavedRows * group + data;
        for (std::size_t b = 0; b < count; ++b) {
            if (layout.blocks == 1) {
                detail::interleave_small(stored.type, source, planes, scales + 2 * lane);
            } else {
                detail::interleave_super(stored.type, source, lane, planes, scales);
            }
            source += block.bytes;
            planes += layout.blocks * layout.data;
            scales += layout.scales;
        }
    }
}

} // namespace familiar::tensor
