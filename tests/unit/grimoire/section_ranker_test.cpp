#include <familiar/grimoire/section_ranker.hpp>

#include "letter_encoder.hpp"

#include <catch2/catch.hpp>

#include <vector>

using namespace familiar;

TEST_CASE("each query is shown the section that is most like it", "[section_ranker]") {
    grimoire::SectionRanker<tests::LetterEncoder> ranker({"mine", "## aaa\n- a\n\n## bbb\n- b"},
                                                         tests::LetterEncoder());
    ranker.prepare(Task());
    const std::vector<Example> queries = {{"0", "b", {}, {}}, {"1", "aa", {}, {}}};
    const auto chosen = ranker.choose(queries);
    CHECK(chosen[0]->text == "## bbb\n- b");
    CHECK(chosen[1]->name == "mine/1");

    grimoire::SectionRanker<tests::LetterEncoder> whole({"plain", "No sections."}, tests::LetterEncoder());
    whole.prepare(Task());
    CHECK(whole.choose(queries)[0]->text == "No sections.");
}
