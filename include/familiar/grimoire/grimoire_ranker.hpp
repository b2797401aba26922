#pragma once

#include <familiar/core/example.hpp>
#include <familiar/core/grimoire.hpp>
#include <familiar/core/task.hpp>

#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace familiar::grimoire {

/// For each query the grimoire to show, or null for none; the pointers live as long as the ranker.
template <class R>
concept Ranks = requires(R& r, std::span<const Example> queries) {
    { r.choose(queries) } -> std::same_as<std::vector<const Grimoire*>>;
};

/// Chooses the grimoire for a query. `depends_on_query` false promises the same one for all.
template <class R>
concept GrimoireRanker = Ranks<R> && requires(R& r, const Task& task) {
    { r.prepare(task) } -> std::same_as<void>;
    { R::depends_on_query } -> std::convertible_to<bool>;
    { r.identity() } -> std::convertible_to<std::string>;
};

} // namespace familiar::grimoire
