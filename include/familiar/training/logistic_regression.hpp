#pragma once

#include <familiar/core/cancellation.hpp>
#include <familiar/core/error.hpp>
#include <familiar/core/softmax.hpp>
#include <familiar/core/thread_pool.hpp>
#include <familiar/tensor/views.hpp>
#include <familiar/training/feature_curvature.hpp>
#include <familiar/training/lbfgs.hpp>
#include <familiar/training/temperature.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <limits>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace familiar::training {

/// A fitted linear classifier. Classes without a training example have no coefficients; each is given the probability
/// 1 / (n + 2) or a little less, n the number of training examples: rare, but not impossible.
struct LogisticModel {
    std::size_t classes = 0, features = 0;
    std::vector<std::size_t> present; ///< classes with training examples, ascending
    std::size_t examples = 0;         ///< training examples
    /// [outputs, features] and [outputs]; one output a present class, but a single one (of the second class against the
    /// first) where two are present and none where one is.
    std::vector<double> coefficients, intercepts;

    [[nodiscard]] std::size_t outputs() const noexcept {
        return present.size() > 2 ? present.size() : present.size() == 2 ? 1 : 0;
    }

    /// Writes `classes` finite logits, whose softmax are the probabilities. O(outputs · features).
    void logits(std::span<const float> x, std::span<double> out) const noexcept {
        const double absent = -std::log(static_cast<double>(examples) + 1.0);
        std::fill(out.begin(), out.end(), 0.0);
        if (present.empty()) return;
        for (std::size_t o = 0; o < outputs(); ++o) {
            double sum = intercepts[o];
            const double* const w = coefficients.data() + o * features;
            for (std::size_t k = 0; k < features; ++k) sum += w[k] * static_cast<double>(x[k]);
            out[present[outputs() == 1 ? 1 : o]] = sum;
        }
        if (present.size() == classes) return;
        double top = -std::numeric_limits<double>::infinity(), total = 0.0;
        for (const std::size_t c : present) top = std::max(top, out[c]);
        for (const std::size_t c : present) total += std::exp(out[c] - top);
        const double floor = top + std::log(total) + absent;
        std::size_t next = 0;
        for (std::size_t c = 0; c < classes; ++c) {
            if (next < present.size() && present[next] == c) {
                ++next;
            } else {
                out[c] = floor;
            }
        }
    }

    void probabilities(std::span<const float> x, std::span<double> out) const noexcept {
        logits(x, out);
        softmax(out, out);
    }
};

struct LogisticOptions {
    double c = 1.0; ///< weight of the loss against ½‖W‖²; > 0
    /// Length of the gradient at which the fit ends. ½‖W‖² makes the objective 1-strongly convex in the coefficients,
    /// so that they are no further from the optimum than this.
    double tolerance = 1e-5;
    std::size_t max_iterations = 1000;
    const Cancellation* cancellation = nullptr; ///< looked at once a pass; `Error` (cancelled) ends the fit
};

namespace detail {

/// ½‖W‖² + C Σ loss and its gradient, in f64. Parameters: [outputs, features + 1], the intercept last in each row.
class LogisticObjective {
  public:
    LogisticObjective(tensor::MatrixView<const float> x, std::span<const std::size_t> targets,
                      std::span<const std::size_t> rows, std::size_t outputs, double c, ThreadPool& pool)
        : x_(x), targets_(targets), rows_(rows), outputs_(outputs), c_(c), pool_(pool),
          padded_((x.columns + kBlock - 1) / kBlock * kBlock), workers_(pool.size()) {
        // Fixed parts, each with sums of its own that are added in order: the result is that of any number of threads.
        const std::size_t blocks = (rows.size() + kBlock - 1) / kBlock;
        chunk_ = std::max<std::size_t>((blocks + kChunks - 1) / kChunks, 1);
        chunks_.resize((blocks + chunk_ - 1) / chunk_);
        for (auto& sums : chunks_) sums.gradient.resize(outputs_ * (padded_ + 1));
        for (auto& w : workers_) {
            w.by_row.assign(kBlock * padded_, 0.0);
            w.by_feature.assign(kBlock * padded_, 0.0);
            w.scores.resize(outputs_ * kBlock);
        }
    }

