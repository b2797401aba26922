#pragma once

#include <familiar/core/error.hpp>
#include <familiar/tensor/views.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <vector>

namespace familiar::evaluation {

namespace detail {

inline void require_distributions(std::span<const std::size_t> truth, tensor::MatrixView<const double> p) {
    if (truth.size() != p.rows) {
        throw Error(ErrorCode::invalid_argument,
                    std::to_string(truth.size()) + " true labels and " + std::to_string(p.rows) + " distributions");
    }
    for (const std::size_t label : truth) {
        if (label >= p.columns)
            throw Error(ErrorCode::invalid_argument, "a label's index lies beyond the distribution");
    }
}

} // namespace detail

/// Mean negative log-probability of the true label; probabilities are kept 2.2e-16 away from 0 and 1. NaN without rows.
/// `probabilities` [rows, labels]. Throws Error (invalid_argument) where the shapes do not fit.
inline double log_loss(std::span<const std::size_t> truth, tensor::MatrixView<const double> probabilities) {
    detail::require_distributions(truth, probabilities);
    constexpr double kEpsilon = std::numeric_limits<double>::epsilon();
    double sum = 0.0;
    for (std::size_t r = 0; r < truth.size(); ++r) {
        sum -= std::log(std::clamp(probabilities[r][truth[r]], kEpsilon, 1.0 - kEpsilon));
    }
    return sum / static_cast<double>(truth.size());
}

/// Brier's score over all labels: mean of the squared distances to the true label's corner, in [0, 2]. NaN without
/// rows.
inline double brier_score(std::span<const std::size_t> truth, tensor::MatrixView<const double> probabilities) {
    detail::require_distributions(truth, probabilities);
    double sum = 0.0;
    for (std::size_t r = 0; r < truth.size(); ++r) {
        for (std::size_t l = 0; l < probabilities.columns; ++l) {
            const double gap = probabilities[r][l] - (l == truth[r] ? 1.0 : 0.0);
            sum += gap * gap;
        }
    }
    return sum / static_cast<double>(truth.size());
}

/// Area under the ROC curve of two classes: the probability that a positive row has a larger score than a negative one,
/// ties counted half. NaN where a class has no row. O(n log n).
inline double auroc(std::span<const bool> positive, std::span<const double> score) {
    if (positive.size() != score.size()) {
        throw Error(ErrorCode::invalid_argument, "AUROC needs as many scores as outcomes");
    }
    std::vector<std::size_t> order(score.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return score[a] < score[b]; });
    double ranks = 0.0, positives = 0.0;
    for (std::size_t i = 0; i < order.size();) {
        std::size_t j = i;
        double inside = 0.0;
        while (j < order.size() && score[order[j]] == score[order[i]]) inside += positive[order[j++]] ? 1.0 : 0.0;
        ranks += inside * (static_cast<double>(i + 1) + static_cast<double>(j)) / 2.0; // mean rank from 1
        positives += inside;
        i = j;
    }
    const double negatives = static_cast<double>(order.size()) - positives;
    if (positives == 0.0 || negatives == 0.0) return std::numeric_limits<double>::quiet_NaN();
    return (ranks - positives * (positives + 1.0) / 2.0) / (positives * negatives);
}

/// AUROC of each label against all others. NaN where a label has no row, or all have it. Of two labels whose
/// probabilities sum to 1 both have the same.
inline std::vector<double> auroc_of_labels(std::span<const std::size_t> truth,
                                           tensor::MatrixView<const double> probabilities) {
    detail::require_distributions(truth, probabilities);
    const std::size_t n = truth.size();
    const auto positive = std::make_unique<bool[]>(n);
    std::vector<double> score(n), areas(probabilities.columns);
    for (std::size_t l = 0; l < probabilities.columns; ++l) {
        for (std::size_t r = 0; r < n; ++r) {
            positive[r] = truth[r] == l;
            score[r] = probabilities[r][l];
        }
        areas[l] = auroc({positive.get(), n}, score);
    }
    return areas;
}

/// The mean of `auroc_of_labels`. NaN where one of them is.
inline double auroc_one_vs_rest(std::span<const std::size_t> truth, tensor::MatrixView<const double> probabilities) {
    double sum = 0.0;
    for (const double area : auroc_of_labels(truth, probabilities)) sum += area;
    return sum / static_cast<double>(probabilities.columns);
}

} // namespace familiar::evaluation
