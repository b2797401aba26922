#pragma once

#include <familiar/tensor/bfloat_rows.hpp>
#include <familiar/tensor/half.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace familiar::kernels::detail {

/// What `round_row` does, one value after another: the nearest bf16, subnormal values to zeros of their sign, as
/// AVX512-BF16 has it.
inline void plain_round_row(const float* x, std::size_t n, std::uint16_t* values) noexcept {
    for (std::size_t i = 0; i < n; ++i) {
        const bool subnormal = std::fabs(x[i]) < std::numeric_limits<float>::min();
        values[i] = tensor::f32_to_bf16(subnormal ? std::copysign(0.0F, x[i]) : x[i]);
    }
    if (n % 2 != 0) values[n] = 0;
}

} // namespace familiar::kernels::detail
