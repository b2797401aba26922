#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <span>
#include <vector>

/// How far two series of numbers go together, from −1 to 1; NaN for fewer than two pairs, series of unequal length, and
/// where one of them is constant. Values must be finite.
namespace familiar::evaluation {

/// Pearson's product-moment correlation. O(n).
[[nodiscard]] inline double pearson(std::span<const double> x, std::span<const double> y) {
    constexpr double undefined = std::numeric_limits<double>::quiet_NaN();
    if (x.size() != y.size() || x.size() < 2) return undefined;
    const auto n = static_cast<double>(x.size());
    const double mean_x = std::accumulate(x.begin(), x.end(), 0.0) / n;
    const double mean_y = std::accumulate(y.begin(), y.end(), 0.0) / n;
    double together = 0.0, of_x = 0.0, of_y = 0.0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        together += (x[i] - mean_x) * (y[i] - mean_y);
        of_x += (x[i] - mean_x) * (x[i] - mean_x);
        of_y += (y[i] - mean_y) * (y[i] - mean_y);
    }
    if (!(of_x > 0.0) || !(of_y > 0.0)) return undefined;
    return std::clamp(together / (std::sqrt(of_x) * std::sqrt(of_y)), -1.0, 1.0);
}

/// Ranks from 1, equal values sharing the mean of theirs. O(n log n).
[[nodiscard]] inline std::vector<double> ranks(std::span<const double> values) {
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](auto a, auto b) { return values[a] < values[b]; });
    std::vector<double> out(values.size());
    for (std::size_t begin = 0; begin < order.size();) {
        std::size_t end = begin + 1;
        while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
        const double mean = (static_cast<double>(begin + 1) + static_cast<double>(end)) / 2.0;
        for (; begin < end; ++begin) out[order[begin]] = mean;
    }
    return out;
}

/// Spearman's: Pearson's of the ranks.
[[nodiscard]] inline double spearman(std::span<const double> x, std::span<const double> y) {
    return pearson(ranks(x), ranks(y));
}

/// Kendall's tau-b, which allows for ties. O(n²).
[[nodiscard]] inline double kendall(std::span<const double> x, std::span<const double> y) {
    constexpr double undefined = std::numeric_limits<double>::quiet_NaN();
    if (x.size() != y.size() || x.size() < 2) return undefined;
    double agree = 0.0, differ_x = 0.0, differ_y = 0.0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        for (std::size_t j = i + 1; j < x.size(); ++j) {
            const int a = (x[i] > x[j]) - (x[i] < x[j]), b = (y[i] > y[j]) - (y[i] < y[j]);
            agree += a * b;
            differ_x += a != 0 ? 1.0 : 0.0;
            differ_y += b != 0 ? 1.0 : 0.0;
        }
    }
    if (differ_x == 0.0 || differ_y == 0.0) return undefined;
    return agree / std::sqrt(differ_x) / std::sqrt(differ_y);
}

} // namespace familiar::evaluation
