#include <familiar/text/vocabulary.hpp>

#include <catch2/catch.hpp>

#include <limits>
#include <string>
#include <utility>

using namespace familiar;
using Catch::Contains;
using text::Vocabulary;

TEST_CASE("Tokens and ids are found from each other", "[text]") {
    Vocabulary vocabulary(3);
    vocabulary.insert("a", 0, "here");
    vocabulary.insert("c", 2, "here");
    vocabulary.insert("a", 0, "here"); // again: the same
    CHECK(vocabulary.size() == 3);
    CHECK(vocabulary.token(2) == "c");
    CHECK(vocabulary.find("a") == 0);
    CHECK_FALSE(vocabulary.find("b").has_value());
    CHECK(vocabulary.token(1).empty()); // a hole
    CHECK_FALSE(vocabulary.contains(1));
    CHECK(vocabulary.contains(2));
    CHECK_FALSE(vocabulary.contains(-1));
    CHECK_FALSE(vocabulary.contains(3));
}

TEST_CASE("An id outside of the vocabulary is an error that tells its size", "[text]") {
    Vocabulary vocabulary(2);
    CHECK_THROWS_WITH(vocabulary.token(0), Contains("no token 0"));
    vocabulary.insert("a", 0, "here");
    vocabulary.insert("b", 1, "here");
    CHECK_THROWS_WITH(vocabulary.token(2), Contains("no token 2") && Contains("0 to 1"));
    CHECK_THROWS_AS(vocabulary.token(-1), Error);
    CHECK_THROWS_AS(vocabulary.token(std::numeric_limits<std::int32_t>::min()), Error);
}

TEST_CASE("Ids that contradict each other are refused, the place named", "[text]") {
    Vocabulary vocabulary(2);
    vocabulary.insert("a", 0, "file.json, vocab");
    CHECK_THROWS_WITH(vocabulary.insert("a", 1, "file.json, vocab"),
                      Contains("two ids, 0 and 1") && Contains("file.json, vocab"));
    CHECK_THROWS_WITH(vocabulary.insert("b", 0, "file.json, vocab"), Contains("two tokens, `a` and `b`"));
}

TEST_CASE("An absurd id makes no absurd table", "[text]") {
    for (const std::int64_t id :
         {std::int64_t{-1}, std::int64_t{2} + static_cast<std::int64_t>(Vocabulary::kMostHoles), std::int64_t{1} << 40,
          std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()}) {
        Vocabulary vocabulary(2);
        CHECK_THROWS_WITH(vocabulary.insert("a", id, "here"), Contains(std::to_string(id)));
        CHECK(vocabulary.size() == 0);
    }
    Vocabulary vocabulary(2);
    vocabulary.insert("a", 1 + static_cast<std::int64_t>(Vocabulary::kMostHoles), "here");
    CHECK(vocabulary.size() == 2 + Vocabulary::kMostHoles);
}

TEST_CASE("A spelling that pads a vocabulary is found under its first id", "[text]") {
    Vocabulary vocabulary(3);
    vocabulary.insert_duplicate("x", 0);
    vocabulary.insert_duplicate("pad", 1);
    vocabulary.insert_duplicate("pad", 2);
    CHECK(vocabulary.find("pad") == 1);
    CHECK(vocabulary.token(2) == "pad");
    CHECK(vocabulary.size() == 3);
}

TEST_CASE("Spellings stay where they are when a vocabulary is moved", "[text]") {
    Vocabulary first(1);
    first.insert("a long spelling that is kept on the heap", 0, "here");
    const std::string_view seen = first.token(0);
    const Vocabulary second = std::move(first);
    CHECK(second.token(0).data() == seen.data());
    CHECK(second.find(seen) == 0);
}
