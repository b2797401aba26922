#include <familiar/core/random.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <vector>

using familiar::Random;

TEST_CASE("the generator gives the published numbers of xoshiro256** seeded by splitmix64", "[random]") {
    // First outputs for seed 0, computed from the authors' C code of both generators.
    Random random(0);
    CHECK(random() == 0x99ec5f36cb75f2b4);
    CHECK(random() == 0xbf6e1f784956452a);
    CHECK(random() == 0x1a5f849d4933e6e0);
}

TEST_CASE("purposes have streams of their own", "[random]") {
    CHECK(Random(1, "selection")() == Random(1, "selection")());
    CHECK(Random(1, "selection")() != Random(1, "sampling")());
    CHECK(Random(1, "selection")() != Random(2, "selection")());
}

TEST_CASE("below and uniform stay in range, and reach all of it", "[random]") {
    Random random(7);
    std::vector<int> seen(6);
    for (int i = 0; i < 6000; ++i) {
        const auto value = random.below(6);
        REQUIRE(value < 6);
        ++seen[value];
        const double u = random.uniform();
        REQUIRE((u >= 0.0 && u < 1.0));
    }
    CHECK(*std::min_element(seen.begin(), seen.end()) > 850);
}

TEST_CASE("a permutation holds every number once", "[random]") {
    auto order = Random(3).permutation(100);
    CHECK(!std::is_sorted(order.begin(), order.end()));
    std::sort(order.begin(), order.end());
    for (std::size_t i = 0; i < order.size(); ++i) CHECK(order[i] == i);
}
