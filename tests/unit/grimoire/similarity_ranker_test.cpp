#include <familiar/grimoire/similarity_ranker.hpp>

#include "letter_encoder.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <string>
#include <vector>

using namespace familiar;

TEST_CASE("the grimoire whose text is most like the query is chosen, all of its text", "[similarity_ranker]") {
    const std::string padding(2000, 'z');
    grimoire::SimilarityRanker<tests::LetterEncoder> ranker(
        {{"a", "aaab"}, {"b", "bbba"}, {"long", padding + "\n" + std::string(50, 'c')}}, tests::LetterEncoder());
    ranker.prepare(Task());
    const std::vector<Example> queries = {{"0", "ab a", {}, {}}, {"1", "b", {}, {}}, {"2", "c", {}, {}}};
    const auto chosen = ranker.choose(queries);
    CHECK(chosen[0]->name == "a");
    CHECK(chosen[1]->name == "b");
    CHECK(chosen[2]->name == "long");
    const auto scores = ranker.scores(queries);
    CHECK(scores[1][1] == Approx(3.0 / std::sqrt(10.0)));
    CHECK(scores[2][2] == Approx(std::sqrt(0.5)));
    CHECK(ranker.identity() == "similarity(letters;a,b,long)");
}

TEST_CASE("a text falls into pieces of whole lines, none is lost", "[similarity_ranker]") {
    using Ranker = grimoire::SimilarityRanker<tests::LetterEncoder>;
    CHECK(Ranker::pieces_of("").size() == 1);
    const auto pieces =
        Ranker::pieces_of(std::string(700, 'a') + "\n" + std::string(400, 'b') + "\nc\n" + std::string(300, 'd'));
    REQUIRE(pieces.size() == 3);
    CHECK(pieces[1] == std::string(400, 'b') + "\nc\n");
}
