#include <familiar/grimoire/learn_ranker.hpp>

#include "letter_encoder.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace familiar;
using grimoire::Outcome;

TEST_CASE("a classifier is measured on questions that it has not seen, beside what needs no learning",
          "[learn_ranker]") {
    // One LLM is right about a, the other one about b: an LLM's share tells nothing, question and LLM together do.
    std::vector<Outcome> outcomes;
    for (int i = 0; i < 200; ++i) {
        const bool a = i % 2 == 0;
        const Example question{
            "", std::string(static_cast<std::size_t>(3 + i % 5), a ? 'a' : 'b') + std::to_string(i), {}, {}};
        outcomes.push_back({question, "one", "", a});
        outcomes.push_back({question, "two", "", !a});
    }
    grimoire::DualTower::Training how;
    how.epochs = 60;
    how.batch = 8;
    how.rate = 1e-2F;
    const std::vector<Grimoire> grimoires = {{"a", "aaa"}};
    const auto [classifier, figures] =
        grimoire::learn_ranker(std::span<const Outcome>(outcomes), grimoires, how, tests::LetterEncoder());
    CHECK(figures.questions > 20);
    CHECK(figures.rows == 2 * figures.questions);
    CHECK(classifier.rows + figures.rows == outcomes.size());
    CHECK(figures.right == Approx(0.5));
    CHECK(figures.accuracy > 0.95);
    CHECK(figures.auroc > 0.95);
    CHECK(figures.similarity_auroc == Approx(0.5));
    CHECK_THROWS_AS(
        grimoire::learn_ranker(std::span<const Outcome>(outcomes).first(1), grimoires, how, tests::LetterEncoder()),
        Error);
}
