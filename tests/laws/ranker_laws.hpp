#pragma once

#include <familiar/grimoire/grimoire_ranker.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>

namespace familiar::laws {

/// The laws of `GrimoireRanker`: one choice a query, in order; the same queries choose the same again; all at once as
/// one by one; a ranker that does not depend on the query chooses the same for all.
///
/// @param ranker prepared here
template <grimoire::GrimoireRanker R>
void check_ranker_laws(R& ranker, const Task& task, std::span<const Example> queries) {
    REQUIRE(queries.size() >= 2);
    ranker.prepare(task);
    CHECK_FALSE(std::string(ranker.identity()).empty());
    const auto chosen = ranker.choose(queries);
    REQUIRE(chosen.size() == queries.size());
    CHECK(ranker.choose(queries) == chosen);
    for (std::size_t i = 0; i < queries.size(); ++i) CHECK(ranker.choose(queries.subspan(i, 1)).front() == chosen[i]);
    if constexpr (!R::depends_on_query) {
        CHECK(std::all_of(chosen.begin(), chosen.end(), [&](const auto* g) { return g == chosen.front(); }));
    }
    CHECK(ranker.choose({}).empty());
}

} // namespace familiar::laws
