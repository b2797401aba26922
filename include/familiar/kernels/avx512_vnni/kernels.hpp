#pragma once

#include <familiar/kernels/avx512/kernels.hpp>

#if FAMILIAR_KERNELS_X86

FAMILIAR_KERNELS_BEGIN("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,f16c,bmi,bmi2")

/// AVX-512 with VNNI: the f32 operations are those of avx512, the integer products have kernels of their own.
namespace familiar::kernels::avx512_vnni {

using avx512::activate, avx512::add, avx512::add_all, avx512::add_integers, avx512::bit_and, avx512::bit_or,
    avx512::broadcast, avx512::broadcast_word, avx512::high_nibbles, avx512::integers, avx512::Integers, avx512::kLanes,
    avx512::kTileRows, avx512::kTileVectors, avx512::tile_rows, avx512::load, avx512::load_bytes, avx512::load_first,
    avx512::load_halves, avx512::load_signed_bytes, avx512::load_unsigned_bytes, avx512::look_up, avx512::low_nibbles,
    avx512::multiply, avx512::multiply_add, avx512::negative_multiply_add, avx512::shift_left, avx512::shift_right,
    avx512::sixteen_bytes, avx512::store, avx512::store_first, avx512::subtract_integers, avx512::to_floats,
    avx512::Vector, avx512::zero;

#include <familiar/kernels/avx512_vnni/integers.inl>

#include <familiar/kernels/generic/interleaved_product.inl>

#include <familiar/kernels/generic/byte_product.inl>

constexpr KernelTable make_table(Isa isa) noexcept {
    KernelTable table = avx512::make_table(isa);
    table.multiply_interleaved = multiply_interleaved;
    table.multiply_bytes = multiply_bytes;
    return table;
}

} // namespace familiar::kernels::avx512_vnni

FAMILIAR_KERNELS_END

#endif
