#pragma once

#include <familiar/tensor/element_type.hpp>
#include <familiar/tensor/half.hpp>
#include <familiar/tensor/small_blocks.hpp>
#include <familiar/tensor/super_blocks.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace familiar::tensor {

namespace detail {

template <class Stored, class Convert>
void convert_values(const std::byte* source, std::size_t values, float* out, Convert convert) noexcept {
    for (std::size_t i = 0; i < values; ++i) out[i] = convert(load<Stored>(source + i * sizeof(Stored)));
}

/// `block`: writes the values of one block.
template <class Block>
void convert_blocks(ElementType type, const std::byte* source, std::size_t values, float* out, Block block) noexcept {
    const auto [width, bytes] = block_layout(type);
    for (std::size_t done = 0; done + width <= values; done += width, source += bytes) block(source, out + done);
}

} // namespace detail

/// The first `values` values stored at `blocks` as f32: the scalar reference that every faster routine must equal, bit
/// for bit.
///
/// @param blocks ⌈values / block⌉ blocks of `type`, in order, of any alignment
/// @param values number of values; for a quantised type a multiple of its block's, else the last, incomplete block is
///               not written
/// @param out    [values]; must not overlap `blocks`
/// Integers, booleans and f64 are rounded to the nearest f32. Linear time, no allocation. Layouts: the GGUF format.
inline void dequantize(ElementType type, const std::byte* blocks, std::size_t values, float* out) noexcept {
    const auto plain = [](auto value) noexcept { return static_cast<float>(value); };
    switch (type) {
    case ElementType::f32:
        if (values != 0) std::memcpy(out, blocks, values * sizeof(float));
        return;
    case ElementType::f16:
        return detail::convert_values<std::uint16_t>(blocks, values, out, f16_to_f32);
    case ElementType::bf16:
        return detail::convert_values<std::uint16_t>(blocks, values, out, bf16_to_f32);
    case ElementType::i8:
        return detail::convert_values<std::int8_t>(blocks, values, out, plain);
    case ElementType::i16:
        return detail::convert_values<std::int16_t>(blocks, values, out, plain);
    case ElementType::i32:
        return detail::convert_values<std::int32_t>(blocks, values, out, plain);
    case ElementType::i64:
        return detail::convert_values<std::int64_t>(blocks, values, out, plain);
    case ElementType::u8:
        return detail::convert_values<std::uint8_t>(blocks, values, out, plain);
    case ElementType::boolean:
        return detail::convert_values<std::uint8_t>(blocks, values, out,
                                                    [](auto value) noexcept { return value != 0 ? 1.0F : 0.0F; });
    case ElementType::f64:
        return detail::convert_values<double>(blocks, values, out, plain);
    case ElementType::q4_0:
        return detail::convert_blocks(type, blocks, values, out, detail::dequantize_q4_0);
    case ElementType::q4_1:
        return detail::convert_blocks(type, blocks, values, out, detail::dequantize_q4_1);
    case ElementType::q5_0:
        return detail::convert_blocks(type, blocks, values, out, detail::dequantize_q5_0);
    case ElementType::q5_1:
        return detail::convert_blocks(type, blocks, values, out, detail::dequantize_q5_1);
    case ElementType::q8_0:
        return detail::convert_blocks(type, blocks, values, out, detail::dequantize_q8_0);
    case ElementType::q2_k:
        return detail::convert_blocks(type, blocks, values, out, detail::dequantize_q2_k);
    case ElementType::q3_k:
        return detail::convert_blocks(type, blocks, values, out, detail::dequantize_q3_k);
    case ElementType::q4_k:
        return detail::convert_blocks(type, blocks, values, out, detail::dequantize_q4_k);
    case ElementType::q5_k:
        return detail::convert_blocks(type, blocks, values, out, detail::dequantize_q5_k);
    case ElementType::q6_k:
        return detail::convert_blocks(type, blocks, values, out, detail::dequantize_q6_k);
    case ElementType::iq4_nl:
        return detail::convert_blocks(type, blocks, values, out, detail::dequantize_iq4_nl);
    case ElementType::iq4_xs:
        return detail::convert_blocks(type, blocks, values, out, detail::dequantize_iq4_xs);
    }
}

} // namespace familiar::tensor
