#pragma once

#include <familiar/tensor/element_type.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>

namespace familiar::tensor {

namespace detail {

/// Whether any of `count` numbers at `data`, `stride` bytes apart, has all bits of its exponent (`mask`) set. Without a
/// branch in the loop, so that compilers vectorise it.
template <class Bits>
bool any_exponent_full(const std::byte* data, std::size_t count, std::size_t stride, Bits mask) noexcept {
    unsigned found = 0;
    if (stride == sizeof(Bits)) {
        for (std::size_t i = 0; i < count; ++i) {
            Bits bits;
            std::memcpy(&bits, data + i * sizeof bits, sizeof bits);
            found |= static_cast<unsigned>((bits & mask) == mask);
        }
        return found != 0;
    }
    for (std::size_t i = 0; i < count; ++i) {
        Bits bits;
        std::memcpy(&bits, data + i * stride, sizeof bits);
        found |= static_cast<unsigned>((bits & mask) == mask);
    }
    return found != 0;
}

/// Where the f16 scales of a block of a quantised type stand, in bytes.
struct ScalePlaces {
    std::size_t count = 0, first = 0, second = 0;
};

constexpr ScalePlaces scale_places(ElementType type) noexcept {
    switch (type) {
    case ElementType::q4_0:
    case ElementType::q5_0:
    case ElementType::q8_0:
    case ElementType::iq4_nl:
    case ElementType::iq4_xs:
        return {1, 0, 0};
    case ElementType::q4_1:
    case ElementType::q5_1:
    case ElementType::q4_k:
    case ElementType::q5_k:
        return {2, 0, 2};
    case ElementType::q2_k:
        return {2, 80, 82};
    case ElementType::q3_k:
        return {1, 108, 0};
    case ElementType::q6_k:
        return {1, 208, 0};
    default:
        return {};
    }
}

inline bool blocks_finite(ElementType type, const std::byte* data, std::size_t blocks) noexcept {
    const std::size_t stride = block_layout(type).bytes;
    switch (type) {
    case ElementType::f32:
        return !any_exponent_full<std::uint32_t>(data, blocks, stride, 0x7f800000U);
    case ElementType::f16:
        return !any_exponent_full<std::uint16_t>(data, blocks, stride, 0x7c00U);
    case ElementType::bf16:
        return !any_exponent_full<std::uint16_t>(data, blocks, stride, 0x7f80U);
    case ElementType::f64:
        return !any_exponent_full<std::uint64_t>(data, blocks, stride, 0x7ff0000000000000U);
    default:
        break;
    }
    const auto places = scale_places(type);
    const auto bad = [&](std::size_t offset) {
        return any_exponent_full<std::uint16_t>(data + offset, blocks, stride, 0x7c00U);
    };
    return !(places.count > 0 && bad(places.first)) && !(places.count > 1 && bad(places.second));
}

} // namespace detail

/// The number of the first block (for plain types: the first value) that holds NaN or infinity, or nothing where all
/// values are finite. Of quantised types the scales decide: finite ones give finite values. Integers are always finite.
///
/// @param bytes whole blocks of `type`, of any alignment
/// Speed of memory; no allocation.
inline std::optional<std::size_t> first_not_finite(ElementType type, std::span<const std::byte> bytes) noexcept {
    constexpr std::size_t kPortion = 1024; // blocks looked at before the result is tested
    const std::size_t width = block_layout(type).bytes, blocks = bytes.size() / width;
    for (std::size_t done = 0; done < blocks; done += kPortion) {
        const std::size_t count = blocks - done < kPortion ? blocks - done : kPortion;
        if (detail::blocks_finite(type, bytes.data() + done * width, count)) continue;
        for (std::size_t i = done; i < done + count; ++i) {
            if (!detail::blocks_finite(type, bytes.data() + i * width, 1)) return i;
        }
    }
    return std::nullopt;
}

} // namespace familiar::tensor
