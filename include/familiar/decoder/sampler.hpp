#pragma once

#include <familiar/core/random.hpp>
#include <familiar/decoder/sampling.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

namespace familiar::decoder {

/// Draws from logits: the same options, seed and logits give the same draws everywhere. Ties go to the lower index.
/// Allocates nothing once it has seen its largest vocabulary.
class Sampler {
  public:
    explicit Sampler(const SamplingOptions& options = {}) : options_(options), random_(options.seed, "sampling") {
        options_.check();
    }

    /// Starts again with other options, keeping the memory.
    void reset(const SamplingOptions& options) {
        options.check();
        options_ = options;
        random_ = Random(options.seed, "sampling");
        seen_.clear();
        is_seen_.assign(is_seen_.size(), false);
    }

    /// Takes tokens as ones that the penalty is for. Tokens are indices of the logits.
    void see(std::span<const std::int32_t> tokens) {
        if (options_.repetition_penalty == 1.0) return;
        for (const auto token : tokens) {
            const auto index = static_cast<std::size_t>(token);
            if (index >= is_seen_.size()) is_seen_.resize(index + 1, false);
            if (is_seen_[index]) continue;
            is_seen_[index] = true;
            seen_.push_back(index);
        }
    }

    /// Applies the penalty. O(tokens seen).
    void penalise(std::span<float> logits) const noexcept {
        const auto penalty = static_cast<float>(options_.repetition_penalty);
        for (const auto index : seen_) {
            float& logit = logits[index];
            logit = logit > 0.0F ? logit / penalty : logit * penalty;
        }
    }

    [[nodiscard]] bool is_greedy() const noexcept { return options_.temperature == 0.0 || options_.top_k == 1; }

    /// An index into `logits`, of which at least one is finite and none is above all numbers; minus infinity is never
    /// drawn, but where there is nothing else. O(n); O(n log n) with `top_p` below 1.
    [[nodiscard]] std::size_t draw(std::span<const float> logits) {
        if (is_greedy()) {
            return static_cast<std::size_t>(std::max_element(logits.begin(), logits.end()) - logits.begin());
        }
        if (!std::isfinite(*std::max_element(logits.begin(), logits.end()))) return 0;
        weigh(logits);
        limit();
        double sum = 0.0;
        for (const auto index : order_) sum += weights_[index];
        double left = random_.uniform() * sum;
        for (const auto index : order_) {
            left -= weights_[index];
            if (left < 0.0) return index;
        }
        return order_.back(); // rounding
    }

  private:
    /// Probabilities up to a common factor; the likeliest has 1.
    void weigh(std::span<const float> logits) {
        const double largest = static_cast<double>(*std::max_element(logits.begin(), logits.end()));
        weights_.resize(logits.size());
        for (std::size_t i = 0; i < logits.size(); ++i) {
            weights_[i] = std::exp((static_cast<double>(logits[i]) - largest) / options_.temperature);
        }
        order_.resize(logits.size());
        std::iota(order_.begin(), order_.end(), std::size_t{0});
        std::erase_if(order_, [&](std::size_t index) { return weights_[index] == 0.0; });
    }

    void limit() {
        const auto likelier = [&](std::size_t a, std::size_t b) {
            return weights_[a] != weights_[b] ? weights_[a] > weights_[b] : a < b;
        };
        if (options_.top_k != 0 && options_.top_k < order_.size()) {
            const auto end = order_.begin() + static_cast<std::ptrdiff_t>(options_.top_k);
            std::nth_element(order_.begin(), end, order_.end(), likelier);
            order_.erase(end, order_.end());
            std::sort(order_.begin(), order_.end());
        }
        if (options_.top_p < 1.0) {
            std::sort(order_.begin(), order_.end(), likelier);
            double sum = 0.0, reached = 0.0;
            for (const auto index : order_) sum += weights_[index];
            std::size_t count = 0;
            while (count < order_.size() && reached < options_.top_p * sum) reached += weights_[order_[count++]];
            order_.resize(std::max<std::size_t>(count, 1));
        }
        if (options_.min_p > 0.0) {
            std::erase_if(order_, [&](std::size_t index) { return weights_[index] < options_.min_p; });
        }
    }

    SamplingOptions options_;
    Random random_;
    std::vector<double> weights_;
    std::vector<std::size_t> order_, seen_;
    std::vector<bool> is_seen_;
};

} // namespace familiar::decoder
