#pragma once

#include <familiar/tensor/views.hpp>

#include <cmath>
#include <cstddef>

namespace familiar::retrieval {

/// Scales every row to length 1; a row of zeros stays. Length in double.
inline void normalise_rows(tensor::MatrixView<float> rows) noexcept {
    for (std::size_t r = 0; r < rows.rows; ++r) {
        double squares = 0.0;
        for (const float x : rows[r]) squares += static_cast<double>(x) * x;
        if (!(squares > 0.0)) continue;
        const auto scale = static_cast<float>(1.0 / std::sqrt(squares));
        for (float& x : rows[r]) x *= scale;
    }
}

/// Dot product in double, in a fixed order of eight partial sums, so that every build adds in the same order.
inline double dot(const float* a, const float* b, std::size_t n) noexcept {
    constexpr std::size_t kLanes = 8;
    double sums[kLanes] = {};
    std::size_t i = 0;
    for (; i + kLanes <= n; i += kLanes) {
        for (std::size_t lane = 0; lane < kLanes; ++lane) {
            sums[lane] += static_cast<double>(a[i + lane]) * static_cast<double>(b[i + lane]);
        }
    }
    for (std::size_t lane = 0; i + lane < n; ++lane) {
        sums[lane] += static_cast<double>(a[i + lane]) * static_cast<double>(b[i + lane]);
    }
    for (std::size_t width = kLanes / 2; width > 0; width /= 2) {
        for (std::size_t lane = 0; lane < width; ++lane) sums[lane] += sums[lane + width];
    }
    return sums[0];
}

} // namespace familiar::retrieval
