#include <familiar/demonstration/any_selector.hpp>

#include "unit/pipeline/toy_policies.hpp"

#include <familiar/demonstration/no_selector.hpp>

#include <catch2/catch.hpp>

using namespace familiar;
using namespace familiar::tests;

TEST_CASE("An erased selector selects what the selector selects") {
    const auto pool = colour_examples("train", 8), queries = colour_examples("test", 3);
    OwnSelector plain;
    plain.prepare(colour_task(), pool, 1);
    demonstration::AnySelector varying{OwnSelector()}, fixed{FirstSelector()};
    varying.prepare(colour_task(), pool, 1);
    fixed.prepare(colour_task(), pool, 1);
    CHECK(varying.select(queries, 4) == plain.select(queries, 4));
    CHECK(fixed.select(queries, 2) == std::vector<std::vector<std::size_t>>(3, {0, 1}));
    CHECK(fixed.select({}, 2).empty());
    CHECK(varying.varies());
    CHECK_FALSE(fixed.varies());
    CHECK(varying.identity() == "own");
    CHECK_FALSE(varying.is_absent());
    CHECK(demonstration::AnySelector(demonstration::NoSelector()).is_absent());
}
