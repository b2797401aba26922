#pragma once

#include <familiar/core/error.hpp>
#include <familiar/core/random.hpp>
#include <familiar/evaluation/significance.hpp>

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace familiar::evaluation {

/// The value below which a share `p` of the values lies, between neighbours in a straight line (type 7, the default of
/// numpy and R). Throws Error (invalid_argument) without values. O(n log n).
inline double percentile(std::vector<double> values, double p) {
    if (values.empty() || !(p >= 0.0 && p <= 1.0)) {
        throw Error(ErrorCode::invalid_argument, "a percentile needs values and a share in [0, 1]");
    }
    std::sort(values.begin(), values.end());
    const double place = p * static_cast<double>(values.size() - 1);
    const auto below = static_cast<std::size_t>(std::floor(place));
    const std::size_t above = std::min(below + 1, values.size() - 1);
    return values[below] + (place - static_cast<double>(below)) * (values[above] - values[below]);
}

/// The middle `level` of the values of a statistic.
inline Interval percentile_interval(std::vector<double> values, double level = 0.95) {
    std::sort(values.begin(), values.end());
    const double tail = (1.0 - level) / 2.0;
    return {percentile(values, tail), percentile(values, 1.0 - tail)};
}

/// Percentile bootstrap (Efron 1979): `statistic(rows)` of `resamples` draws of n rows with replacement, the rows given
/// by number. The same seed gives the same interval. Throws Error (invalid_argument) for n = 0 or no resamples.
template <class Statistic>
    requires std::regular_invocable<Statistic&, std::span<const std::size_t>>
Interval bootstrap_interval(std::size_t n, Statistic&& statistic, std::uint64_t seed, std::size_t resamples = 1000,
                            double level = 0.95) {
    if (n == 0 || resamples == 0) throw Error(ErrorCode::invalid_argument, "a bootstrap needs rows and resamples");
    Random random(seed, "evaluation/bootstrap");
    std::vector<std::size_t> rows(n);
    std::vector<double> values;
    values.reserve(resamples);
    for (std::size_t r = 0; r < resamples; ++r) {
        for (auto& row : rows) row = static_cast<std::size_t>(random.below(n));
        values.push_back(statistic(std::span<const std::size_t>(rows)));
    }
    return percentile_interval(std::move(values), level);
}

} // namespace familiar::evaluation
