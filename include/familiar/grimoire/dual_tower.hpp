#pragma once

#include <familiar/core/error.hpp>
#include <familiar/core/random.hpp>
#include <familiar/retrieval/unit_rows.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace familiar::grimoire {

/// Says how likely an LLM is right about a question with a grimoire: SLEICL's dual-tower classifier (arXiv 2401.03385,
/// section 3.3), with its defects mended.
///
/// One tower reads the context (question, LLM), the other one the grimoire, each a linear layer and ReLU; what they say
/// meets as both and their product, and a linear layer gives the logit. The published one attends over the two towers
/// with a softmax that runs over the batch instead of them, and applies the sigmoid twice in training; here the loss is
/// that of the logit, and the product stands for the attention. Features are standardised on the training rows.
///
/// Trained with Adam (arXiv 1412.6980) on the cross-entropy with a weight decay; of several epochs the one that is best
/// on the validation rows is kept. The same rows and seed give the same weights. Forward: O(hidden · (context +
/// grimoire)).
class DualTower {
  public:
    struct Shape {
        std::size_t context = 0, grimoire = 0; ///< features
        std::size_t hidden = 48;               ///< of each tower
        friend bool operator==(const Shape&, const Shape&) = default;
    };

    struct Training {
        std::size_t epochs = 6, batch = 128; // 27,000 outcomes need no more, and few ones want other settings
        float rate = 1e-3F, decay = 1e-2F;
        std::uint64_t seed = 0;
    };

    /// Rows of features and whether the LLM was right. Spans are of the shape's sizes.
    struct Row {
        std::span<const float> context, grimoire;
        bool right = false;
    };

    DualTower() = default;
    explicit DualTower(Shape shape) : shape_(shape) {
        weights_.assign(size(), 0.0F);
        mean_.assign(shape.context + shape.grimoire, 0.0F);
        scale_.assign(shape.context + shape.grimoire, 1.0F);
    }

    [[nodiscard]] const Shape& shape() const noexcept { return shape_; }

    /// Probability that the LLM is right, in [0, 1]. Throws Error (invalid_argument) for features of another size.
    [[nodiscard]] double probability(std::span<const float> context, std::span<const float> grimoire) const {
        if (context.size() != shape_.context || grimoire.size() != shape_.grimoire)
            throw Error(ErrorCode::invalid_argument, "features of another size than the classifier was made for");
        Work work(shape_);
        return 1.0 / (1.0 + std::exp(-static_cast<double>(forward({context, grimoire, false}, work))));
    }

    /// Learns from `train`; keeps the weights of the epoch with the least loss on `validation` (of the last one where
    /// it is empty) and gives that loss. O(epochs · rows · hidden · features). Throws Error (empty_data) without rows.
    double fit(std::span<const Row> train, std::span<const Row> validation, const Training& how) {
        if (train.empty()) throw Error(ErrorCode::empty_data, "a classifier cannot be trained on no rows");
        standardise(train);
        Random random(how.seed, "grimoire/dual tower");
        initialise(random);
        std::vector<float> first(size(), 0.0F), second(size(), 0.0F), gradient(size(), 0.0F), best = weights_;
        Work work(shape_);
        double least = loss(validation.empty() ? train : validation);
        std::uint64_t step = 0;
        for (std::size_t epoch = 0; epoch < how.epochs; ++epoch) {
            const auto order = random.permutation(train.size());
            for (std::size_t begin = 0; begin < order.size(); begin += std::max<std::size_t>(how.batch, 1)) {
                const std::size_t end = std::min(begin + std::max<std::size_t>(how.batch, 1), order.size());
                std::fill(gradient.begin(), gradient.end(), 0.0F);
                for (std::size_t i = begin; i < end; ++i)
                    backward(train[order[i]], 1.0F / static_cast<float>(end - begin), work, gradient);
                update(gradient, first, second, ++step, how);
            }
            const double now = loss(validation.empty() ? train : validation);
            if (now >= least && !validation.empty()) continue;
            least = now;
            best = weights_;
        }
        weights_ = std::move(best);
        return least;
    }

