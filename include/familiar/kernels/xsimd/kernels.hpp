#pragma once

#include <familiar/kernels/generic/macros.hpp>
#include <familiar/kernels/kernel_table.hpp>
#include <familiar/kernels/visible_keys.hpp>
#include <familiar/tensor/dequantize.hpp>
#include <familiar/tensor/packed_matrix.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>

#include <xsimd/xsimd.hpp>

// The unit's instruction set is part of the namespace's name: units compiled with different flags then have different
// functions, and the linker cannot give one of them the other's.
#if defined(__AVX512VNNI__)
#define FAMILIAR_UNIT_ISA unit_avx512_vnni
#elif defined(__AVX512F__)
#define FAMILIAR_UNIT_ISA unit_avx512
#elif defined(__AVX2__) && defined(__FMA__)
#define FAMILIAR_UNIT_ISA unit_avx2_fma
#elif defined(__AVX2__)
#define FAMILIAR_UNIT_ISA unit_avx2
#elif defined(__AVX__)
#define FAMILIAR_UNIT_ISA unit_avx
#elif defined(__SSE4_2__)
#define FAMILIAR_UNIT_ISA unit_sse4_2
#elif defined(__SSSE3__)
#define FAMILIAR_UNIT_ISA unit_ssse3
#else
#define FAMILIAR_UNIT_ISA unit_baseline
#endif

#if !defined(__clang__)
#pragma GCC diagnostic push
// As in avx512/kernels.hpp, where the unit is compiled for AVX-512.
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

/// The generic kernels over xsimd, for whatever the unit is compiled for.
namespace familiar::kernels::portable {
inline namespace FAMILIAR_UNIT_ISA {

#include <familiar/kernels/xsimd/vector.inl>

#include <familiar/kernels/generic/functions.inl>

#include <familiar/kernels/generic/elements.inl>

#include <familiar/kernels/generic/rows.inl>

#include <familiar/kernels/generic/product.inl>

#include <familiar/kernels/generic/attention.inl>

#include <familiar/kernels/generic/unpack_values.inl>

inline void unpack_panel(const tensor::StoredMatrix& stored, std::size_t p, float* unpacked) noexcept {
    unpack_values(stored, p * tensor::kPanelWidth, 0, tensor::kPanelWidth, 0, unpacked);
}

#include <familiar/kernels/generic/table.inl>

} // namespace FAMILIAR_UNIT_ISA
} // namespace familiar::kernels::portable

#if !defined(__clang__)
#pragma GCC diagnostic pop
#endif
