#include <familiar/text/byte_level_segmenter.hpp>

#include "unit/text/collected_tokens.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <utility>
#include <vector>

using namespace familiar;
using tests::tokens_of;
using text::ByteLevelSegmenter;

namespace {

const std::vector<std::string> kTokens{"a",
                                       "b",
                                       "\u0120",
                                       "ab",
                                       "\u0120ab",
                                       "abab",
                                       "\u00c3",
                                       "\u00a9",
                                       "\u00c3\u00a9",
                                       "ba",
                                       "\u00ef",
                                       "\u00bf",
                                       "\u00bd",
                                       "abababababababababab"};
enum : std::int32_t { kA, kB, kSpace, kAb, kSpaceAb, kAbab, kC3, kA9, kEAcute, kBa, kEf, kBf, kBd, kLong };

text::Vocabulary vocabulary() {
    text::Vocabulary out(kTokens.size());
    for (std::size_t i = 0; i < kTokens.size(); ++i) out.insert(kTokens[i], static_cast<std::int64_t>(i), "here");
    return out;
}

ByteLevelSegmenter segmenter(ByteLevelSegmenter::Settings settings = {},
                             const std::vector<std::int32_t>& control = {}) {
    return ByteLevelSegmenter(vocabulary(), control, {{"a", "b"}, {"\u0120", "ab"}, {"ab", "ab"}}, settings,
                              "f.json, merges");
}

using Tokens = std::vector<tests::PutToken>;

} // namespace

TEST_CASE("Bytes are merged by rank inside of words", "[text]") {
    const auto model = segmenter();
    CHECK(tokens_of(model, "abab ab") == Tokens{{kAbab, 0, 4}, {kSpaceAb, 4, 7}});
    CHECK(tokens_of(model, "aab", 100) == Tokens{{kA, 100, 101}, {kAb, 101, 103}});
    CHECK(tokens_of(model, "").empty());
}

TEST_CASE("A token that no merge makes is not found, the first time or later", "[text]") {
    const auto model = segmenter();
    for (int i = 0; i < 3; ++i) {
        CHECK(tokens_of(model, "ba") == Tokens{{kB, 0, 1}, {kA, 1, 2}});
        CHECK(tokens_of(model, "abab") == Tokens{{kAbab, 0, 4}});
    }
}

TEST_CASE("Where merges are ignored a word of the vocabulary is one token, of any length", "[text]") {
    ByteLevelSegmenter::Settings settings;
    settings.ignore_merges = true;
    const std::string word = kTokens[kLong];
    CHECK(tokens_of(segmenter(settings), "ba") == Tokens{{kBa, 0, 2}});
    CHECK(tokens_of(segmenter(settings), word) == Tokens{{kLong, 0, word.size()}});
    CHECK(tokens_of(segmenter(), word).size() == word.size() / 4);
    CHECK(tokens_of(segmenter(settings, {kBa, kLong}), "ba") == Tokens{{kB, 0, 1}, {kA, 1, 2}}); // special ones never
    CHECK(tokens_of(segmenter(settings, {kBa, kLong}), word).size() == word.size() / 4);
}

TEST_CASE("A token that is part of a character has the whole one's range", "[text]") {
    CHECK(tokens_of(segmenter(), "\u00e9a") == Tokens{{kC3, 0, 2}, {kA9, 0, 2}, {kA, 2, 3}});
}

TEST_CASE("Bytes that are no UTF-8 are read as U+FFFD", "[text]") {
    CHECK(tokens_of(segmenter(), "a\xff", 5) == Tokens{{kA, 5, 6}, {kEf, 6, 7}, {kBf, 6, 7}, {kBd, 6, 7}});
    CHECK(tokens_of(segmenter(), "\xc3") == Tokens{{kEf, 0, 1}, {kBf, 0, 1}, {kBd, 0, 1}});
}

TEST_CASE("A byte that the vocabulary lacks vanishes or is the unknown token", "[text]") {
    CHECK(tokens_of(segmenter(), "axb") == Tokens{{kA, 0, 1}, {kB, 2, 3}});
    ByteLevelSegmenter::Settings settings;
    settings.unknown = kSpace;
    CHECK(tokens_of(segmenter(settings), "axb") == Tokens{{kA, 0, 1}, {kSpace, 1, 2}, {kB, 2, 3}});
}

TEST_CASE("A space before the text stands for its first character", "[text]") {
    ByteLevelSegmenter::Settings settings;
    settings.add_prefix_space = true;
    CHECK(tokens_of(segmenter(settings), "ab") == Tokens{{kSpaceAb, 0, 2}});
    CHECK(tokens_of(segmenter(settings), " ab") == Tokens{{kSpaceAb, 0, 3}});
    CHECK(tokens_of(segmenter(settings), "").empty());
}

TEST_CASE("Composition comes before bytes, and ranges count the given ones", "[text]") {
    ByteLevelSegmenter::Settings settings;
    settings.compose = true;
    CHECK(tokens_of(segmenter(settings), "e\u0301a") == Tokens{{kC3, 0, 1}, {kA9, 0, 1}, {kA, 3, 4}});
    CHECK(tokens_of(segmenter(settings), "\u00e9a") == Tokens{{kC3, 0, 2}, {kA9, 0, 2}, {kA, 2, 3}});
}

TEST_CASE("A merge of what the vocabulary lacks is refused with its number", "[text]") {
    const auto made_of = [](const char* left, const char* right) {
        return ByteLevelSegmenter(vocabulary(), {}, {{"a", "b"}, {left, right}}, {}, "f.json, merges");
    };
    CHECK_THROWS_WITH(made_of("x", "a"), Catch::Contains("`x`") && Catch::Contains("f.json, merges[1]"));
    CHECK_THROWS_WITH(made_of("a", "\x1b"), Catch::Contains("`\\x1b`"));
    CHECK_THROWS_WITH(made_of("b", "b"), Catch::Contains("`bb`"));
}
