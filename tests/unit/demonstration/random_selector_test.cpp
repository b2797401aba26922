#include <familiar/demonstration/random_selector.hpp>

#include "pool.hpp"

#include <laws/selector_laws.hpp>

#include <catch2/catch.hpp>

#include <map>

using namespace familiar;
using namespace familiar::tests;
using demonstration::RandomSelector;

TEST_CASE("the random selector keeps the laws of selectors") {
    const auto pool = pool_of("aabbccabcaabbccabc");
    laws::check_selector_laws([] { return RandomSelector(); }, three_labels(), pool, pool_of("abc"));
}

TEST_CASE("each example is drawn about equally often, and never one without a label") {
    const auto pool = pool_of("ab.cab");
    std::map<std::size_t, int> drawn;
    for (std::uint64_t seed = 0; seed < 1000; ++seed) {
        RandomSelector selector;
        selector.prepare(three_labels(), pool, seed);
        ++drawn[selector.select(pool_of("a"), 1).front().at(0)];
    }
    CHECK(drawn.size() == 5);
    CHECK(drawn.count(2) == 0);
    for (const auto& [position, count] : drawn) CHECK(count > 150); // 200 expected, four standard deviations are 51
}

TEST_CASE("fewer demonstrations are the first of more") {
    const auto pool = pool_of("abcabcabcabc");
    RandomSelector selector;
    selector.prepare(three_labels(), pool, 3);
    const auto more = selector.select(pool_of("a"), 8).front(), fewer = selector.select(pool_of("a"), 3).front();
    CHECK(std::equal(fewer.begin(), fewer.end(), more.begin()));
}
