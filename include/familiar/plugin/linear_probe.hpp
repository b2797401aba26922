#pragma once

#include <familiar/core/cancellation.hpp>
#include <familiar/core/error.hpp>
#include <familiar/core/progress.hpp>
#include <familiar/core/reflection.hpp>
#include <familiar/core/softmax.hpp>
#include <familiar/core/thread_pool.hpp>
#include <familiar/encoder/text_encoder.hpp>
#include <familiar/plugin/label_map.hpp>
#include <familiar/plugin/linear_head.hpp>
#include <familiar/plugin/plugin_model.hpp>
#include <familiar/training/logistic_regression.hpp>
#include <familiar/training/temperature.hpp>

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <filesystem>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::plugin {

/// Multinomial logistic regression on the embeddings of an encoder that stays as it is: learns from a few examples in
/// seconds.
///
/// `prepare` embeds train, fits the head, and fits one head more for each fold that has not seen it: `out_of_fold`
/// gives every train example the prediction of a head that did not learn from it. The temperature is fitted on those.
/// The same train set gives the same predictions, for any number of threads.
template <encoder::TextEncoder Encoder> class LinearProbe {
  public:
    static constexpr std::string_view kName = "linear";

    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (std::string, model), (double, c), (std::size_t, folds),
                                 (bool, calibrate));
        /// `model`: the encoder's directory; `c`: weight of the loss against ½‖W‖², above 0; `folds`: at least 2;
        /// `calibrate`: fit a temperature on the out-of-fold logits.
        Parameters() : c(3.0), folds(5), calibrate(true) {}
        static constexpr std::string_view kArgument = "model";
    };

    /// Takes the encoder; the pool must outlive this. Throws `Error` (invalid_argument) that names the parameter.
    LinearProbe(Parameters parameters, Encoder encoder, ThreadPool& pool)
        : parameters_(std::move(parameters)), encoder_(std::move(encoder)), encoder_identity_(encoder_.identity()),
          pool_(&pool) {
        if (!(parameters_.c > 0.0) || !std::isfinite(parameters_.c)) {
            throw Error(ErrorCode::invalid_argument, "must be a number above 0", "linear.c");
        }
        if (parameters_.folds < 2) throw Error(ErrorCode::invalid_argument, "must be at least 2", "linear.folds");
    }

    /// Makes the encoder itself, of `parameters.model`.
    LinearProbe(const Parameters& parameters, ThreadPool& pool)
        requires requires(typename Encoder::Parameters p) {
            p.model = std::string();
            Encoder(p, pool);
        }
        : LinearProbe(parameters, make_encoder(parameters.model, pool), pool) {}

    /// With a head that was fitted before: `prepare` then leaves it as it is. Throws `Error` (malformed_model) where it
    /// was fitted on another encoder's embeddings.
    LinearProbe(Parameters parameters, LinearHead head, Encoder encoder, ThreadPool& pool)
        : LinearProbe(std::move(parameters), std::move(encoder), pool) {
        if (head.encoder != encoder_identity_ || head.model.features != encoder_.dimension()) {
            throw Error(ErrorCode::malformed_model,
                        "the head was fitted on the embeddings of " + head.encoder + ", not on those of " +
                            encoder_identity_,
                        std::string(kName), "Fit it again");
        }
        head_ = std::move(head);
        loaded_ = true;
    }

    /// Throws `Error`: malformed_task for a task without labels, empty_data without train, malformed_row and
    /// unknown_label for an example without a label of the task; unknown_label where a loaded head has other labels.
    /// Classes with a single example or none are taken as they come. A loaded head needs no train; where train is
    /// given, its out-of-fold predictions are made. Cancellation throws `Error` (cancelled) and may come between two
    /// fits, which leaves the probe to be prepared again.
    void prepare(const Task& task, std::span<const Example> train, const ProgressSink& progress = {},
                 const Cancellation* cancellation = nullptr) {
        require_labels(task, kName);
        if (loaded_) {
            if (head_->labels != task.labels)
                map_labels(head_->labels, task, std::string(kName)); // names the difference
            if (head_->labels != task.labels) {
                throw Error(ErrorCode::unknown_label, "the head's labels stand in another order than the task's",
                            std::string(kName), "Fit it again");
            }
        }
        out_of_fold_.clear();
        if (train.empty()) {
            if (loaded_) return;
            throw Error(ErrorCode::empty_data, "no examples to learn from", std::string(kName),
                        "The plug-in needs a train split with labels");
        }
        const auto labels = label_indices(task, train);
        const std::vector<float> values = embed(train, progress, cancellation);
        const tensor::MatrixView<const float> rows(values.data(), train.size(), encoder_.dimension());
        training::LogisticOptions options;
        options.c = parameters_.c;
        options.tolerance = kTolerance;
        options.cancellation = cancellation;
        const std::size_t fits = std::min(parameters_.folds, train.size()) + (loaded_ ? 0 : 1);
        std::size_t fitted_so_far = 0;
        const auto fitted_one = [&] {
            if (progress) progress({"fit", ++fitted_so_far, fits});
        };
        if (!loaded_) {
            std::vector<std::size_t> all(train.size());
            std::iota(all.begin(), all.end(), std::size_t{0});
            LinearHead head;
            head.model = training::fit_logistic(rows, labels, task.labels.size(), all, *pool_, options);
            head.labels = task.labels;
            head.encoder = encoder_identity_;
            head_ = std::move(head);
            fitted_one();
        }
        auto logits = training::out_of_fold_logits(rows, labels, task.labels.size(), parameters_.folds, *pool_, options,
                                                   &head_->model, fitted_one);
        if (!loaded_ && parameters_.calibrate && train.size() > 1) {
            const tensor::MatrixView<const double> view(logits.data(), train.size(), task.labels.size());
            const auto fitted = training::fit_temperature(view, labels);
            // At a bound there is nothing to learn from: every row right would mean certainty without end.
            if (!fitted.at_bound) head_->temperature = fitted.value;
        }
        out_of_fold_.reserve(train.size());
        for (std::size_t i = 0; i < train.size(); ++i) {
            out_of_fold_.push_back(prediction(std::span(logits).subspan(i * task.labels.size(), task.labels.size())));
        }
    }

    /// Throws `Error` (invalid_argument) before `prepare`, and what the encoder throws. Memory is bounded.
    [[nodiscard]] std::vector<Prediction> predict(std::span<const Example> examples) {
        constexpr std::size_t kRows = 4096;
        const auto& head = this->head();
        std::vector<Prediction> predictions;
        predictions.reserve(examples.size());
        std::vector<double> logits(head.model.classes);
        for (std::size_t first = 0; first < examples.size(); first += kRows) {
            const auto some = examples.subspan(first, std::min(kRows, examples.size() - first));
            const std::vector<float> values = embed(some);
            const tensor::MatrixView<const float> rows(values.data(), some.size(), encoder_.dimension());
            for (std::size_t i = 0; i < some.size(); ++i) {
                head.model.logits(rows[i], logits);
                predictions.push_back(prediction(logits));
            }
        }
        return predictions;
    }

    /// One prediction a train example, in order, by heads that have not seen it.
    [[nodiscard]] std::span<const Prediction> out_of_fold() const noexcept { return out_of_fold_; }

    /// The fitted head, to be saved. Throws `Error` (invalid_argument) before `prepare`.
    [[nodiscard]] const LinearHead& head() const {
        if (!head_) throw Error(ErrorCode::invalid_argument, "it is used before prepare", std::string(kName));
        return *head_;
    }

    [[nodiscard]] Encoder& encoder() noexcept { return encoder_; }
    [[nodiscard]] const Parameters& parameters() const noexcept { return parameters_; }
    [[nodiscard]] std::string identity() const {
        return std::string(kName) + "(" + encoder_identity_ + ", C " + std::to_string(parameters_.c) + ", " +
               std::to_string(parameters_.folds) + " folds" + (parameters_.calibrate ? ", calibrated)" : ")");
    }

  private:
    /// Rows embedded between two looks at progress and cancellation; enough to fill any batch.
    static constexpr std::size_t kChunk = 512;
    /// Coefficients to a thousandth: no prediction is known better than that. Half the passes of a fit to 1e-5.
    static constexpr double kTolerance = 1e-3;

    static Encoder make_encoder(const std::string& model, ThreadPool& pool)
        requires requires { typename Encoder::Parameters; }
    {
        typename Encoder::Parameters p;
        p.model = model;
        return Encoder(p, pool);
    }

    [[nodiscard]] static std::vector<std::size_t> label_indices(const Task& task, std::span<const Example> train) {
        std::vector<std::size_t> indices;
        indices.reserve(train.size());
        for (const auto& example : train) {
            if (!example.label) {
                throw Error(ErrorCode::malformed_row, "the train example " + example.id + " has no label",
                            std::string(kName), "The plug-in learns from labelled examples only");
            }
            const auto index = task.label_index(*example.label);
            if (!index) {
                throw Error(ErrorCode::unknown_label,
                            "\"" + *example.label + "\" of the train example " + example.id +
                                " is no label of the task",
                            std::string(kName), "Its labels are " + detail::listing(task.labels));
            }
            indices.push_back(*index);
        }
        return indices;
    }

    [[nodiscard]] std::vector<float> embed(std::span<const Example> examples, const ProgressSink& progress = {},
                                           const Cancellation* cancellation = nullptr) {
        const std::size_t dimension = encoder_.dimension();
        std::vector<float> values(examples.size() * dimension);
        for (std::size_t first = 0; first < examples.size(); first += kChunk) {
            if (cancellation != nullptr) cancellation->throw_if_requested();
            const auto some = examples.subspan(first, std::min(kChunk, examples.size() - first));
            encoder_.embed(some, {values.data() + first * dimension, some.size(), dimension});
            if (progress) progress({"embed", first + some.size(), examples.size()});
        }
        return values;
    }

    [[nodiscard]] Prediction prediction(std::span<const double> logits) const {
        Prediction p;
        p.distribution.assign(logits.begin(), logits.end());
        for (double& z : p.distribution) z /= head_->temperature;
        softmax(p.distribution, p.distribution);
        const auto best = std::max_element(p.distribution.begin(), p.distribution.end());
        p.label = static_cast<std::size_t>(best - p.distribution.begin());
        p.confidence = *best;
        return p;
    }

    Parameters parameters_;
    Encoder encoder_;
    std::string encoder_identity_;
    ThreadPool* pool_;
    std::optional<LinearHead> head_;
    bool loaded_ = false;
    std::vector<Prediction> out_of_fold_;
};

} // namespace familiar::plugin
