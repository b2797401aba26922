#pragma once

// Everything that the kernels use is included here, before the region: a header first seen inside it would be compiled
// for AVX-512 and leak into the rest of the program.
#include <familiar/kernels/cpu.hpp>
#include <familiar/kernels/generic/macros.hpp>
#include <familiar/kernels/kernel_table.hpp>
#include <familiar/kernels/visible_keys.hpp>
#include <familiar/tensor/dequantize.hpp>
#include <familiar/tensor/packed_matrix.hpp>
#include <familiar/tensor/symmetric_scale.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>

#if FAMILIAR_KERNELS_X86
#include <immintrin.h>

FAMILIAR_KERNELS_BEGIN("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c,bmi,bmi2")

/// The generic kernels compiled for AVX-512. Call them only where `available(Isa::avx512)`. No lambda and no
/// template of the standard library inside: they would not be compiled for this instruction set.
namespace familiar::kernels::avx512 {

#include <familiar/kernels/avx512/vector.inl>

#include <familiar/kernels/avx512/gelu.inl>

#include <familiar/kernels/generic/functions.inl>

#include <familiar/kernels/generic/elements.inl>

#include <familiar/kernels/generic/rows.inl>

#include <familiar/kernels/generic/product.inl>

#include <familiar/kernels/generic/attention.inl>

#include <familiar/kernels/generic/unpack_values.inl>

#include <familiar/kernels/generic/unpack_panel.inl>

#include <familiar/kernels/avx512/integers.inl>

#include <familiar/kernels/generic/quantize.inl>

#include <familiar/kernels/generic/interleaved_product.inl>

#include <familiar/kernels/generic/byte_product.inl>

#include <familiar/kernels/generic/bfloat_pairs.inl>

#include <familiar/kernels/generic/bfloat_operands.inl>

#include <familiar/kernels/generic/bfloat_product.inl>

#include <familiar/kernels/generic/table.inl>

} // namespace familiar::kernels::avx512

FAMILIAR_KERNELS_END

#endif
