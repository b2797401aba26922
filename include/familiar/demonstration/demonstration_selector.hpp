#pragma once

#include <familiar/core/example.hpp>
#include <familiar/core/task.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace familiar::demonstration {

/// Is given the examples that may be shown, before anything is selected. The pool outlives the selector's use.
template <class S>
concept TakesPool = requires(S& s, const Task& task, std::span<const Example> pool, std::uint64_t seed) {
    { s.prepare(task, pool, seed) } -> std::same_as<void>;
};

/// For each query the positions in the pool of at most `count` distinct examples, in the order in which they are shown.
/// The same pool, seed, queries and count give the same selection.
template <class S>
concept Selects = requires(S& s, std::span<const Example> queries, std::size_t count) {
    { s.select(queries, count) } -> std::same_as<std::vector<std::vector<std::size_t>>>;
};

/// Chooses demonstrations. `depends_on_query` false promises the same selection for every query, so that the prompt's
/// prefix is shared; `identity` says which policy and parameters.
template <class S>
concept DemonstrationSelector = TakesPool<S> && Selects<S> && requires(const S& s) {
    { S::depends_on_query } -> std::convertible_to<bool>;
    { s.identity() } -> std::convertible_to<std::string>;
};

} // namespace familiar::demonstration
