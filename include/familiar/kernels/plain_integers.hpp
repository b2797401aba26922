#pragma once

#include <familiar/kernels/kernel_backend.hpp>
#include <familiar/tensor/byte_rows.hpp>
#include <familiar/tensor/interleaved_panel.hpp>
#include <familiar/tensor/packed_bytes.hpp>
#include <familiar/tensor/quantized_rows.hpp>
#include <familiar/tensor/symmetric_scale.hpp>
#include <familiar/tensor/views.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

/// The integer operations in plain loops: what they mean, and how they run where no vector code was written for them.
namespace familiar::kernels::detail {

inline void plain_quantize_row(const float* x, std::size_t n, std::int8_t* values,
                               tensor::QuantizedBlock* blocks) noexcept {
    constexpr std::size_t kWidth = tensor::kQuantizedBlock;
    for (std::size_t b = 0; b < n / kWidth; ++b, x += kWidth, values += kWidth) {
        const auto [scale, inverse, finite] = tensor::SymmetricScale::of(x, kWidth);
        std::int32_t sums[2] = {};
        for (std::size_t i = 0; i < kWidth; ++i) {
            const auto q = static_cast<std::int8_t>(finite ? std::nearbyint(x[i] * inverse) : 0.0F);
            values[i] = q;
            sums[i / (kWidth / 2)] += q;
        }
        const std::int32_t all = sums[0] + sums[1];
        blocks[b] = {scale, scale * static_cast<float>(all), -all, -sums[0]};
    }
}

/// `finish(row, output, sum)` for every row and output < `outputs`: sums over blocks in order.
template <class Finish>
void plain_multiply_interleaved(const tensor::QuantizedRows& a, const tensor::InterleavedPanel& panel,
                                std::size_t outputs, const Finish& finish) noexcept {
    constexpr std::size_t kRows = 64; // whose sums are kept while a block's weights are at hand
    const std::size_t blocks = a.columns / tensor::kQuantizedBlock;
    for (std::size_t first = 0; first < a.rows; first += kRows) {
        const std::size_t count = a.rows - first < kRows ? a.rows - first : kRows;
        for (std::size_t j = 0; j < outputs; ++j) {
            float sums[kRows] = {};
            for (std::size_t b = 0; b < blocks; ++b) {
                const tensor::IntegerWeights w = tensor::read_weights(panel, j, b);
                for (std::size_t i = 0; i < count; ++i) {
                    const std::int8_t* const values = a.row(first + i) + b * tensor::kQuantizedBlock;
                    const tensor::QuantizedBlock& block = a.row_blocks(first + i)[b];
                    std::int32_t low = 0, high = 0;
                    for (std::size_t k = 0; k < 16; ++k) low += values[k] * w.q[k];
                    for (std::size_t k = 16; k < 32; ++k) high += values[k] * w.q[k];
                    const bool halves = w.scale[0] != w.scale[1] || w.minimum[0] != w.minimum[1];
                    if (!halves) {
                        sums[i] += static_cast<float>(low + high) * (w.scale[0] * block.scale);
                        sums[i] += w.minimum[0] * block.scaled_sum;
                    } else {
                        const std::int32_t low_sum = -block.negative_half;
                        sums[i] += static_cast<float>(low) * (w.scale[0] * block.scale);
                        sums[i] += static_cast<float>(high) * (w.scale[1] * block.scale);
                        sums[i] += w.minimum[0] * (block.scale * static_cast<float>(low_sum));
                        sums[i] += w.minimum[1] * (block.scale * static_cast<float>(-block.negative_sum - low_sum));
                    }
                }
            }
            for (std::size_t i = 0; i < count; ++i) finish(first + i, j, sums[i]);
        }
    }
}

inline void plain_quantize_whole_row(const float* x, std::size_t n, std::int8_t* values,
                                     tensor::ByteRow& row) noexcept {
    row = {};
    if (n == 0) return;
    float low = x[0], high = x[0];
    bool finite = true;
    for (std::size_t i = 0; i < n; ++i) {
        finite = finite && std::fabs(x[i]) <= std::numeric_limits<float>::max();
        low = x[i] < low ? x[i] : low;
        high = x[i] > high ? x[i] : high;
    }
    const float middle = 0.5F * low + 0.5F * high, half = 0.5F * high - 0.5F * low;
    const auto steps = tensor::SymmetricScale::of(half, finite);
    std::int32_t sum = 0;
    for (std::size_t i = 0; i < n; ++i) {
        values[i] = static_cast<std::int8_t>(finite ? std::nearbyint((x[i] - middle) * steps.inverse) : 0.0F);
        sum += values[i];
    }
    for (std::size_t i = n; i < tensor::byte_row_stride(n); ++i) values[i] = 0;
    row.scale = steps.scale;
    row.middle = finite ? middle : 0.0F;
    row.negative_sum = -sum;
}

/// As `plain_multiply_interleaved`.
template <class Finish>
void plain_multiply_bytes(const tensor::ByteRows& a, const tensor::BytePanel& panel, std::size_t outputs,
                          const Finish& finish) noexcept {
    for (std::size_t i = 0; i < a.rows; ++i) {
        std::int32_t sums[tensor::kPanelWidth] = {};
        const std::int8_t* const row = a.row(i);
        for (std::size_t k = 0; k < a.columns; ++k) {
            const std::uint8_t* const weights = panel.values + k / 4 * 4 * tensor::kPanelWidth + k % 4;
            for (std::size_t j = 0; j < outputs; ++j) sums[j] += row[k] * (int{weights[4 * j]} - 128);
        }
        for (std::size_t j = 0; j < outputs; ++j) {
            finish(i, j,
                   static_cast<float>(sums[j]) * (a.facts[i].scale * panel.scales[j]) +
                       a.facts[i].middle * panel.sums[j]);
        }
    }
}

} // namespace familiar::kernels::detail
