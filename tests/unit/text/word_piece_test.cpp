#include <familiar/text/word_piece.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace familiar;
using text::Vocabulary;
using text::WordPiece;

namespace {

Vocabulary vocabulary(const std::vector<std::string>& tokens) {
    Vocabulary out(tokens.size());
    for (std::size_t i = 0; i < tokens.size(); ++i) out.insert_duplicate(tokens[i], i);
    return out;
}

/// `id[begin,end)` for every piece.
std::string split(const WordPiece& model, std::string_view word) {
    std::string out;
    model.split(word, [&](std::int32_t id, std::size_t begin, std::size_t end) {
        out += std::to_string(id) + "[" + std::to_string(begin) + "," + std::to_string(end) + ")";
    });
    return out;
}

} // namespace

TEST_CASE("A word falls into the longest pieces from the left", "[text]") {
    const auto tokens = vocabulary({"[UNK]", "un", "unaff", "##aff", "##able", "##ab", "##le"});
    const WordPiece model(tokens, {}, "here");
    CHECK(split(model, "unaffable") == "2[0,5)4[5,9)");
    CHECK(split(model, "unab") == "1[0,2)5[2,4)");
    CHECK(split(model, "unable") == "1[0,2)4[2,6)");
    CHECK(model.unknown() == 0);
}

TEST_CASE("A word with a rest that no piece fits is unknown as a whole", "[text]") {
    const auto tokens = vocabulary({"[UNK]", "ab", "##c"});
    const WordPiece model(tokens, {}, "here");
    CHECK(split(model, "abcx") == "0[0,4)");
    CHECK(split(model, "x") == "0[0,1)");
    CHECK(split(model, "cab") == "0[0,3)"); // a continuation cannot begin a word
    CHECK(split(model, "##c") == "2[0,3)"); // unless it is spelled out
}

TEST_CASE("The prefix and the unknown token are the file's", "[text]") {
    const auto tokens = vocabulary({"<?>", "a", "@b", "@"});
    WordPiece::Settings settings;
    settings.unknown_token = "<?>";
    settings.continuing_prefix = "@";
    const WordPiece model(tokens, settings, "here");
    CHECK(split(model, "ab") == "1[0,1)2[1,2)");
    CHECK(split(model, "aa") == "0[0,2)"); // a prefix alone is no continuation of no bytes
    settings.continuing_prefix = "";
    CHECK(split(WordPiece(tokens, settings, "here"), "aa@b") == "1[0,1)1[1,2)2[2,4)");
}

TEST_CASE("Of two ids of one spelling the first counts, holes do not", "[text]") {
    const auto tokens = vocabulary({"[UNK]", "pad", "", "pad"});
    CHECK(split(WordPiece(tokens, {}, "here"), "pad") == "1[0,3)");
}

TEST_CASE("An unknown token that the vocabulary lacks is an error that names both", "[text]") {
    const auto tokens = vocabulary({"a"});
    CHECK_THROWS_WITH(WordPiece(tokens, {}, "tokenizer.json, model"), Catch::Contains("[UNK]") &&
                                                                          Catch::Contains("tokenizer.json, model") &&
                                                                          Catch::Contains("unk_token"));
}
