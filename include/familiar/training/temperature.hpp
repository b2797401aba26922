#pragma once

#include <familiar/core/error.hpp>
#include <familiar/tensor/views.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>

namespace familiar::training {

/// log Σ exp(scale · logits) without overflow; also the mean of `scale`-weighted logits in `mean` and their second
/// moment about it in `variance`, both under softmax(scale · logits).
inline double log_sum_exp(std::span<const double> logits, double scale, double& mean, double& variance) noexcept {
    const double top = *std::max_element(logits.begin(), logits.end());
    double sum = 0.0, first = 0.0, second = 0.0;
    for (const double z : logits) {
        const double below = z - top, weight = std::exp(scale * below);
        sum += weight;
        first += weight * below;
        second += weight * below * below;
    }
    const double shift = first / sum;
    mean = top + shift;
    variance = std::max(second / sum - shift * shift, 0.0);
    return scale * top + std::log(sum);
}

/// Temperature scaling: softmax(logits / T). Guo et al., "On Calibration of Modern Neural Networks", arXiv 1706.04599.
struct Temperature {
    static constexpr double kLeast = 0.01, kMost = 100.0;

    double value = 1.0;
    double loss_before = 0.0, loss_after = 0.0; ///< mean negative log-likelihood, in nats
    bool at_bound = false; ///< the loss falls up to a bound: every row right, or wrong beyond repair
};

/// The T in [0.01, 100] of least mean negative log-likelihood. With s = 1 / T the loss is convex in s: its slope is
/// brought to zero by Newton's steps inside a shrinking bracket, to a relative error below 1e-12.
///
/// @param logits [rows, labels], finite, at least one of each
/// @param labels [rows], each below the number of labels
/// Throws `Error` (invalid_argument) for anything else. O(rows · labels) an iteration, about ten of them.
inline Temperature fit_temperature(tensor::MatrixView<const double> logits, std::span<const std::size_t> labels) {
    if (logits.rows == 0 || logits.columns == 0 || labels.size() != logits.rows) {
        throw Error(ErrorCode::invalid_argument, "a temperature is fitted to one label a row of logits, here are " +
                                                     std::to_string(logits.rows) + " rows of " +
                                                     std::to_string(logits.columns) + " and " +
                                                     std::to_string(labels.size()) + " labels");
    }
    for (std::size_t i = 0; i < logits.rows; ++i) {
        bool finite = true;
        for (const double z : logits[i]) finite = finite && std::isfinite(z);
        if (!finite || labels[i] >= logits.columns) {
            throw Error(ErrorCode::invalid_argument,
                        finite ? "a label beyond the logits" : "a logit that is not finite",
                        "row " + std::to_string(i));
        }
    }
    struct Point {
        double loss = 0.0, slope = 0.0, curvature = 0.0;
    };
    const double share = 1.0 / static_cast<double>(logits.rows);
    const auto at = [&](double scale) {
        Point p;
        for (std::size_t i = 0; i < logits.rows; ++i) {
            double mean = 0.0, variance = 0.0;
            const double own = logits[i][labels[i]];
            p.loss += log_sum_exp(logits[i], scale, mean, variance) - scale * own;
            p.slope += mean - own;
            p.curvature += variance;
        }
        return Point{p.loss * share, p.slope * share, p.curvature * share};
    };
    Temperature result;
    result.loss_before = at(1.0).loss;
    double low = 1.0 / Temperature::kMost, high = 1.0 / Temperature::kLeast;
    const auto finish = [&](double scale, bool at_bound) {
        result.value = std::clamp(1.0 / scale, Temperature::kLeast, Temperature::kMost);
        result.loss_after = at(scale).loss;
        result.at_bound = at_bound;
        return result;
    };
    if (at(low).slope >= 0.0) return finish(low, true);
    if (at(high).slope <= 0.0) return finish(high, true);
    double scale = 1.0;
    for (int i = 0; i < 200 && high - low > 1e-14 * high; ++i) {
        const Point p = at(scale);
        if (p.slope == 0.0) break;
        (p.slope > 0.0 ? high : low) = scale;
        double next = scale - p.slope / p.curvature;
        // A step out of the bracket, or out of the numbers: halve in the logarithm, as the bracket spans four powers.
        if (!(next > low && next < high)) next = std::sqrt(low * high);
        if (std::abs(next - scale) <= 1e-14 * scale) {
            scale = next;
            break;
        }
        scale = next;
    }
    return finish(scale, false);
}

} // namespace familiar::training
