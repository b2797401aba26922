#pragma once

#include <familiar/tensor/views.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

namespace familiar::training {

/// What the features alone tell of the curvature of a linear model's penalised loss: the matrix
/// M = weight · X̃ᵀX̃ + diag(1, …, 1, 0), X̃ the features with a 1 after them for the intercept, as its Cholesky factor.
///
/// Where the loss of each row is curved alike in all rows, M is the Hessian of one output; for the logistic loss it is
/// near enough that L-BFGS preconditioned by it needs a quarter of the passes. No more than 256 +
/// 4 · features rows are looked at, spread evenly over the given ones and weighted for all. Deterministic.
class FeatureCurvature {
  public:
    /// @param x      [rows, features], finite
    /// @param rows   which of them count; not empty
    /// @param weight curvature of a row's loss; > 0
    /// O(features³) and features² f64 of memory.
    FeatureCurvature(tensor::MatrixView<const float> x, std::span<const std::size_t> rows, double weight)
        : width_(x.columns + 1), factor_(width_ * width_, 0.0) {
        const std::size_t seen = std::min(rows.size(), kRows + kRowsPerFeature * width_);
        const double share = weight * static_cast<double>(rows.size()) / static_cast<double>(seen);
        std::vector<double> row(width_, 1.0);
        for (std::size_t i = 0; i < seen; ++i) {
            const auto features = x[rows[i * rows.size() / seen]];
            std::copy(features.begin(), features.end(), row.begin());
            for (std::size_t a = 0; a < width_; ++a) {
                const double scaled = share * row[a];
                double* const out = factor_.data() + a * width_;
                for (std::size_t b = 0; b <= a; ++b) out[b] += scaled * row[b];
            }
        }
        for (std::size_t k = 0; k + 1 < width_; ++k) factor_[k * width_ + k] += 1.0;
        factorise();
    }

    /// Length of what `divide` takes: features + 1.
    [[nodiscard]] std::size_t width() const noexcept { return width_; }

    /// M⁻¹ v in the place of v, of length `width()`. O(features²).
    void divide(std::span<double> v) const noexcept {
        for (std::size_t a = 0; a < width_; ++a) {
            const double* const row = factor_.data() + a * width_;
            double sum = v[a];
            for (std::size_t k = 0; k < a; ++k) sum -= row[k] * v[k];
            v[a] = sum / row[a];
        }
        for (std::size_t a = width_; a-- > 0;) {
            const double* const row = factor_.data() + a * width_;
            const double x = v[a] /= row[a];
            for (std::size_t k = 0; k < a; ++k) v[k] -= row[k] * x;
        }
    }

  private:
    static constexpr std::size_t kRows = 256, kRowsPerFeature = 4;

    /// The lower triangle in place. A pivot that rounding has eaten is made a small one: the product is then of a
    /// matrix next to M, but positive definite.
    void factorise() noexcept {
        for (std::size_t a = 0; a < width_; ++a) {
            double* const row = factor_.data() + a * width_;
            for (std::size_t b = 0; b < a; ++b) {
                const double* const above = factor_.data() + b * width_;
                double sum = row[b];
                for (std::size_t k = 0; k < b; ++k) sum -= row[k] * above[k];
                row[b] = sum / above[b];
            }
            double pivot = row[a];
            const double least = 1e-12 * pivot;
            for (std::size_t k = 0; k < a; ++k) pivot -= row[k] * row[k];
            row[a] = std::sqrt(std::max(pivot, least));
        }
    }

    std::size_t width_;
    std::vector<double> factor_; ///< [width, width], the lower triangle
};

} // namespace familiar::training
