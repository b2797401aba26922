#include <familiar/grimoire/classifier_ranker.hpp>

#include <laws/ranker_laws.hpp>
#include <support/error_of.hpp>
#include <support/scratch_folder.hpp>

#include "letter_encoder.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace familiar;
using grimoire::Outcome;

namespace {

const std::string kOfA = "aaaaaaaa", kOfB = "bbbbbbbb";

/// The LLM is right where the notes have the question's letter.
std::vector<Outcome> outcomes() {
    std::vector<Outcome> all;
    for (int i = 0; i < 120; ++i) {
        const bool a = i % 2 == 0;
        const Example question{
            "", std::string(static_cast<std::size_t>(3 + i % 7), a ? 'a' : 'b') + std::to_string(i), {}, {}};
        all.push_back({question, "small", kOfA, a});
        all.push_back({question, "small", kOfB, !a});
    }
    return all;
}

} // namespace

TEST_CASE("the notes that helped questions of a kind are chosen for others of that kind", "[classifier_ranker]") {
    const auto rows = outcomes();
    grimoire::DualTower::Training how;
    how.epochs = 60;
    how.batch = 8;
    how.rate = 1e-2F;
    const auto learnt = grimoire::learn_outcomes(std::span<const Outcome>(rows), tests::LetterEncoder(), how);
    CHECK(learnt.llms == std::vector<std::string>{"small"});
    CHECK(learnt.rows == 240);
    CHECK(learnt.questions == 120);

    const tests::ScratchFolder scratch;
    const auto file = scratch.write("classifier.ranker", learnt.to_json().dump());
    grimoire::ClassifierRanker<tests::LetterEncoder> ranker(
        {{"of a", kOfA}, {"of b", kOfB}}, grimoire::OutcomeClassifier::load(file), "small", tests::LetterEncoder());
    const std::vector<Example> queries = {{"0", "aaaa x", {}, {}}, {"1", "bbb y", {}, {}}, {"2", "bbbbbb", {}, {}}};
    laws::check_ranker_laws(ranker, Task(), queries);
    const auto chosen = ranker.choose(queries);
    CHECK(chosen[0]->name == "of a");
    CHECK(chosen[1]->name == "of b");
    CHECK(chosen[2]->name == "of b");
    const auto scores = ranker.scores(queries);
    CHECK(scores[0][0] > 0.8);
    CHECK(scores[0][1] < 0.2);
}

TEST_CASE("a classifier's file that is none, lies, or is of another encoder is an error", "[classifier_ranker]") {
    using grimoire::OutcomeClassifier;
    const tests::ScratchFolder scratch;
    for (const char* text :
         {"{}", "[", R"({"kind": "x"})",
          R"({"kind": "familiar grimoire classifier 1", "encoder": "e", "llms": [], "questions": 1, "rows": 1,
              "shape": [1000000, 1000000, 1000000], "values": [1.0]})",
          R"({"kind": "familiar grimoire classifier 1", "encoder": "e", "llms": [], "questions": 1, "rows": 1,
              "shape": [1, 1, 1], "values": [1.0, 2.0, 3.0]})"}) {
        const auto file = scratch.write("bad.ranker", text);
        CHECK_THAT(tests::error_of([&] { (void)OutcomeClassifier::load(file); }).what(), Catch::Contains("bad.ranker"));
    }
    OutcomeClassifier other;
    other.encoder = "other";
    using Ranker = grimoire::ClassifierRanker<tests::LetterEncoder>;
    CHECK_THROWS_AS(Ranker({}, other, "", tests::LetterEncoder()), Error);
    CHECK_THROWS_AS(grimoire::learn_outcomes(std::span<const Outcome>(), tests::LetterEncoder(), {}), Error);
}
