#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>

namespace familiar {

/// softmax(logits) in f64: out[i] = e^logits[i] / Σ e^logits, without overflow; `out` may be `logits`. Both of one
/// length, not empty.
inline void softmax(std::span<const double> logits, std::span<double> out) noexcept {
    const double top = *std::max_element(logits.begin(), logits.end());
    double sum = 0.0;
    for (std::size_t j = 0; j < logits.size(); ++j) sum += out[j] = std::exp(logits[j] - top);
    for (double& p : out) p /= sum;
}

} // namespace familiar
