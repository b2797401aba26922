#include <familiar/demonstration/label_turns.hpp>

#include "pool.hpp"

#include <familiar/demonstration/labelled_pool.hpp>

#include <catch2/catch.hpp>

#include <set>

using namespace familiar;
using namespace familiar::tests;
using namespace familiar::demonstration;

TEST_CASE("labels have equal shares until one is used up") {
    const auto pool = pool_of("aaaaabbbbb.c");
    const auto rows = labelled_positions(pool);
    const auto groups = LabelGroups::of(three_labels(), pool, rows, 1, "test");
    REQUIRE(groups.members.size() == 3);
    for (const std::size_t count : {0U, 2U, 3U, 7U, 11U, 50U}) {
        std::size_t sum = 0, largest = 0;
        const auto shares = groups.shares(count);
        for (std::size_t g = 0; g < 3; ++g) {
            sum += shares[g];
            largest = std::max(largest, shares[g]);
            CHECK(shares[g] <= groups.members[g].size());
        }
        CHECK(sum == std::min<std::size_t>(count, 11));
        if (count == 7) CHECK(largest == 3); // 3 + 3 + 1
    }
    CHECK(LabelGroups::of(Task(), pool, rows, 1, "test").members.size() == 1);
    CHECK(LabelGroups::of(three_labels(), pool, {}, 1, "test").shares(3).empty());
}

TEST_CASE("no label always comes first") {
    const auto pool = pool_of("abc");
    const auto rows = labelled_positions(pool);
    std::set<std::size_t> first;
    for (std::uint64_t seed = 0; seed < 30; ++seed)
        first.insert(LabelGroups::of(three_labels(), pool, rows, seed, "test").members.front().front());
    CHECK(first.size() == 3);
}

TEST_CASE("lists are taken in turns, as long as any has more") {
    CHECK(in_turns({{1, 2, 3}, {}, {4}, {5, 6}}) == std::vector<std::size_t>{1, 4, 5, 2, 6, 3});
    CHECK(in_turns({}).empty());
}