    /// Mean cross-entropy of rows, in nats.
    [[nodiscard]] double loss(std::span<const Row> rows) const {
        Work work(shape_);
        double sum = 0.0;
        for (const Row& row : rows) {
            const double logit = forward(row, work), signed_logit = row.right ? logit : -logit;
            sum += signed_logit > 0 ? std::log1p(std::exp(-signed_logit))
                                    : -signed_logit + std::log1p(std::exp(signed_logit));
        }
        return rows.empty() ? 0.0 : sum / static_cast<double>(rows.size());
    }

    /// Everything that was learnt, for a file; `from_values` is the inverse.
    [[nodiscard]] std::vector<float> values() const {
        std::vector<float> all = weights_;
        all.insert(all.end(), mean_.begin(), mean_.end());
        all.insert(all.end(), scale_.begin(), scale_.end());
        return all;
    }

    /// Throws Error (malformed_model) for a number of values that the shape does not have.
    [[nodiscard]] static DualTower from_values(Shape shape, const std::vector<float>& values) {
        DualTower tower(shape);
        const std::size_t features = shape.context + shape.grimoire;
        if (values.size() != tower.size() + 2 * features)
            throw Error(ErrorCode::malformed_model, "the classifier has " + std::to_string(values.size()) +
                                                        " values, its shape needs " +
                                                        std::to_string(tower.size() + 2 * features));
        const auto at = [&](std::size_t i) { return values.begin() + static_cast<std::ptrdiff_t>(i); };
        tower.weights_.assign(at(0), at(tower.size()));
        tower.mean_.assign(at(tower.size()), at(tower.size() + features));
        tower.scale_.assign(at(tower.size() + features), values.end());
        return tower;
    }

  private:
    struct Work {
        explicit Work(const Shape& shape)
            : input(shape.context + shape.grimoire), hidden(2 * shape.hidden), back(2 * shape.hidden) {}
        std::vector<float> input, hidden, back;
    };

    /// Where each layer's weights begin: two towers with biases, then both halves, their product, and the last bias.
    [[nodiscard]] std::size_t tower_at(bool of_grimoire) const noexcept {
        return of_grimoire ? shape_.hidden * (shape_.context + 1) : 0;
    }
    [[nodiscard]] std::size_t head_at() const noexcept {
        return shape_.hidden * (shape_.context + shape_.grimoire + 2);
    }
    [[nodiscard]] std::size_t size() const noexcept { return head_at() + 3 * shape_.hidden + 1; }

    void standardise(std::span<const Row> rows) {
        const std::size_t features = mean_.size();
        std::vector<double> sum(features, 0.0), squares(features, 0.0);
        for (const Row& row : rows) {
            for (std::size_t i = 0; i < features; ++i) {
                const double x = i < shape_.context ? row.context[i] : row.grimoire[i - shape_.context];
                sum[i] += x;
                squares[i] += x * x;
            }
        }
        for (std::size_t i = 0; i < features; ++i) {
            const double n = static_cast<double>(rows.size()), mean = sum[i] / n;
            const double variance = std::max(squares[i] / n - mean * mean, 0.0);
            mean_[i] = static_cast<float>(mean);
            scale_[i] =
                variance > 1e-12 ? static_cast<float>(1.0 / std::sqrt(variance)) : 0.0F; // constants say nothing
        }
    }

    void initialise(Random& random) {
        const auto fill = [&](std::size_t begin, std::size_t count,
                              std::size_t inputs) { // He (arXiv 1502.01852), uniform
            const double bound = std::sqrt(6.0 / static_cast<double>(std::max<std::size_t>(inputs, 1)));
            for (std::size_t i = 0; i < count; ++i)
                weights_[begin + i] = static_cast<float>((2.0 * random.uniform() - 1.0) * bound);
        };
        std::fill(weights_.begin(), weights_.end(), 0.0F);
        fill(tower_at(false), shape_.hidden * shape_.context, shape_.context * 4); // small: features are many, rows few
        fill(tower_at(true), shape_.hidden * shape_.grimoire, shape_.grimoire * 4);
        fill(head_at(), 3 * shape_.hidden, 3 * shape_.hidden * 4);
    }

