#include <familiar/demonstration/fixed_selector.hpp>

#include "pool.hpp"

#include <laws/selector_laws.hpp>

#include <catch2/catch.hpp>

using namespace familiar;
using namespace familiar::tests;
using demonstration::FixedSelector;
using Positions = std::vector<std::size_t>;

TEST_CASE("the fixed selector keeps the laws of selectors") {
    const auto pool = pool_of("aabbccabc");
    laws::check_selector_laws([] { return FixedSelector(); }, three_labels(), pool, pool_of("abc"));
}

TEST_CASE("the first labelled examples are shown, or those at given positions") {
    const auto pool = pool_of("a.bca");
    FixedSelector first;
    first.prepare(three_labels(), pool, 7);
    CHECK(first.select(pool_of("a"), 3).front() == Positions{0, 2, 3});
    FixedSelector::Parameters parameters;
    parameters.positions = {4, 0, 2};
    FixedSelector given(parameters);
    given.prepare(three_labels(), pool, 7);
    CHECK(given.select(pool_of("a"), 8).front() == Positions{4, 0, 2});
    CHECK(given.select(pool_of("a"), 2).front() == Positions{4, 0});
    CHECK(given.identity() == "fixed:4,0,2");
}

TEST_CASE("positions that cannot be shown are errors") {
    const auto pool = pool_of("a.b");
    const auto prepare = [&](Positions positions) {
        FixedSelector::Parameters parameters;
        parameters.positions = std::move(positions);
        FixedSelector selector(parameters);
        selector.prepare(three_labels(), pool, 0);
    };
    CHECK_NOTHROW(prepare({2, 0}));
    CHECK_THROWS_WITH(prepare({3}), Catch::Contains("3"));
    CHECK_THROWS_WITH(prepare({1}), Catch::Contains("label"));
    CHECK_THROWS_WITH(prepare({2, 0, 2}), Catch::Contains("twice"));
}
