#include <familiar/text/scored_merges.hpp>

#include <catch2/catch.hpp>

#include <limits>
#include <vector>

using namespace familiar::text;

TEST_CASE("The higher score has the lower rank, equal ones the same", "[text]") {
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    const std::vector<float> scores{-3.5F,   0.0F,      -0.0F,      2.0F,
                                    -1e-30F, kInfinity, -kInfinity, std::numeric_limits<float>::quiet_NaN()};
    Vocabulary vocabulary(8);
    for (std::size_t i = 0; i < scores.size(); ++i)
        vocabulary.insert_duplicate(std::string(1, static_cast<char>('a' + i)), i);
    const ScoredMerges merges(vocabulary, scores, std::vector<bool>(8));
    const auto rank = [&](const char* joined) { return merges({}, {}, joined).rank; };
    const char* const rising[] = {"h", "g", "a", "e", "b", "d", "f"};
    for (std::size_t i = 1; i < std::size(rising); ++i) CHECK(rank(rising[i - 1]) > rank(rising[i]));
    CHECK(rank("b") == rank("c"));
    CHECK(rank("h") < Merge::kNone);
    CHECK(merges({}, {}, "d").id == 3);
}

TEST_CASE("Nothing is merged into what is skipped or unknown", "[text]") {
    Vocabulary vocabulary(2);
    vocabulary.insert_duplicate("<s>", 0);
    vocabulary.insert_duplicate("ab", 1);
    const ScoredMerges merges(vocabulary, {0, 0}, {true, false});
    CHECK(merges({}, {}, "<s>").rank == Merge::kNone);
    CHECK(merges({}, {}, "x").rank == Merge::kNone);
    CHECK(merges({}, {}, "ab").rank != Merge::kNone);
}
