#include <familiar/text/bert_segmenter.hpp>

#include "unit/text/collected_tokens.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace familiar;
using tests::tokens_of;

namespace {

enum : std::int32_t { kUnk, kA, kB, kContinuedB, kWord, kMark, kE, kIdeograph };

text::BertSegmenter segmenter(std::size_t most_characters = 100, text::BertNormalizer normalizer = {}) {
    text::Vocabulary vocabulary(8);
    std::int64_t id = 0;
    for (const char* const token : {"[UNK]", "a", "b", "##b", "word", "!", "e", "\u4e2d"})
        vocabulary.insert(token, id++, "here");
    text::WordPiece::Settings settings;
    settings.most_characters = most_characters;
    return text::BertSegmenter(vocabulary, normalizer, text::WordPiece(vocabulary, settings, "here"));
}

using Tokens = std::vector<tests::PutToken>;

} // namespace

TEST_CASE("Words, their pieces and marks come with their bytes", "[text]") {
    CHECK(tokens_of(segmenter(), "Word! ab") == Tokens{{kWord, 0, 4}, {kMark, 4, 5}, {kA, 6, 7}, {kContinuedB, 7, 8}});
    CHECK(tokens_of(segmenter(), "ab", 10) == Tokens{{kA, 10, 11}, {kContinuedB, 11, 12}});
    CHECK(tokens_of(segmenter(), "ax b") == Tokens{{kUnk, 0, 2}, {kB, 3, 4}});
    CHECK(tokens_of(segmenter(), "").empty());
    CHECK(tokens_of(segmenter(), " \t\u3000\n").empty());
}

TEST_CASE("A normalised character keeps the range that it had", "[text]") {
    CHECK(tokens_of(segmenter(), "\u00c9b") == Tokens{{kE, 0, 2}, {kContinuedB, 2, 3}});
    CHECK(tokens_of(segmenter(), "e\u0301b") == Tokens{{kE, 0, 1}, {kContinuedB, 3, 4}});
    CHECK(tokens_of(segmenter(), "a\u200bb") == Tokens{{kA, 0, 1}, {kContinuedB, 4, 5}});
    CHECK(tokens_of(segmenter(), "a\u4e2db") == Tokens{{kA, 0, 1}, {kIdeograph, 1, 4}, {kB, 4, 5}});
}

TEST_CASE("Bytes that are no UTF-8 vanish as U+FFFD does", "[text]") {
    CHECK(tokens_of(segmenter(), "a\xff"
                                 "b") == Tokens{{kA, 0, 1}, {kContinuedB, 2, 3}});
    CHECK(tokens_of(segmenter(), "\xe4\xb8").empty());
    CHECK(tokens_of(segmenter(), std::string("a\0b", 3)) == Tokens{{kA, 0, 1}, {kContinuedB, 2, 3}});
}

TEST_CASE("A word longer than the model takes is unknown as a whole, ASCII or not", "[text]") {
    CHECK(tokens_of(segmenter(5), "abbbb").size() == 5);
    CHECK(tokens_of(segmenter(5), "abbbbb") == Tokens{{kUnk, 0, 6}});
    CHECK(tokens_of(segmenter(5), "abbbb\u00e9!") == Tokens{{kUnk, 0, 7}, {kMark, 7, 8}});
    CHECK(tokens_of(segmenter(5), std::string(40, 'a')) == Tokens{{kUnk, 0, 40}});
}

TEST_CASE("Words that do not fit into the table of short ones are cut alike", "[text]") {
    const std::string word = "a" + std::string(30, 'b');
    const auto tokens = tokens_of(segmenter(), word);
    REQUIRE(tokens.size() == 31);
    CHECK(tokens[0] == tests::PutToken{kA, 0, 1});
    for (std::size_t i = 1; i < tokens.size(); ++i) CHECK(tokens[i] == tests::PutToken{kContinuedB, i, i + 1});
}

TEST_CASE("A cased model knows no capitals that its vocabulary lacks", "[text]") {
    CHECK(tokens_of(segmenter(100, {true, true, false, false}), "word Word") == Tokens{{kWord, 0, 4}, {kUnk, 5, 9}});
}
