#pragma once

#include <familiar/core/error.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

namespace familiar::evaluation {

/// A range of plausible values.
struct Interval {
    double low = 0.0, high = 0.0;
    friend bool operator==(const Interval&, const Interval&) = default;
};

namespace detail {

/// P(X = k) and P(X <= k) for k heads in n fair coins; O(k). In logarithms, for 2^-n leaves the range of doubles.
struct FairCoin {
    double exactly = 0.0, at_most = 0.0;
};

inline FairCoin fair_coin(std::size_t k, std::size_t n) noexcept {
    double log_term = -static_cast<double>(n) * std::log(2.0);
    FairCoin p{std::exp(log_term), std::exp(log_term)};
    for (std::size_t i = 1; i <= k; ++i) {
        log_term += std::log(static_cast<double>(n - i + 1)) - std::log(static_cast<double>(i));
        p.exactly = std::exp(log_term);
        p.at_most += p.exactly;
    }
    return p;
}

/// Quantile of the standard normal distribution: bisection on erfc, exact to the last bits.
inline double normal_quantile(double p) noexcept {
    double low = -40.0, high = 40.0;
    for (int i = 0; i < 200 && low < high; ++i) {
        const double middle = (low + high) / 2.0;
        if (middle == low || middle == high) break;
        (0.5 * std::erfc(-middle / std::sqrt(2.0)) < p ? low : high) = middle;
    }
    return (low + high) / 2.0;
}

} // namespace detail

/// McNemar's exact test of two methods on the same rows, two-sided: the probability, were both equally good, of
/// counts at least as uneven as `only_first` rows that the first alone has right and `only_second` that the second
/// alone has. 1 where there are none. O(the smaller count).
inline double mcnemar_exact(std::size_t only_first, std::size_t only_second) noexcept {
    const std::size_t n = only_first + only_second;
    if (n == 0) return 1.0;
    return std::min(1.0, 2.0 * detail::fair_coin(std::min(only_first, only_second), n).at_most);
}

/// The mid-p variant, less conservative: the probability of the counts at hand is counted half.
inline double mcnemar_mid_p(std::size_t only_first, std::size_t only_second) noexcept {
    const std::size_t n = only_first + only_second;
    if (n == 0) return 1.0;
    const auto p = detail::fair_coin(std::min(only_first, only_second), n);
    return std::min(1.0, 2.0 * p.at_most - p.exactly);
}

/// Holm's step-down adjustment of p-values for many tests; in the order given.
inline std::vector<double> holm_adjusted(std::span<const double> p) {
    std::vector<std::size_t> order(p.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return p[a] < p[b]; });
    std::vector<double> adjusted(p.size());
    double largest = 0.0;
    for (std::size_t i = 0; i < order.size(); ++i) {
        largest = std::max(largest, p[order[i]] * static_cast<double>(p.size() - i));
        adjusted[order[i]] = std::min(1.0, largest);
    }
    return adjusted;
}

/// Wilson's score interval of a proportion, which always holds it. Throws Error (invalid_argument): successes > n, n =
/// 0, a level that is not in (0, 1).
inline Interval wilson_interval(std::size_t successes, std::size_t n, double level = 0.95) {
    if (n == 0 || successes > n || !(level > 0.0 && level < 1.0)) {
        throw Error(ErrorCode::invalid_argument, "an interval needs rows, and a level between 0 and 1");
    }
    const double z = detail::normal_quantile(0.5 + level / 2.0), rows = static_cast<double>(n);
    const double p = static_cast<double>(successes) / rows;
    const double below = 1.0 + z * z / rows;
    const double centre = (p + z * z / (2.0 * rows)) / below;
    const double reach = z * std::sqrt(p * (1.0 - p) / rows + z * z / (4.0 * rows * rows)) / below;
    return {std::clamp(centre - reach, 0.0, p), std::clamp(centre + reach, p, 1.0)};
}

} // namespace familiar::evaluation
