#include <familiar/grimoire/looked_up_ranker.hpp>

#include <familiar/grimoire/fixed_grimoire.hpp>

#include <catch2/catch.hpp>

#include <vector>

using namespace familiar;

TEST_CASE("a query gets what was decided for it, an unknown one the first candidate", "[looked_up_ranker]") {
    std::vector<grimoire::AnyRanker> candidates;
    for (const char* text : {"first", "second"}) candidates.emplace_back(grimoire::FixedGrimoire({text, text}));
    grimoire::LookedUpRanker ranker(std::move(candidates), "oracle");
    const std::vector<Example> rows = {{"0", "a", {}, {}}, {"1", "a", {}, {}}, {"2", "b", "c", {}}};
    ranker.decide(rows[1], 1);
    ranker.decide(rows[2], 7);
    ranker.prepare(Task());
    const auto chosen = ranker.choose(rows);
    CHECK(chosen[0]->text == "first");
    CHECK(chosen[1]->text == "second");
    CHECK(chosen[2]->text == "second");
    CHECK(ranker.identity() == "oracle");
}
