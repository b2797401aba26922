#pragma once

#include <familiar/core/result.hpp>
#include <familiar/decoder/generation.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace familiar::decoder {

/// The `count` likeliest tokens with their natural log-probabilities, best first, ties by id; all where there are
/// fewer. Sums in double. O(n log count).
inline std::vector<TokenLogprob> top_logprobs(std::span<const float> logits, std::size_t count) {
    std::vector<std::int32_t> order(logits.size());
    std::iota(order.begin(), order.end(), 0);
    count = std::min(count, order.size());
    std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count), order.end(),
                      [&](std::int32_t a, std::int32_t b) {
                          const float x = logits[static_cast<std::size_t>(a)], y = logits[static_cast<std::size_t>(b)];
                          return x != y ? x > y : a < b;
                      });
    std::vector<TokenLogprob> top;
    if (count == 0) return top;
    const double largest = static_cast<double>(logits[static_cast<std::size_t>(order.front())]);
    double sum = 0.0;
    for (const float logit : logits) sum += std::exp(static_cast<double>(logit) - largest);
    top.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        const double logit = static_cast<double>(logits[static_cast<std::size_t>(order[i])]);
        top.push_back({order[i], logit - largest - std::log(sum)});
    }
    return top;
}

/// The likeliest tokens after a row of a model's last pass.
template <class Model> std::vector<TokenLogprob> top_of_row(Model& model, std::size_t row, std::size_t count) {
    std::vector<float> logits(model.shape().vocabulary);
    model.logits(std::span<const std::size_t>(&row, 1), {logits.data(), 1, logits.size()});
    return top_logprobs(logits, count);
}

/// A failure that names the first id outside the vocabulary.
inline std::optional<Failure> find_unknown_token(std::span<const std::int32_t> tokens, std::size_t vocabulary) {
    for (const auto token : tokens) {
        if (token < 0 || static_cast<std::size_t>(token) >= vocabulary) {
            return Failure{ErrorCode::invalid_token, "token " + std::to_string(token) +
                                                         " is outside the vocabulary of " + std::to_string(vocabulary) +
                                                         " tokens"};
        }
    }
    return std::nullopt;
}

} // namespace familiar::decoder
