#include <familiar/text/load_tokenizer.hpp>
#include <familiar/text/word_level.hpp>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

using namespace familiar;
using nlohmann::json;

namespace {

json words() {
    return json::parse(R"({
        "added_tokens": [{"id": 4, "content": "[SEP]", "special": true, "normalized": false}],
        "pre_tokenizer": {"type": "Whitespace"},
        "model": {"type": "WordLevel", "unk_token": "[UNK]",
                  "vocab": {"[UNK]": 0, "hello": 1, "world": 2, "!": 3, "[SEP]": 4}}})");
}

using Ids = std::vector<std::int32_t>;

} // namespace

// Values of tokenizers 0.23.3.
TEST_CASE("A word is a token of the vocabulary or unknown", "[text]") {
    const auto tokenizer = text::tokenizer_json::parse(words().dump(), "f.json");
    text::Encoding out;
    tokenizer.encode("hello world! Hello", {}, out);
    CHECK(out.ids == Ids{1, 2, 3, 0});
    CHECK(out.offsets == std::vector<text::ByteRange>{{0, 5}, {6, 11}, {11, 12}, {13, 18}});
    CHECK(tokenizer.decode(out.ids) == "hello world ! [UNK]");
    tokenizer.encode("hello[SEP]é world", {}, out);
    CHECK(out.ids == Ids{1, 0, 0, 0, 0, 2}); // text is text
    CHECK(out.offsets == std::vector<text::ByteRange>{{0, 5}, {5, 6}, {6, 9}, {9, 10}, {10, 12}, {13, 18}});
    text::EncodeOptions special;
    special.parse_special = true;
    tokenizer.encode("hello[SEP]é world", special, out);
    CHECK(out.ids == Ids{1, 4, 0, 2});
    tokenizer.encode("", {}, out);
    CHECK(out.ids.empty());
}

TEST_CASE("A special token is no word of ordinary text", "[text]") {
    text::Vocabulary vocabulary(2);
    vocabulary.insert("?", 0, "v");
    vocabulary.insert("end", 1, "v");
    Ids got;
    const auto put = [&](std::int32_t id, std::size_t begin, std::size_t end) {
        got.push_back(id);
        CHECK(begin == 0);
        CHECK(end == 3);
    };
    text::WordLevel(vocabulary, {}, "?", "v").tokenize("end", put);
    text::WordLevel(vocabulary, {1}, "?", "v").tokenize("end", put);
    CHECK(got == Ids{1, 0});
}

TEST_CASE("Words without an unknown token are refused", "[text]") {
    json file = words();
    file["model"]["unk_token"] = "<unk>";
    CHECK_THROWS_WITH(text::tokenizer_json::parse(file.dump(), "f.json"),
                      Catch::Contains("`<unk>` is not in the vocabulary") && Catch::Contains("f.json, model"));
}
