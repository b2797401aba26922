#pragma once

#include <familiar/core/prediction.hpp>
#include <familiar/demonstration/demonstration_selector.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <span>
#include <vector>

namespace familiar::demonstration {

/// Capability: tells what it would show best first, whatever the order in which it shows it. `best_last` says whether
/// `select` turns that around, so that the best stands next to the query. A smaller count gives the first ones.
template <class S>
concept RanksDemonstrations =
    DemonstrationSelector<S> && requires(S& s, const S& c, std::span<const Example> queries, std::size_t count) {
        { s.rank(queries, count) } -> std::same_as<std::vector<std::vector<std::size_t>>>;
        { c.best_last() } -> std::convertible_to<bool>;
    };

/// Capability: is told, before `prepare`, what a plug-in says of every example of the pool, by a plug-in that has not
/// learned from it where that can be had. `wants_predictions` says whether it is worth the work.
template <class S>
concept LearnsPredictions =
    DemonstrationSelector<S> && requires(S& s, const S& c, std::span<const Prediction> predictions) {
        { s.learn(predictions) } -> std::same_as<void>;
        { c.wants_predictions() } -> std::convertible_to<bool>;
    };

/// What `select` makes of `rank`.
inline std::vector<std::vector<std::size_t>> in_order_shown(std::vector<std::vector<std::size_t>> ranked,
                                                            bool best_last) {
    if (best_last) {
        for (auto& positions : ranked) std::reverse(positions.begin(), positions.end());
    }
    return ranked;
}

} // namespace familiar::demonstration
