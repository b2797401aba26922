#include <familiar/grimoire/fixed_grimoire.hpp>

#include <catch2/catch.hpp>

#include <utility>
#include <vector>

TEST_CASE("a fixed grimoire is the same for every query, wherever its ranker is moved", "[fixed_grimoire]") {
    familiar::grimoire::FixedGrimoire first({"mine", "Rules."});
    const auto chosen = first.choose(std::vector<familiar::Example>(3));
    const familiar::grimoire::FixedGrimoire second(std::move(first));
    REQUIRE(chosen.size() == 3);
    for (const auto* grimoire : chosen) CHECK(grimoire->text == "Rules.");
    CHECK(second.choose(std::vector<familiar::Example>(1)).front() == chosen.front());
    CHECK(second.identity() == "fixed:mine");
}
