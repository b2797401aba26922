#pragma once

#include <familiar/core/error.hpp>
#include <familiar/core/softmax.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace familiar::decision {

/// What is known of an example before both voices are weighed: natural logarithms, one a label.
struct TwoVoices {
    std::vector<double> plugin; ///< of the plug-in's probabilities; empty without a plug-in
    std::vector<double> llm;    ///< of the LLM's, up to a constant
};

/// A product of experts with exponents (Genest, Zidek, "Combining probability distributions", 1986; Zhao et al.,
/// "Calibrate before use", arXiv 2102.09690, for the prior):
///     log p(y) = plugin · log p_plugin(y) + llm · log p_llm(y) − prior · log p_prior(y) + constant,
/// p_prior being what the LLM says where there is nothing to read.
struct FusionWeights {
    double plugin = 0.0, llm = 0.0, prior = 0.0; ///< at least 0

    friend bool operator==(const FusionWeights&, const FusionWeights&) = default;
};

/// A logarithm of a probability that was, or was rounded to, 0 says "hardly", not "never": no other voice could speak.
inline constexpr double kLeastLogProbability = -20.0;

/// The labels' probabilities by the weights. `prior` is empty where it is not known.
[[nodiscard]] inline std::vector<double> fused(const TwoVoices& voices, std::span<const double> prior,
                                               const FusionWeights& weights) {
    const std::size_t labels = std::max(voices.plugin.size(), voices.llm.size());
    std::vector<double> p(labels, 0.0);
    const auto add = [&](std::span<const double> logs, double weight) {
        if (logs.size() != labels || weight == 0.0) return;
        double top = -std::numeric_limits<double>::infinity();
        for (const double x : logs) top = std::max(top, x);
        if (!std::isfinite(top)) return;
        for (std::size_t y = 0; y < labels; ++y) p[y] += weight * std::max(logs[y] - top, kLeastLogProbability);
    };
    add(voices.plugin, weights.plugin);
    add(voices.llm, weights.llm);
    add(prior, -weights.prior);
    if (labels > 0) softmax(p, p);
    return p;
}

/// How well weights do on rows whose labels are known.
struct FusionQuality {
    std::size_t right = 0;
    double loss = 0.0; ///< mean negative log-likelihood, in nats
};

[[nodiscard]] inline FusionQuality quality(std::span<const TwoVoices> rows, std::span<const std::size_t> gold,
                                           std::span<const double> prior, const FusionWeights& weights) {
    FusionQuality q;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto p = fused(rows[i], prior, weights);
        const auto best = static_cast<std::size_t>(std::max_element(p.begin(), p.end()) - p.begin());
        q.right += best == gold[i] ? 1 : 0;
        q.loss -= std::log(std::max(p[gold[i]], 1e-300));
    }
    if (!rows.empty()) q.loss /= static_cast<double>(rows.size());
    return q;
}

namespace detail {

/// Solves a symmetric positive definite system of up to three unknowns, those of `free` alone; the others are 0.
inline std::array<double, 3> solve(std::array<std::array<double, 3>, 3> a, std::array<double, 3> b,
                                   const std::array<bool, 3>& free) {
    for (std::size_t i = 0; i < 3; ++i) {
        if (free[i]) continue;
        for (std::size_t j = 0; j < 3; ++j) a[i][j] = a[j][i] = 0.0;
        a[i][i] = 1.0;
        b[i] = 0.0;
    }
    for (std::size_t i = 0; i < 3; ++i) { // Gauss without pivoting: the matrix is positive definite
        for (std::size_t r = i + 1; r < 3; ++r) {
            const double factor = a[r][i] / a[i][i];
            for (std::size_t c = i; c < 3; ++c) a[r][c] -= factor * a[i][c];
            b[r] -= factor * b[i];
        }
    }
    for (std::size_t i = 3; i-- > 0;) {
        for (std::size_t c = i + 1; c < 3; ++c) b[i] -= a[i][c] * b[c];
        b[i] /= a[i][i];
    }
    return b;
}

} // namespace detail

