#include <familiar/grimoire/no_grimoire.hpp>

#include <catch2/catch.hpp>

#include <vector>

using familiar::Example;
using familiar::grimoire::NoGrimoire;

TEST_CASE("no grimoire is no notes for any query, and says that it is absent", "[no_grimoire]") {
    STATIC_REQUIRE(NoGrimoire::kAbsent);
    STATIC_REQUIRE_FALSE(NoGrimoire::depends_on_query);
    NoGrimoire none;
    none.prepare({});
    const auto chosen = none.choose(std::vector<Example>(3));
    REQUIRE(chosen.size() == 3);
    for (const auto* grimoire : chosen) CHECK(grimoire == nullptr);
    CHECK(none.choose({}).empty());
    CHECK(none.identity() == "none");
}
