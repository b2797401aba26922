#pragma once

#include <familiar/core/example.hpp>
#include <familiar/core/task.hpp>
#include <familiar/demonstration/demonstration_selector.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace familiar::demonstration {

/// What an LLM said of one example before a run, for a selector.
struct LlmWord {
    std::optional<std::size_t> label; ///< index into the task's labels; none where the reply is no label
    std::vector<double> distribution; ///< one probability a label, sum 1; empty where the labels were not scored
    bool failed = false;              ///< nothing is known: the request failed

    friend bool operator==(const LlmWord&, const LlmWord&) = default;
};

/// Capability: wants to hear, before `prepare`, what the LLM says of some examples of the pool where nothing is shown.
/// `asks_about` gives their positions (none: it does not want to), and `learn_words` is told as many words.
template <class S>
concept AsksAboutPool =
    DemonstrationSelector<S> && requires(S& s, const Task& task, std::span<const Example> pool, std::uint64_t seed,
                                         std::span<const std::size_t> positions, std::span<const LlmWord> words) {
        { s.asks_about(task, pool, seed) } -> std::same_as<std::vector<std::size_t>>;
        { s.learn_words(positions, words) } -> std::same_as<void>;
    };

/// Capability: wants to hear, after `prepare`, what the LLM says of some examples of the pool with its selection in
/// each of several orders. `trials(count)` tells how many orders of a selection of `count` there are to try (0: none)
/// and about which examples; `show_order` shows one from now on; `best_order` chooses by one word an example of each
/// order.
struct OrderTrials {
    std::size_t orders = 0;
    std::vector<std::size_t> probes; ///< positions in the pool, none of them in the selection
};

template <class S>
concept TriesOrders = DemonstrationSelector<S> && requires(S& s, std::size_t count, std::size_t order,
                                                           std::span<const std::vector<LlmWord>> words) {
    { s.trials(count) } -> std::same_as<OrderTrials>;
    { s.show_order(order) } -> std::same_as<void>;
    { s.best_order(words) } -> std::same_as<std::size_t>;
};

} // namespace familiar::demonstration
