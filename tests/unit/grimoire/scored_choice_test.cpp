#include <familiar/grimoire/scored_choice.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace familiar::grimoire;

TEST_CASE("the grimoire with the largest score is chosen, the first of equals") {
    const std::vector<familiar::Grimoire> grimoires = {{"a", ""}, {"b", ""}, {"c", ""}};
    const std::vector<std::vector<double>> scores = {{0.1, 0.3, 0.2}, {0.5, 0.5, 0.1}, {-3.0, -2.0, -1.0}};
    const auto chosen = largest_scored(scores, grimoires);
    REQUIRE(chosen.size() == 3);
    CHECK(chosen[0] == &grimoires[1]);
    CHECK(chosen[1] == &grimoires[0]);
    CHECK(chosen[2] == &grimoires[2]);
}

TEST_CASE("of no grimoire none is chosen") {
    const std::vector<std::vector<double>> scores(2);
    const auto chosen = largest_scored(scores, {});
    CHECK(chosen == std::vector<const familiar::Grimoire*>{nullptr, nullptr});
}

TEST_CASE("names are joined by commas") {
    CHECK(joined_names({}).empty());
    const std::vector<familiar::Grimoire> grimoires = {{"a", "x"}, {"b", "y"}};
    CHECK(joined_names(grimoires) == "a,b");
}
