#pragma once

#include <familiar/core/error.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace familiar::evaluation {

/// Counts of (true label, predicted label) over rows, an answer that is no label counted apart; the figures that follow
/// from them agree with scikit-learn's. Averages run over all labels of the task, 0 where a label's figure is
/// undefined.
class ConfusionMatrix {
  public:
    explicit ConfusionMatrix(std::size_t labels)
        : labels_(labels), counts_(labels * (labels + 1)), truth_(labels), predicted_(labels + 1) {}

    /// Counts all rows. Throws Error (invalid_argument): lengths differ, an index is no label.
    ConfusionMatrix(std::size_t labels, std::span<const std::size_t> truth,
                    std::span<const std::optional<std::size_t>> predicted)
        : ConfusionMatrix(labels) {
        if (truth.size() != predicted.size()) {
            throw Error(ErrorCode::invalid_argument, std::to_string(truth.size()) + " true labels and " +
                                                         std::to_string(predicted.size()) + " predictions");
        }
        for (std::size_t i = 0; i < truth.size(); ++i) add(truth[i], predicted[i]);
    }

    /// One row; `predicted` is empty where the answer is no label.
    void add(std::size_t truth, std::optional<std::size_t> predicted) {
        const std::size_t column = predicted.value_or(labels_);
        if (truth >= labels_ || column > labels_ || (predicted && column == labels_)) {
            throw Error(ErrorCode::invalid_argument, "a label's index is not below " + std::to_string(labels_));
        }
        ++counts_[truth * (labels_ + 1) + column];
        ++truth_[truth];
        ++predicted_[column];
        ++rows_;
    }

    [[nodiscard]] std::size_t labels() const noexcept { return labels_; }
    [[nodiscard]] std::size_t rows() const noexcept { return rows_; }
    [[nodiscard]] std::size_t count(std::size_t truth, std::size_t predicted) const noexcept {
        return counts_[truth * (labels_ + 1) + predicted];
    }
    [[nodiscard]] std::size_t support(std::size_t label) const noexcept { return truth_[label]; }
    [[nodiscard]] std::size_t invalid() const noexcept { return predicted_[labels_]; }
    [[nodiscard]] std::size_t correct() const noexcept {
        std::size_t sum = 0;
        for (std::size_t l = 0; l < labels_; ++l) sum += count(l, l);
        return sum;
    }

    /// All shares are 0 without rows.
    [[nodiscard]] double accuracy() const noexcept { return share(correct(), rows_); }
    [[nodiscard]] double invalid_rate() const noexcept { return share(invalid(), rows_); }
    /// The largest share of a label among the true ones: the accuracy of always saying it.
    [[nodiscard]] double majority_share() const noexcept {
        return labels_ == 0 ? 0.0 : share(*std::max_element(truth_.begin(), truth_.end()), rows_);
    }

    [[nodiscard]] double precision(std::size_t label) const noexcept {
        return share(count(label, label), predicted_[label]);
    }
    [[nodiscard]] double recall(std::size_t label) const noexcept { return share(count(label, label), truth_[label]); }
    [[nodiscard]] double f1(std::size_t label) const noexcept {
        return share(2 * count(label, label), truth_[label] + predicted_[label]);
    }

    [[nodiscard]] double macro_precision() const noexcept {
        return macro([this](std::size_t l) { return precision(l); });
    }
    [[nodiscard]] double macro_recall() const noexcept {
        return macro([this](std::size_t l) { return recall(l); });
    }
    [[nodiscard]] double macro_f1() const noexcept {
        return macro([this](std::size_t l) { return f1(l); });
    }

    /// Weighted by how many rows have the label.
    [[nodiscard]] double weighted_f1() const noexcept {
        double sum = 0.0;
        for (std::size_t l = 0; l < labels_; ++l) sum += static_cast<double>(truth_[l]) * f1(l);
        return rows_ == 0 ? 0.0 : sum / static_cast<double>(rows_);
    }

    /// 2 · correct / (rows + valid answers): accuracy where no answer is invalid.
    [[nodiscard]] double micro_f1() const noexcept { return share(2 * correct(), rows_ + rows_ - invalid()); }

    /// Mean recall over the labels that occur among the true ones.
    [[nodiscard]] double balanced_accuracy() const noexcept {
        double sum = 0.0;
        std::size_t present = 0;
        for (std::size_t l = 0; l < labels_; ++l) {
            if (truth_[l] == 0) continue;
            sum += recall(l);
            ++present;
        }
        return present == 0 ? 0.0 : sum / static_cast<double>(present);
    }

    /// Matthews' correlation for any number of classes (Gorodkin 2004), in [-1, 1]; an invalid answer is one more
    /// class; 0 where undefined (a single true or a single predicted class).
    [[nodiscard]] double matthews() const noexcept {
        const auto n = static_cast<double>(rows_);
        const double across = n * static_cast<double>(correct()) - agreement();
        const double of_truth = n * n - squares(truth_), of_predicted = n * n - squares(predicted_);
        const double below = std::sqrt(of_truth) * std::sqrt(of_predicted);
        return below > 0.0 ? across / below : 0.0;
    }

    /// Cohen's kappa; an invalid answer is one more class. NaN where chance alone agrees always (a single class).
    [[nodiscard]] double kappa() const noexcept {
        const auto n = static_cast<double>(rows_);
        const double expected = agreement() / n, observed = static_cast<double>(correct());
        if (n - expected <= 0.0) return std::numeric_limits<double>::quiet_NaN();
        return 1.0 - (n - observed) / (n - expected);
    }

  private:
    static double share(std::size_t part, std::size_t whole) noexcept {
        return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
    }

    template <class Figure> [[nodiscard]] double macro(Figure figure) const noexcept {
        double sum = 0.0;
        for (std::size_t l = 0; l < labels_; ++l) sum += figure(l);
        return labels_ == 0 ? 0.0 : sum / static_cast<double>(labels_);
    }

    /// Sum over classes of true count times predicted count.
    [[nodiscard]] double agreement() const noexcept {
        double sum = 0.0;
        for (std::size_t l = 0; l < labels_; ++l) {
            sum += static_cast<double>(truth_[l]) * static_cast<double>(predicted_[l]);
        }
        return sum;
    }

    static double squares(const std::vector<std::size_t>& counts) noexcept {
        double sum = 0.0;
        for (const std::size_t c : counts) sum += static_cast<double>(c) * static_cast<double>(c);
        return sum;
    }

    std::size_t labels_, rows_ = 0;
    std::vector<std::size_t> counts_, truth_, predicted_; ///< counts_: one column more than labels, for invalid answers
};

} // namespace familiar::evaluation
