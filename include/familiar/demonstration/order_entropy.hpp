#pragma once

#include <familiar/core/random.hpp>
#include <familiar/demonstration/asks_llm.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <numeric>
#include <optional>
#include <span>
#include <vector>

/// Which order of demonstrations an LLM is least led astray by, told without labels (Lu et al., "Fantastically ordered
/// prompts and where to find them", arXiv 2104.08786, section 3).
namespace familiar::demonstration {

/// Σ −p log p of a distribution, in nats; probabilities of 0 add nothing.
[[nodiscard]] inline double entropy(std::span<const double> p) noexcept {
    double sum = 0.0;
    for (const double x : p) sum -= x > 0.0 ? x * std::log(x) : 0.0;
    return sum;
}

/// GlobalE: entropy of how often each label is said. An order that has the LLM say one label of everything has 0.
/// Words without a label are left out; 0 where there is none other.
[[nodiscard]] inline double global_entropy(std::span<const LlmWord> words) {
    std::map<std::size_t, double> count;
    double said = 0.0;
    for (const auto& word : words) {
        if (!word.label) continue;
        count[*word.label] += 1.0;
        said += 1.0;
    }
    std::vector<double> shares;
    for (const auto& [label, times] : count) shares.push_back(times / said);
    return entropy(shares);
}

/// LocalE: mean entropy of the distributions: an order that makes the LLM too sure of everything has little. Nothing
/// where no word has a distribution.
[[nodiscard]] inline std::optional<double> local_entropy(std::span<const LlmWord> words) {
    double sum = 0.0, known = 0.0;
    for (const auto& word : words) {
        if (word.distribution.empty()) continue;
        sum += entropy(word.distribution);
        known += 1.0;
    }
    return known > 0.0 ? std::optional(sum / known) : std::nullopt;
}

/// At most `wanted` distinct orders of `size` things, the one that they stand in first, the others drawn at random; all
/// there are where those are fewer.
[[nodiscard]] inline std::vector<std::vector<std::size_t>> some_orders(std::size_t size, std::size_t wanted,
                                                                       std::uint64_t seed) {
    std::vector<std::size_t> order(size);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::vector<std::vector<std::size_t>> orders;
    std::size_t all = 1;
    for (std::size_t i = 2; i <= size && all <= wanted; ++i) all *= i;
    if (all <= wanted) {
        do orders.push_back(order);
        while (std::next_permutation(order.begin(), order.end()));
        return orders;
    }
    Random random(seed, "demonstration/orders");
    while (orders.size() < wanted) {
        if (std::find(orders.begin(), orders.end(), order) == orders.end()) orders.push_back(order);
        random.shuffle(std::span(order));
    }
    return orders;
}

} // namespace familiar::demonstration