    double operator()(std::span<const double> parameters, std::span<double> gradient) {
        const std::size_t features = x_.columns, width = features + 1;
        pool_.run(chunks_.size(), [&](std::size_t chunk, std::size_t worker) {
            Sums& sums = chunks_[chunk];
            sums.loss = 0.0;
            std::fill(sums.gradient.begin(), sums.gradient.end(), 0.0);
            const std::size_t end = std::min(rows_.size(), (chunk + 1) * chunk_ * kBlock);
            for (std::size_t first = chunk * chunk_ * kBlock; first < end; first += kBlock) {
                add_block(parameters, rows_.subspan(first, std::min(kBlock, end - first)), workers_[worker], sums);
            }
        });
        double loss = 0.0, squares = 0.0;
        for (const auto& sums : chunks_) loss += sums.loss;
        for (std::size_t o = 0; o < outputs_; ++o) {
            for (std::size_t k = 0; k < features; ++k) {
                const double w = parameters[o * width + k];
                squares += w * w;
                double sum = 0.0;
                for (const auto& sums : chunks_) sum += sums.gradient[o * (padded_ + 1) + k];
                gradient[o * width + k] = w + c_ * sum;
            }
            double sum = 0.0;
            for (const auto& sums : chunks_) sum += sums.gradient[o * (padded_ + 1) + padded_];
            gradient[o * width + features] = c_ * sum;
        }
        return 0.5 * squares + c_ * loss;
    }

  private:
    static constexpr std::size_t kBlock = 16;  ///< rows at a time: 16 sums fill the 8 registers that SSE2 can spare
    static constexpr std::size_t kChunks = 16; ///< parts that threads share

    struct Sums {
        double loss = 0.0;
        std::vector<double> gradient; ///< [outputs, padded + 1]
    };
    struct Worker {
        std::vector<double> by_row, by_feature; ///< the block's features, [16, padded] and [padded, 16]
        std::vector<double> scores;             ///< [outputs, 16]; then the loss's derivatives by them
    };

    void add_block(std::span<const double> parameters, std::span<const std::size_t> rows, Worker& worker,
                   Sums& sums) const {
        const std::size_t features = x_.columns, width = features + 1;
        for (std::size_t r = 0; r < kBlock; ++r) {
            double* const by_row = worker.by_row.data() + r * padded_;
            if (r >= rows.size()) {
                std::fill(by_row, by_row + features, 0.0);
                continue;
            }
            const float* const x = x_.row(rows[r]);
            for (std::size_t k = 0; k < features; ++k) by_row[k] = static_cast<double>(x[k]);
        }
        for (std::size_t k = 0; k < features; ++k) {
            for (std::size_t r = 0; r < kBlock; ++r) {
                worker.by_feature[k * kBlock + r] = worker.by_row[r * padded_ + k];
            }
        }
        for (std::size_t o = 0; o < outputs_; ++o) {
            std::array<double, kBlock> sum;
            sum.fill(parameters[o * width + features]);
            const double* const w = parameters.data() + o * width;
            for (std::size_t k = 0; k < features; ++k) {
                const double* const x = worker.by_feature.data() + k * kBlock;
                for (std::size_t r = 0; r < kBlock; ++r) sum[r] += w[k] * x[r];
            }
            std::copy(sum.begin(), sum.end(), worker.scores.data() + o * kBlock);
        }
        for (std::size_t r = 0; r < kBlock; ++r) {
            if (r < rows.size()) {
                sums.loss += differentiate(worker.scores.data() + r, targets_[rows[r]]);
            } else {
                for (std::size_t o = 0; o < outputs_; ++o) worker.scores[o * kBlock + r] = 0.0;
            }
        }
        for (std::size_t o = 0; o < outputs_; ++o) {
            double* const g = sums.gradient.data() + o * (padded_ + 1);
            const double* const delta = worker.scores.data() + o * kBlock;
            for (std::size_t k = 0; k < padded_; k += kBlock) {
                std::array<double, kBlock> sum;
                std::copy(g + k, g + k + kBlock, sum.begin());
                for (std::size_t r = 0; r < kBlock; ++r) {
                    const double* const x = worker.by_row.data() + r * padded_ + k;
                    for (std::size_t j = 0; j < kBlock; ++j) sum[j] += delta[r] * x[j];
                }
                std::copy(sum.begin(), sum.end(), g + k);
            }
            for (std::size_t r = 0; r < kBlock; ++r) g[padded_] += delta[r];
        }
    }

