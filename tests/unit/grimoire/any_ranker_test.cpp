#include <familiar/grimoire/any_ranker.hpp>

#include <familiar/grimoire/fixed_grimoire.hpp>
#include <familiar/grimoire/no_grimoire.hpp>

#include <catch2/catch.hpp>

#include <vector>

using namespace familiar;

TEST_CASE("an erased ranker chooses as the one inside, and says whether it is absent or varies", "[any_ranker]") {
    grimoire::AnyRanker none{grimoire::NoGrimoire()}, one{grimoire::FixedGrimoire({"mine", "Rules."})};
    CHECK(none.is_absent());
    CHECK_FALSE(one.is_absent());
    CHECK_FALSE(one.varies());
    CHECK(one.identity() == "fixed:mine");
    one.prepare(Task());
    const auto chosen = one.choose(std::vector<Example>(3));
    REQUIRE(chosen.size() == 3);
    CHECK((chosen[0] == chosen[2] && chosen[0]->text == "Rules."));
    CHECK(one.choose({}).empty());
    CHECK(none.choose(std::vector<Example>(2)) == std::vector<const Grimoire*>(2, nullptr));
}
