#pragma once

#include <familiar/core/error.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace familiar::evaluation {

/// How far stated confidence is from accuracy (Guo et al. 2017, "On Calibration of Modern Neural Networks").
struct CalibrationError {
    /// The rows whose confidence lies in (bin / bins, (bin + 1) / bins]; a confidence of 0 belongs to the first.
    struct Bin {
        std::size_t bin = 0, count = 0;
        double confidence = 0.0, accuracy = 0.0; ///< means over its rows
    };

    double expected = 0.0; ///< ECE: mean gap, bins weighed by their rows; 0 without rows
    double largest = 0.0;  ///< MCE: the largest gap
    std::vector<Bin> bins; ///< those that hold rows, in order
};

/// @param confidence of the answer that was given, each in [0, 1]
/// @param correct    whether it was right; as many
/// @param bins       equal bins, >= 1
/// Throws Error (invalid_argument, numeric_failure).
inline CalibrationError calibration_error(std::span<const double> confidence, std::span<const bool> correct,
                                          std::size_t bins = 10) {
    if (confidence.size() != correct.size() || bins == 0) {
        throw Error(ErrorCode::invalid_argument, "calibration needs as many confidences as outcomes, and a bin");
    }
    std::vector<std::size_t> count(bins);
    std::vector<double> sure(bins), right(bins);
    for (std::size_t i = 0; i < confidence.size(); ++i) {
        if (!(confidence[i] >= 0.0 && confidence[i] <= 1.0)) {
            throw Error(ErrorCode::numeric_failure, "the confidence of row " + std::to_string(i) + " is not in [0, 1]");
        }
        const double edge = std::ceil(confidence[i] * static_cast<double>(bins));
        const std::size_t bin = std::min(edge < 1.0 ? 0 : static_cast<std::size_t>(edge) - 1, bins - 1);
        ++count[bin];
        sure[bin] += confidence[i];
        right[bin] += correct[i] ? 1.0 : 0.0;
    }
    CalibrationError error;
    for (std::size_t bin = 0; bin < bins; ++bin) {
        if (count[bin] == 0) continue;
        const auto n = static_cast<double>(count[bin]);
        error.bins.push_back({bin, count[bin], sure[bin] / n, right[bin] / n});
        const double gap = std::abs(right[bin] / n - sure[bin] / n);
        error.expected += gap * n / static_cast<double>(confidence.size());
        error.largest = std::max(error.largest, gap);
    }
    return error;
}

} // namespace familiar::evaluation
