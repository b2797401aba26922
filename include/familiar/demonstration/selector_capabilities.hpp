#pragma once

#include <familiar/demonstration/asks_llm.hpp>
#include <familiar/demonstration/demonstration_selector.hpp>
#include <familiar/demonstration/ranks_demonstrations.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

/// What a selector can do, asked by those that hold one of any type: known at compile time, or told by an erased one at
/// run time. What it cannot do has the answer of one that does not want to. Each function costs nothing where the type
/// alone tells.
namespace familiar::demonstration {

/// Best first, where the selector ranks; else in the order shown.
template <DemonstrationSelector S>
[[nodiscard]] std::vector<std::vector<std::size_t>> ranked_by(S& selector, std::span<const Example> queries,
                                                              std::size_t count) {
    if constexpr (RanksDemonstrations<S>) {
        return selector.rank(queries, count);
    } else {
        return selector.select(queries, count);
    }
}

template <DemonstrationSelector S> [[nodiscard]] bool shows_best_last(const S& selector) {
    if constexpr (RanksDemonstrations<S>) {
        return selector.best_last();
    } else {
        return false;
    }
}

template <DemonstrationSelector S> [[nodiscard]] bool wants_predictions(const S& selector) {
    if constexpr (LearnsPredictions<S>) {
        return selector.wants_predictions();
    } else {
        return false;
    }
}

template <DemonstrationSelector S>
void tell_predictions(S& selector, [[maybe_unused]] std::span<const Prediction> predictions) {
    if constexpr (LearnsPredictions<S>) selector.learn(predictions);
}

template <DemonstrationSelector S>
[[nodiscard]] std::vector<std::size_t> asks_about(S& selector, [[maybe_unused]] const Task& task,
                                                  [[maybe_unused]] std::span<const Example> pool,
                                                  [[maybe_unused]] std::uint64_t seed) {
    if constexpr (AsksAboutPool<S>) {
        return selector.asks_about(task, pool, seed);
    } else {
        return {};
    }
}

template <DemonstrationSelector S>
void tell_words(S& selector, [[maybe_unused]] std::span<const std::size_t> positions,
                [[maybe_unused]] std::span<const LlmWord> words) {
    if constexpr (AsksAboutPool<S>) selector.learn_words(positions, words);
}

/// Whether selections differ from query to query.
template <DemonstrationSelector S> [[nodiscard]] bool varies(const S& selector) {
    if constexpr (requires { selector.varies(); }) {
        return selector.varies();
    } else {
        return S::depends_on_query;
    }
}

} // namespace familiar::demonstration
