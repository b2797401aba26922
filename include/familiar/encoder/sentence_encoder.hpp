#pragma once

#include <familiar/core/error.hpp>
#include <familiar/core/reflection.hpp>
#include <familiar/core/thread_pool.hpp>
#include <familiar/encoder/encoder_model.hpp>
#include <familiar/encoder/pooling.hpp>
#include <familiar/encoder/text_batcher.hpp>
#include <familiar/encoder/text_encoder.hpp>
#include <familiar/encoder/transformer.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace familiar::encoder {

/// Texts to vectors by a transformer encoder: the last layer's tokens pooled and, where asked for, scaled to length 1.
/// Models TextEncoder.
///
/// Copies share the model and have scratch memory of their own; one object serves one thread at a time and spreads its
/// work over the pool, which must outlive it. `embed` allocates nothing once it has seen its longest text and largest
/// batch. A row's vector does not depend on the other rows, the threads or `batch`, to the last bit.
template <kernels::KernelBackend Kernels> class SentenceEncoder {
  public:
    static constexpr std::string_view kName = "sentence-encoder";

    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (std::string, model), (std::string, pooling), (std::string, normalize),
                                 (std::size_t, max_length), (std::size_t, batch), (std::string, precision));
        /// `model`: directory; `pooling`: mean, cls, max, pooler; `normalize`: on, off; empty: what the directory says,
        /// else mean and off. `max_length`: tokens a text is cut at, 0 for the model's own; `batch`: texts in one
        /// forward pass at most, 0 for no limit but that of tokens; `precision`: f32 (also where empty), f16,
        /// bf16, int8.
        Parameters() : max_length(0), batch(0) {}
        static constexpr std::string_view kArgument = "model";
    };

    /// Loads `parameters.model`. Throws `Error` that names the file or the parameter.
    SentenceEncoder(Parameters parameters, ThreadPool& pool, Kernels kernels = {})
        : SentenceEncoder(EncoderModel::load(parameters.model, pool, parse_precision(parameters.precision)), parameters,
                          pool, std::move(kernels)) {}

    /// The same over a model that is loaded already; `parameters.model` and `parameters.precision` are not looked at.
    SentenceEncoder(std::shared_ptr<const EncoderModel> model, const Parameters& parameters, ThreadPool& pool,
                    Kernels kernels = {})
        : model_(std::move(model)), pool_(&pool), kernels_(std::move(kernels)), batch_(parameters.batch),
          max_length_(model_->resolve_max_length(parameters.max_length)),
          pooling_(parameters.pooling.empty() ? model_->settings().pooling.value_or(Pooling::mean)
                                              : parse_pooling(parameters.pooling)),
          normalise_(parameters.normalize.empty() ? model_->settings().normalise : parse_switch(parameters.normalize)) {
        if (pooling_ == Pooling::pooler && !model_->weights().pooler) {
            throw Error(ErrorCode::unsupported_model, "the model has no pooler", model_->folder().string(),
                        "Choose another pooling: mean, cls, max");
        }
        work_ = std::make_unique<Work>(*this);
    }

    SentenceEncoder(const SentenceEncoder& other)
        : model_(other.model_), pool_(other.pool_), kernels_(other.kernels_), batch_(other.batch_),
          max_length_(other.max_length_), pooling_(other.pooling_), normalise_(other.normalise_),
          work_(std::make_unique<Work>(*this)) {}
    SentenceEncoder(SentenceEncoder&&) noexcept = default;
    SentenceEncoder& operator=(SentenceEncoder other) noexcept {
        model_ = std::move(other.model_);
        pool_ = other.pool_;
        kernels_ = std::move(other.kernels_);
        batch_ = other.batch_;
        max_length_ = other.max_length_;
        pooling_ = other.pooling_;
        normalise_ = other.normalise_;
        work_ = std::move(other.work_);
        return *this;
    }
    ~SentenceEncoder() = default;

    [[nodiscard]] std::size_t dimension() const noexcept { return model_->config().hidden; }
    [[nodiscard]] std::size_t max_length() const noexcept { return max_length_; }
    [[nodiscard]] Pooling pooling() const noexcept { return pooling_; }
    [[nodiscard]] bool normalises() const noexcept { return normalise_; }
    [[nodiscard]] const EncoderModel& model() const noexcept { return *model_; }

    /// Writes the vector of example i to row i of `out` [examples, dimension()]. Memory is bounded for any number of
    /// rows. Throws `Error` (invalid_argument) for an `out` of another shape, and what the tokenizer throws.
    void embed(std::span<const Example> examples, tensor::MatrixView<float> out) {
        if (out.rows != examples.size() || out.columns != dimension()) {
            throw Error(ErrorCode::invalid_argument,
                        "the output has " + std::to_string(out.rows) + " rows of " + std::to_string(out.columns) +
                            ", not " + std::to_string(examples.size()) + " of " + std::to_string(dimension()));
        }
        work_->batcher.for_each_batch(examples, [&](const RaggedBatch& batch, std::size_t first) {
            pool(batch, out.rows_from(first, batch.sequences()));
        });
    }

    /// Model, pooling, normalisation, length and precision; kernels and threads are no part of it.
    [[nodiscard]] std::string identity() const {
        return std::string(kName) + "(" + model_->identity() + ", " + std::string(to_string(pooling_)) +
               (normalise_ ? ", normalised" : "") + ", " + std::to_string(max_length_) + " tokens, " +
               std::string(to_string(model_->precision())) + ")";
    }

  private:
    struct Work {
        TextBatcher batcher;
        Transformer<Kernels> transformer;

        explicit Work(const SentenceEncoder& e)
            : batcher(*e.model_, *e.pool_, e.max_length_, e.batch_),
              transformer(e.model_->config(), e.model_->weights(), *e.pool_, e.kernels_) {}
    };

    static bool parse_switch(std::string_view text) {
        if (text == "on") return true;
        if (text == "off") return false;
        throw Error(ErrorCode::invalid_argument, "\"" + std::string(text) + "\" is neither on nor off", "normalize");
    }

    void pool(const RaggedBatch& batch, tensor::MatrixView<float> out) {
        auto& transformer = work_->transformer;
        if (pooling_ == Pooling::pooler) {
            const auto first = transformer.forward_first(batch);
            transformer.dense(*model_->weights().pooler, model_->config().pooler_activation, first, out);
        } else if (pooling_ == Pooling::cls) {
            const auto first = transformer.forward_first(batch);
            std::copy(first.data, first.data + first.rows * first.columns, out.data);
        } else {
            const auto states = transformer.forward(batch);
            for (std::size_t i = 0; i < batch.sequences(); ++i) {
                pool_rows(kernels_, pooling_, states.rows_from(batch.offsets[i], batch.length(i)), out.row(i));
            }
        }
        if (normalise_) {
            for (std::size_t i = 0; i < out.rows; ++i) normalise_row(out.row(i), out.columns);
        }
    }

    std::shared_ptr<const EncoderModel> model_;
    ThreadPool* pool_;
    Kernels kernels_;
    std::size_t batch_, max_length_;
    Pooling pooling_;
    bool normalise_;
    std::unique_ptr<Work> work_;
};

} // namespace familiar::encoder
