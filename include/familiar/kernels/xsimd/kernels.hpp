#pragma once

#include <familiar/kernels/generic/macros.hpp>
#include <familiar/kernels/kernel_table.hpp>
#include <familiar/kernels/plain_bfloats.hpp>
#include <familiar/kernels/plain_integers.hpp>
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

#include <familiar/kernels/generic/gelu.inl>

#include <familiar/kernels/generic/functions.inl>

#include <familiar/kernels/generic/elements.inl>

#include <familiar/kernels/generic/rows.inl>

#include <familiar/kernels/generic/product.inl>

#include <familiar/kernels/generic/attention.inl>

#include <familiar/kernels/generic/unpack_values.inl>

inline void finish_output(const Epilogue& epilogue, std::size_t j, float sum, float& out) noexcept {
    float y = epilogue.bias != nullptr ? sum + epilogue.bias[j] : sum;
    if (epilogue.activation != Activation::none) activate(epilogue.activation, &y, 1, &y);
    out = epilogue.accumulate ? out + y : y;
}

inline void unpack_panel(const tensor::StoredMatrix& stored, std::size_t p, float* unpacked) noexcept {
    unpack_values(stored, p * tensor::kPanelWidth, 0, tensor::kPanelWidth, 0, unpacked);
}

inline void quantize_row(const float* x, std::size_t n, std::int8_t* values, tensor::QuantizedBlock* blocks) noexcept {
    detail::plain_quantize_row(x, n, values, blocks);
}

inline void multiply_interleaved(const tensor::QuantizedRows& a, const tensor::InterleavedPanel& panel,
                                 std::size_t outputs, const Epilogue& epilogue, tensor::MatrixView<float> c) noexcept {
    detail::plain_multiply_interleaved(a, panel, outputs, [&](std::size_t i, std::size_t j, float sum) {
        finish_output(epilogue, j, sum, c.row(i)[j]);
    });
}

#include <familiar/kernels/generic/bfloat_operands.inl>

inline void round_row(const float* x, std::size_t n, std::uint16_t* values) noexcept {
    detail::plain_round_row(x, n, values);
}

inline void multiply_bfloats(tensor::BfloatRows a, const std::uint16_t* panel, std::size_t outputs,
                             const Epilogue& epilogue, tensor::MatrixView<float> c) noexcept {
    multiply_operands<BfloatOperands>(a, panel, outputs, epilogue, c);
}

inline void quantize_whole_row(const float* x, std::size_t n, std::int8_t* values, tensor::ByteRow& row) noexcept {
    detail::plain_quantize_whole_row(x, n, values, row);
}

inline void multiply_bytes(const tensor::ByteRows& a, const tensor::BytePanel& panel, std::size_t outputs,
                           const Epilogue& epilogue, tensor::MatrixView<float> c) noexcept {
    detail::plain_multiply_bytes(a, panel, outputs, [&](std::size_t i, std::size_t j, float sum) {
        finish_output(epilogue, j, sum, c.row(i)[j]);
    });
}

#include <familiar/kernels/generic/table.inl>

} // namespace FAMILIAR_UNIT_ISA
} // namespace familiar::kernels::portable

#if !defined(__clang__)
#pragma GCC diagnostic pop
#endif
