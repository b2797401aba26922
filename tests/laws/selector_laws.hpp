#pragma once

#include <familiar/demonstration/demonstration_selector.hpp>
#include <familiar/demonstration/ranks_demonstrations.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <vector>

namespace familiar::laws {

/// The laws of `DemonstrationSelector`: the positions chosen for a query are distinct and in the pool, no more than
/// asked for; the same pool, seed, query and count give the same again, from another object too; all queries at once
/// give what one by one gives; a selector that does not depend on the query chooses the same for all.
///
/// @param make makes a fresh selector
/// @param fills whether the selector shows as many as it may (min(count, pool)); one that may show fewer passes false
template <class Make>
void check_selector_laws(Make&& make, const Task& task, std::span<const Example> pool, std::span<const Example> queries,
                         bool fills = true) {
    using S = decltype(make());
    static_assert(demonstration::DemonstrationSelector<S>);
    REQUIRE(queries.size() >= 2);
    for (const std::uint64_t seed : {0U, 1U, 42U}) {
        S selector = make(), other = make();
        selector.prepare(task, pool, seed);
        other.prepare(task, pool, seed);
        CHECK_FALSE(std::string(selector.identity()).empty());
        CHECK(std::string(selector.identity()) == std::string(other.identity()));
        for (const std::size_t count : {std::size_t{0}, std::size_t{1}, std::size_t{5}, pool.size(), pool.size() + 3}) {
            INFO("seed " << seed << ", count " << count);
            const auto chosen = selector.select(queries, count);
            REQUIRE(chosen.size() == queries.size());
            for (const auto& positions : chosen) {
                CHECK(positions.size() <= std::min(count, pool.size()));
                if (fills) CHECK(positions.size() == std::min(count, pool.size()));
                CHECK(std::set<std::size_t>(positions.begin(), positions.end()).size() == positions.size());
                CHECK(std::all_of(positions.begin(), positions.end(), [&](auto p) { return p < pool.size(); }));
            }
            CHECK(other.select(queries, count) == chosen);
            CHECK(selector.select(queries, count) == chosen);
            for (std::size_t i = 0; i < queries.size(); ++i) {
                CHECK(selector.select(queries.subspan(i, 1), count).front() == chosen[i]);
            }
            if constexpr (demonstration::RanksDemonstrations<S>) {
                CHECK(demonstration::in_order_shown(selector.rank(queries, count), selector.best_last()) == chosen);
            }
            if constexpr (!S::depends_on_query) {
                CHECK(std::all_of(chosen.begin(), chosen.end(), [&](const auto& c) { return c == chosen.front(); }));
            }
        }
        CHECK(selector.select({}, 3).empty());
    }
}

} // namespace familiar::laws
