#pragma once

#include <familiar/core/error.hpp>
#include <familiar/core/reflection.hpp>
#include <familiar/core/softmax.hpp>
#include <familiar/core/thread_pool.hpp>
#include <familiar/encoder/sequence_classifier.hpp>
#include <familiar/plugin/label_map.hpp>
#include <familiar/plugin/plugin_model.hpp>
#include <familiar/training/temperature.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::plugin {

/// A directory with a classification head of its own, fine-tuned elsewhere. Learns nothing from train.
template <kernels::KernelBackend Kernels> class EncoderClassifier {
  public:
    static constexpr std::string_view kName = "encoder";

    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (std::string, model), (std::size_t, max_length), (std::size_t, batch),
                                 (double, temperature), (std::string, precision));
        /// `model`: directory; `max_length`, `batch`, `precision`: as SentenceEncoder's; `temperature`: divides the
        /// logits, fitted by `training::fit_temperature` on rows that the model has not seen.
        Parameters() : max_length(0), batch(0), temperature(1.0) {}
        static constexpr std::string_view kArgument = "model";
    };

    /// Loads the model. Throws `Error` that names the file or the parameter; unsupported_model where the head is not
    /// one of a single label.
    EncoderClassifier(Parameters parameters, ThreadPool& pool, Kernels kernels = {})
        : parameters_(std::move(parameters)),
          classifier_(classifier_parameters(parameters_), pool, std::move(kernels)) {
        if (!(parameters_.temperature > 0.0) || !std::isfinite(parameters_.temperature)) {
            throw Error(ErrorCode::invalid_argument, "must be a number above 0", "encoder.temperature");
        }
        if (classifier_.problem() != encoder::ProblemType::single_label) {
            throw Error(ErrorCode::unsupported_model,
                        "the head is one for " + std::string(to_string(classifier_.problem())) +
                            "; a plug-in gives one label",
                        classifier_.model().config().path.string());
        }
    }

    /// Matches the model's labels with the task's (see `map_labels`); `train` is not looked at. Throws `Error`
    /// (unknown_label, malformed_task).
    void prepare(const Task& task, std::span<const Example>) {
        require_labels(task, kName);
        places_ = map_labels(classifier_.labels(), task, classifier_.model().config().path.string());
    }

    /// Throws `Error` (invalid_argument) before `prepare`, and what the classifier throws.
    [[nodiscard]] std::vector<Prediction> predict(std::span<const Example> examples) {
        if (places_.empty()) throw Error(ErrorCode::invalid_argument, "predict is called before prepare", "encoder");
        const std::size_t labels = places_.size();
        std::vector<float> logits(examples.size() * labels);
        classifier_.logits(examples, {logits.data(), examples.size(), labels});
        std::vector<Prediction> predictions(examples.size());
        for (std::size_t i = 0; i < examples.size(); ++i) {
            auto& p = predictions[i];
            p.distribution.resize(labels);
            for (std::size_t j = 0; j < labels; ++j) {
                p.distribution[places_[j]] = static_cast<double>(logits[i * labels + j]) / parameters_.temperature;
            }
            softmax(p.distribution, p.distribution);
            const auto best = std::max_element(p.distribution.begin(), p.distribution.end());
            p.label = static_cast<std::size_t>(best - p.distribution.begin());
            p.confidence = *best;
        }
        return predictions;
    }

    [[nodiscard]] const Parameters& parameters() const noexcept { return parameters_; }
    [[nodiscard]] std::string identity() const {
        std::string text = std::string(kName) + "(" + classifier_.identity();
        if (parameters_.temperature != 1.0) text += ", temperature " + std::to_string(parameters_.temperature);
        return text + ")";
    }

  private:
    using Classifier = encoder::SequenceClassifier<Kernels>;

    static typename Classifier::Parameters classifier_parameters(const Parameters& p) {
        typename Classifier::Parameters out;
        out.model = p.model;
        out.max_length = p.max_length;
        out.batch = p.batch;
        out.precision = p.precision;
        return out;
    }

    Parameters parameters_;
    Classifier classifier_;
    std::vector<std::size_t> places_; ///< of the model's labels among the task's
};

} // namespace familiar::plugin
