#pragma once

#include <familiar/kernels/avx512_vnni/kernels.hpp>

#if FAMILIAR_KERNELS_X86

FAMILIAR_KERNELS_BEGIN("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16,avx2,fma,f16c,bmi,bmi2")

/// AVX-512 with VNNI and BF16: all is that of avx512_vnni but for the products of bf16 rows.
namespace familiar::kernels::avx512_bf16 {

using avx512::activate, avx512::add, avx512::add_all, avx512::broadcast, avx512::broadcast_word,
    avx512::exponentiate_scores, avx512::Integers, avx512::kKeyBlock, avx512::kLanes, avx512::kTileRows,
    avx512::lanes_between, avx512::largest, avx512::maximum, avx512::select, avx512::sum, avx512::kTileVectors,
    avx512::load, avx512::load_bytes, avx512::load_first, avx512::load_halves, avx512::multiply, avx512::multiply_add,
    avx512::round_up, avx512::store, avx512::store_first, avx512::transpose_rows, avx512::Vector, avx512::zero;

#include <familiar/kernels/generic/product.inl>

#include <familiar/kernels/avx512_bf16/bfloat_operands.inl>

#include <familiar/kernels/generic/bfloat_product.inl>

#include <familiar/kernels/avx512_bf16/attention.inl>

constexpr KernelTable make_table(Isa isa) noexcept {
    KernelTable table = avx512_vnni::make_table(isa);
    table.round_row = round_row;
    table.multiply_bfloats = multiply_bfloats;
    table.attention_scratch = attention_scratch;
    table.attention = attention;
    return table;
}

} // namespace familiar::kernels::avx512_bf16

FAMILIAR_KERNELS_END

#endif
