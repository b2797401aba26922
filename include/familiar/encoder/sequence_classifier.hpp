#pragma once

#include <familiar/core/error.hpp>
#include <familiar/core/reflection.hpp>
#include <familiar/core/softmax.hpp>
#include <familiar/core/thread_pool.hpp>
#include <familiar/encoder/encoder_model.hpp>
#include <familiar/encoder/text_batcher.hpp>
#include <familiar/encoder/transformer.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::encoder {

/// Softmax (single label) or sigmoids (multi label) of a row of logits, in f64; regression leaves them as they are.
inline void logits_to_probabilities(ProblemType problem, std::span<const float> logits,
                                    std::span<double> out) noexcept {
    if (problem == ProblemType::single_label) {
        std::copy(logits.begin(), logits.end(), out.begin());
        softmax(out, out);
        return;
    }
    for (std::size_t j = 0; j < logits.size(); ++j) {
        const double x = logits[j];
        out[j] = problem == ProblemType::multi_label ? 1.0 / (1.0 + std::exp(-x)) : x;
    }
}

/// A Hugging Face directory with a classification head: logits and probabilities of texts and pairs. What the head
/// reads and which layers it has is the family's (HeadDescription); for BERT the pooler and a linear layer.
///
/// Sharing, threads and memory as for SentenceEncoder.
template <kernels::KernelBackend Kernels> class SequenceClassifier {
  public:
    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (std::string, model), (std::size_t, max_length), (std::size_t, batch),
                                 (std::string, precision));
        /// As SentenceEncoder's.
        Parameters() : max_length(0), batch(0) {}
        static constexpr std::string_view kArgument = "model";
    };

    /// Loads `parameters.model`. Throws `Error` that names the file; unsupported_model where it has no head.
    SequenceClassifier(Parameters parameters, ThreadPool& pool, Kernels kernels = {})
        : SequenceClassifier(EncoderModel::load(parameters.model, pool, parse_precision(parameters.precision)),
                             parameters, pool, std::move(kernels)) {}

    /// The same over a model that is loaded already; `parameters.model` and `parameters.precision` are not looked at.
    SequenceClassifier(std::shared_ptr<const EncoderModel> model, const Parameters& parameters, ThreadPool& pool,
                       Kernels kernels = {})
        : model_(std::move(model)), pool_(&pool), kernels_(std::move(kernels)), batch_(parameters.batch),
          max_length_(model_->resolve_max_length(parameters.max_length)) {
        read_head();
        work_ = std::make_unique<Work>(*this);
    }

    SequenceClassifier(const SequenceClassifier& other)
        : model_(other.model_), pool_(other.pool_), kernels_(other.kernels_), batch_(other.batch_),
          max_length_(other.max_length_), problem_(other.problem_), labels_(other.labels_),
          work_(std::make_unique<Work>(*this)) {}
    SequenceClassifier(SequenceClassifier&&) noexcept = default;
    SequenceClassifier& operator=(SequenceClassifier other) noexcept {
        model_ = std::move(other.model_);
        pool_ = other.pool_;
        kernels_ = std::move(other.kernels_);
        batch_ = other.batch_;
        max_length_ = other.max_length_;
        problem_ = other.problem_;
        labels_ = std::move(other.labels_);
        work_ = std::move(other.work_);
        return *this;
    }
    ~SequenceClassifier() = default;

    /// Names in the order of the outputs: id2label, else LABEL_0, LABEL_1 …
    [[nodiscard]] const std::vector<std::string>& labels() const noexcept { return labels_; }
    [[nodiscard]] ProblemType problem() const noexcept { return problem_; }
    [[nodiscard]] std::size_t max_length() const noexcept { return max_length_; }
    [[nodiscard]] const EncoderModel& model() const noexcept { return *model_; }

    /// Writes the head's outputs for example i to row i of `out` [examples, labels]. Throws `Error` (invalid_argument)
    /// for an `out` of another shape, numeric_failure where an output is NaN or infinite, and what the tokenizer
    /// throws.
    void logits(std::span<const Example> examples, tensor::MatrixView<float> out) {
        if (out.rows != examples.size() || out.columns != labels_.size()) {
            throw Error(ErrorCode::invalid_argument,
                        "the output has " + std::to_string(out.rows) + " rows of " + std::to_string(out.columns) +
                            ", not " + std::to_string(examples.size()) + " of " + std::to_string(labels_.size()));
        }
        work_->batcher.for_each_batch(examples, [&](const RaggedBatch& batch, std::size_t first) {
            for (std::size_t i = 0; i < batch.sequences(); ++i) {
                if (batch.length(i) == 0) throw Error(ErrorCode::invalid_argument, "a text without any token");
            }
            classify(batch, out.rows_from(first, batch.sequences()));
        });
        for (std::size_t i = 0; i < out.rows; ++i) {
            for (const float value : out[i]) {
                if (!std::isfinite(value)) {
                    throw Error(ErrorCode::numeric_failure, "the model's output is not finite",
                                model_->folder().string());
                }
            }
        }
    }

    /// The same as probabilities (for regression the values), [examples][labels].
    [[nodiscard]] std::vector<std::vector<double>> probabilities(std::span<const Example> examples) {
        std::vector<float> values(examples.size() * labels_.size());
        const tensor::MatrixView<float> rows(values.data(), examples.size(), labels_.size());
        logits(examples, rows);
        std::vector<std::vector<double>> out(examples.size(), std::vector<double>(labels_.size()));
        for (std::size_t i = 0; i < out.size(); ++i) logits_to_probabilities(problem_, rows[i], out[i]);
        return out;
    }

    [[nodiscard]] std::string identity() const {
        return "sequence-classifier(" + model_->identity() + ", " + std::to_string(max_length_) + " tokens, " +
               std::string(to_string(model_->precision())) + ")";
    }

  private:
    struct Work {
        TextBatcher batcher;
        Transformer<Kernels> transformer;
        tensor::AlignedBuffer<float> pooled, features;

        explicit Work(const SequenceClassifier& c)
            : batcher(*c.model_, *c.pool_, c.max_length_, c.batch_),
              transformer(c.model_->config(), c.model_->weights(), *c.pool_, c.kernels_) {}
    };

    void classify(const RaggedBatch& batch, tensor::MatrixView<float> out) {
        const auto& config = model_->config();
        const auto& weights = model_->weights();
        const auto& head = *weights.head;
        auto& transformer = work_->transformer;
        const std::size_t rows = batch.sequences();
        tensor::MatrixView<const float> pooled;
        if (config.head_pooling == Pooling::cls) {
            pooled = transformer.forward_first(batch);
        } else {
            const auto states = transformer.forward(batch);
            work_->pooled.resize(rows * config.hidden);
            const tensor::MatrixView<float> means(work_->pooled.data(), rows, config.hidden);
            for (std::size_t i = 0; i < rows; ++i) {
                pool_rows(kernels_, config.head_pooling, states.rows_from(batch.offsets[i], batch.length(i)),
                          means.row(i));
            }
            pooled = means;
        }
        work_->features.resize(rows * config.hidden);
        const tensor::MatrixView<float> features(work_->features.data(), rows, config.hidden);
        if (head.dense) {
            transformer.dense(*head.dense, config.head_activation, pooled, features);
        } else {
            transformer.dense(*weights.pooler, config.pooler_activation, pooled, features);
        }
        if (head.norm) transformer.norm(*head.norm, features, features);
        transformer.dense(head.classifier, kernels::Activation::none, features, out);
    }

    void read_head() {
        const auto& weights = model_->weights();
        const auto& config = model_->config();
        if (!weights.head || !(weights.head->dense || weights.pooler)) {
            const std::string_view missing = weights.head ? config.family->pooler.stem : config.family->head.classifier;
            throw Error(ErrorCode::unsupported_model,
                        "the model has no classification head (no " + std::string(missing) + " among its weights)",
                        model_->folder().string(), "Use a model fine-tuned for classification");
        }
        labels_ = config.labels;
        const std::size_t outputs = weights.head->classifier.outputs();
        for (std::size_t i = labels_.size(); i < outputs; ++i) labels_.push_back("LABEL_" + std::to_string(i));
        problem_ = config.problem.value_or(outputs == 1 ? ProblemType::regression : ProblemType::single_label);
        if (problem_ == ProblemType::single_label && outputs < 2) {
            throw Error(ErrorCode::malformed_model, "one label only for a single-label classification",
                        config.path.string(), "Check id2label and problem_type");
        }
        if (problem_ == ProblemType::regression && outputs != 1) {
            throw Error(ErrorCode::unsupported_model,
                        "a regression with " + std::to_string(outputs) + " outputs; one is known",
                        config.path.string());
        }
    }

    std::shared_ptr<const EncoderModel> model_;
    ThreadPool* pool_;
    Kernels kernels_;
    std::size_t batch_, max_length_;
    ProblemType problem_ = ProblemType::single_label;
    std::vector<std::string> labels_;
    std::unique_ptr<Work> work_;
};

} // namespace familiar::encoder