/// The weights of least negative log-likelihood, a unit-strength pull towards 0 included, so that rows that are all
/// right do not ask for infinite ones: convex; projected Newton steps until nothing moves. Weights of voices that are
/// not there stay 0. O(rows · labels) a step, about ten of them.
/// @param rows, gold the same number of them; all rows with the same labels and voices
[[nodiscard]] inline FusionWeights fit_fusion(std::span<const TwoVoices> rows, std::span<const std::size_t> gold,
                                              std::span<const double> prior) {
    if (rows.size() != gold.size()) {
        throw Error(ErrorCode::invalid_argument, std::to_string(rows.size()) + " rows and " +
                                                     std::to_string(gold.size()) + " labels to fit a fusion to");
    }
    if (rows.empty()) return {};
    const std::size_t labels = std::max(rows.front().plugin.size(), rows.front().llm.size());
    // Features of label y in row i: each voice relative to its own largest, as `fused` has them.
    std::vector<std::array<double, 3>> features(rows.size() * labels);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto fill = [&](std::size_t f, std::span<const double> logs, double sign) {
            if (logs.size() != labels) return;
            const double top = *std::max_element(logs.begin(), logs.end());
            if (!std::isfinite(top)) return;
            for (std::size_t y = 0; y < labels; ++y)
                features[i * labels + y][f] = sign * std::max(logs[y] - top, kLeastLogProbability);
        };
        fill(0, rows[i].plugin, 1.0);
        fill(1, rows[i].llm, 1.0);
        fill(2, prior, -1.0);
    }
    std::array<double, 3> w = {rows.front().plugin.size() == labels ? 0.5 : 0.0,
                               rows.front().llm.size() == labels ? 0.5 : 0.0, 0.0};
    struct Point {
        double value = 0.0;
        std::array<double, 3> slope{};
        std::array<std::array<double, 3>, 3> curvature{};
    };
    std::vector<double> p(labels);
    const auto at = [&](const std::array<double, 3>& weights) {
        Point point;
        for (std::size_t f = 0; f < 3; ++f) {
            point.value += 0.5 * weights[f] * weights[f];
            point.slope[f] = weights[f];
            point.curvature[f][f] = 1.0;
        }
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const auto* const row = features.data() + i * labels;
            double top = -std::numeric_limits<double>::infinity(), sum = 0.0;
            for (std::size_t y = 0; y < labels; ++y) {
                p[y] = weights[0] * row[y][0] + weights[1] * row[y][1] + weights[2] * row[y][2];
                top = std::max(top, p[y]);
            }
            const double own = p[gold[i]];
            std::array<double, 3> mean{};
            for (std::size_t y = 0; y < labels; ++y) sum += p[y] = std::exp(p[y] - top);
            for (std::size_t y = 0; y < labels; ++y) {
                p[y] /= sum;
                for (std::size_t f = 0; f < 3; ++f) mean[f] += p[y] * row[y][f];
            }
            point.value += top + std::log(sum) - own;
            for (std::size_t f = 0; f < 3; ++f) {
                point.slope[f] += mean[f] - row[gold[i]][f];
                for (std::size_t g = 0; g < 3; ++g) {
                    double second = 0.0;
                    for (std::size_t y = 0; y < labels; ++y) second += p[y] * row[y][f] * row[y][g];
                    point.curvature[f][g] += second - mean[f] * mean[g];
                }
            }
        }
        return point;
    };
    Point here = at(w);
    for (int step = 0; step < 100; ++step) {
        std::array<bool, 3> free{};
        for (std::size_t f = 0; f < 3; ++f) free[f] = w[f] > 0.0 || here.slope[f] < 0.0;
        const auto towards = detail::solve(here.curvature, here.slope, free);
        double length = 1.0, moved = 0.0;
        for (int halvings = 0; halvings < 40; ++halvings, length /= 2.0) {
            auto next = w;
            for (std::size_t f = 0; f < 3; ++f) next[f] = std::max(w[f] - length * towards[f], 0.0);
            const Point there = at(next);
            if (!(there.value <= here.value)) continue;
            for (std::size_t f = 0; f < 3; ++f) moved = std::max(moved, std::abs(next[f] - w[f]));
            w = next;
            here = there;
            break;
        }
        if (moved < 1e-10) break;
    }
    return {w[0], w[1], w[2]};
}

} // namespace familiar::decision