    [[nodiscard]] float forward(const Row& row, Work& work) const {
        const std::size_t h = shape_.hidden;
        for (std::size_t i = 0; i < work.input.size(); ++i) {
            const float x = i < shape_.context ? row.context[i] : row.grimoire[i - shape_.context];
            work.input[i] = (x - mean_[i]) * scale_[i];
        }
        for (const bool of_grimoire : {false, true}) {
            const std::size_t n = of_grimoire ? shape_.grimoire : shape_.context;
            const float* const input = work.input.data() + (of_grimoire ? shape_.context : 0);
            const float* const w = weights_.data() + tower_at(of_grimoire);
            for (std::size_t j = 0; j < h; ++j) {
                const auto sum = w[h * n + j] + static_cast<float>(retrieval::dot(w + j * n, input, n));
                work.hidden[(of_grimoire ? h : 0) + j] = std::max(sum, 0.0F);
            }
        }
        const float* const head = weights_.data() + head_at();
        float logit = head[3 * h];
        for (std::size_t j = 0; j < h; ++j) {
            const float c = work.hidden[j], g = work.hidden[h + j];
            logit += head[j] * c + head[h + j] * g + head[2 * h + j] * c * g;
        }
        return logit;
    }

    void backward(const Row& row, float share, Work& work, std::vector<float>& gradient) const {
        const std::size_t h = shape_.hidden;
        const float logit = forward(row, work);
        const float error = share * (1.0F / (1.0F + std::exp(-logit)) - (row.right ? 1.0F : 0.0F));
        const float* const head = weights_.data() + head_at();
        float* const to_head = gradient.data() + head_at();
        to_head[3 * h] += error;
        for (std::size_t j = 0; j < h; ++j) {
            const float c = work.hidden[j], g = work.hidden[h + j];
            to_head[j] += error * c;
            to_head[h + j] += error * g;
            to_head[2 * h + j] += error * c * g;
            work.back[j] = c > 0.0F ? error * (head[j] + head[2 * h + j] * g) : 0.0F;
            work.back[h + j] = g > 0.0F ? error * (head[h + j] + head[2 * h + j] * c) : 0.0F;
        }
        for (const bool of_grimoire : {false, true}) {
            const std::size_t n = of_grimoire ? shape_.grimoire : shape_.context;
            const float* const input = work.input.data() + (of_grimoire ? shape_.context : 0);
            float* const to = gradient.data() + tower_at(of_grimoire);
            for (std::size_t j = 0; j < h; ++j) {
                const float back = work.back[(of_grimoire ? h : 0) + j];
                if (back == 0.0F) continue;
                for (std::size_t i = 0; i < n; ++i) to[j * n + i] += back * input[i];
                to[h * n + j] += back;
            }
        }
    }

    void update(const std::vector<float>& gradient, std::vector<float>& first, std::vector<float>& second,
                std::uint64_t step, const Training& how) {
        constexpr float kFirst = 0.9F, kSecond = 0.999F, kSmall = 1e-8F; // as the paper has them
        const float first_bias = 1.0F - std::pow(kFirst, static_cast<float>(step));
        const float second_bias = 1.0F - std::pow(kSecond, static_cast<float>(step));
        for (std::size_t i = 0; i < weights_.size(); ++i) {
            first[i] = kFirst * first[i] + (1.0F - kFirst) * gradient[i];
            second[i] = kSecond * second[i] + (1.0F - kSecond) * gradient[i] * gradient[i];
            const float move = first[i] / first_bias / (std::sqrt(second[i] / second_bias) + kSmall);
            weights_[i] -= how.rate * (move + how.decay * weights_[i]);
        }
    }

    Shape shape_;
    std::vector<float> weights_, mean_, scale_;
};

} // namespace familiar::grimoire