    /// The loss of one row, whose scores stand 16 apart and become the derivatives by them.
    double differentiate(double* scores, std::size_t target) const noexcept {
        if (outputs_ == 1) { // log(1 + exp(-z)) for the second class, log(1 + exp(z)) for the first
            const double z = scores[0], margin = target == 1 ? z : -z, decay = std::exp(-std::abs(z));
            const double p = z >= 0.0 ? 1.0 / (1.0 + decay) : decay / (1.0 + decay);
            scores[0] = p - static_cast<double>(target);
            return std::log1p(decay) + std::max(-margin, 0.0);
        }
        double top = scores[0], sum = 0.0;
        for (std::size_t o = 1; o < outputs_; ++o) top = std::max(top, scores[o * kBlock]);
        const double own = scores[target * kBlock];
        for (std::size_t o = 0; o < outputs_; ++o) sum += scores[o * kBlock] = std::exp(scores[o * kBlock] - top);
        for (std::size_t o = 0; o < outputs_; ++o) scores[o * kBlock] /= sum;
        scores[target * kBlock] -= 1.0;
        return std::log(sum) + top - own;
    }

    tensor::MatrixView<const float> x_;
    std::span<const std::size_t> targets_, rows_;
    std::size_t outputs_;
    double c_;
    ThreadPool& pool_;
    std::size_t padded_, chunk_ = 0;
    std::vector<Worker> workers_;
    std::vector<Sums> chunks_;
};

/// p (1 - p) of a fitted classifier, about: it is sure of most rows. Any value near it serves.
inline constexpr double kRowCurvature = 0.02;

/// For whoever wants no word of each fold.
struct Unheard {
    void operator()() const noexcept {}
};

/// Whether passes are dear enough to spend the cube of the features on making them fewer, and memory allows it.
inline bool worth_a_curvature(std::size_t rows, std::size_t features) noexcept {
    return rows >= features && features <= 2048;
}

} // namespace detail

/// Multinomial logistic regression: the minimum of ½‖W‖² + C Σ loss with free intercepts, as scikit-learn's; the plain
/// logistic one where two classes are present. In f64 over f32 features; the same for any number of threads.
///
/// @param x      [rows, features], finite
/// @param labels [rows], each below `classes`
/// @param use    rows to learn from
/// @param start  a fit to begin from, of the same classes and features; or none
/// Throws `Error` (invalid_argument, numeric_failure, cancelled). A few dozen passes where there are more rows than
/// features, else up to some hundred, each O(rows · features · outputs).
inline LogisticModel fit_logistic(tensor::MatrixView<const float> x, std::span<const std::size_t> labels,
                                  std::size_t classes, std::span<const std::size_t> use, ThreadPool& pool,
                                  const LogisticOptions& options = {}, const LogisticModel* start = nullptr) {
    if (labels.size() != x.rows || !(options.c > 0.0) || !std::isfinite(options.c)) {
        throw Error(ErrorCode::invalid_argument,
                    labels.size() != x.rows ? "one label a row of features is needed" : "C must be a number above 0");
    }
    LogisticModel model;
    model.classes = classes;
    model.features = x.columns;
    model.examples = use.size();
    std::vector<std::size_t> place(classes, classes), targets(x.rows, 0);
    for (const std::size_t row : use) {
        if (row >= x.rows || labels[row] >= classes) {
            throw Error(ErrorCode::invalid_argument, "a label or row out of range", "row " + std::to_string(row));
        }
        for (const float value : x[row]) {
            if (!std::isfinite(value)) {
                throw Error(ErrorCode::numeric_failure, "a feature that is not finite", "row " + std::to_string(row));
            }
        }
        place[labels[row]] = 0;
    }
    for (std::size_t c = 0; c < classes; ++c) {
        if (place[c] == classes) continue;
        place[c] = model.present.size();
        model.present.push_back(c);
    }
    const std::size_t outputs = model.outputs(), width = x.columns + 1;
    model.coefficients.assign(outputs * x.columns, 0.0);
    model.intercepts.assign(outputs, 0.0);
    if (outputs == 0) return model;
    for (const std::size_t row : use) targets[row] = place[labels[row]];

    std::vector<double> parameters(outputs * width, 0.0);
    if (start != nullptr && start->present == model.present && start->features == model.features) {
        for (std::size_t o = 0; o < outputs; ++o) {
            std::copy_n(start->coefficients.data() + o * x.columns, x.columns, parameters.data() + o * width);
            parameters[o * width + x.columns] = start->intercepts[o];
        }
    }
    detail::LogisticObjective objective(x, targets, use, outputs, options.c, pool);
    LbfgsOptions lbfgs;
    lbfgs.max_iterations = options.max_iterations;
    lbfgs.gradient_tolerance = options.tolerance;
    const auto passes = [&](std::span<const double> at, std::span<double> gradient) {
        if (options.cancellation != nullptr) options.cancellation->throw_if_requested();
        return objective(at, gradient);
    };
    LbfgsResult result;
    if (detail::worth_a_curvature(use.size(), x.columns)) {
        const FeatureCurvature curvature(x, use, detail::kRowCurvature * options.c);
        result = minimise(passes, parameters, lbfgs, [&](std::span<double> direction) {
            for (std::size_t o = 0; o < outputs; ++o) curvature.divide(direction.subspan(o * width, width));
        });
    } else {
        result = minimise(passes, parameters, lbfgs);
    }
    if (!std::isfinite(result.value)) {
        throw Error(ErrorCode::numeric_failure, "the logistic regression has no finite objective");
    }
    for (std::size_t o = 0; o < outputs; ++o) {
        std::copy_n(parameters.data() + o * width, x.columns, model.coefficients.data() + o * x.columns);
        model.intercepts[o] = parameters[o * width + x.columns];
    }
    return model;
}

/// The same over all rows.
inline LogisticModel fit_logistic(tensor::MatrixView<const float> x, std::span<const std::size_t> labels,
                                  std::size_t classes, ThreadPool& pool, const LogisticOptions& options = {}) {
    std::vector<std::size_t> all(x.rows);
    std::iota(all.begin(), all.end(), std::size_t{0});
    return fit_logistic(x, labels, classes, all, pool, options);
}

/// Logits [rows, classes] of each row by a fit that has not seen it: row i belongs to fold i mod `folds`. Where nothing
/// is left to learn from they are zero. `whole`, the fit over all rows, is where each fold's begins. `fitted()` is
/// called after each fold.
template <std::invocable Fitted = detail::Unheard>
std::vector<double> out_of_fold_logits(tensor::MatrixView<const float> x, std::span<const std::size_t> labels,
                                       std::size_t classes, std::size_t folds, ThreadPool& pool,
                                       const LogisticOptions& options = {}, const LogisticModel* whole = nullptr,
                                       Fitted fitted = {}) {
    if (folds < 2) throw Error(ErrorCode::invalid_argument, "two folds are the least");
    std::vector<double> out(x.rows * classes, 0.0);
    std::vector<std::size_t> use;
    for (std::size_t fold = 0; fold < std::min(folds, x.rows); ++fold) {
        use.clear();
        for (std::size_t row = 0; row < x.rows; ++row) {
            if (row % folds != fold) use.push_back(row);
        }
        const auto model = fit_logistic(x, labels, classes, use, pool, options, whole);
        for (std::size_t row = fold; row < x.rows; row += folds) {
            model.logits(x[row], std::span(out).subspan(row * classes, classes));
        }
        fitted();
    }
    return out;
}

} // namespace familiar::training
