#include <familiar/text/byte_level_json.hpp>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

using namespace familiar;
using namespace familiar::text;
using Catch::Contains;
using nlohmann::json;

namespace {

const std::string kQwen =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

ByteLevelSegmenter::Settings settings_of(const json& pre_tokenizer) {
    const json document = {{"pre_tokenizer", pre_tokenizer}};
    ByteLevelSegmenter::Settings out;
    tokenizer_json::read_byte_level_pre_tokenizer(JsonView(document, "f.json"), out);
    return out;
}

json sequence(std::vector<json> parts) {
    return {{"type", "Sequence"}, {"pretokenizers", std::move(parts)}};
}

json split(const std::string& regex) {
    return {{"type", "Split"}, {"pattern", {{"Regex", regex}}}, {"behavior", "Isolated"}};
}

const json kBytes = {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}};

json small() {
    return json::parse(R"({"pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false},
        "model": {"vocab": {"a": 0, "b": 1, "ab": 2, "Ã": 3, "©": 4, "?": 5, "abab": 6}, "merges": ["a b"]}})");
}

std::vector<std::int32_t> encode(const json& document, const std::string& text) {
    const JsonView root(document, "f.json");
    std::vector<std::int32_t> ids;
    tokenizer_json::read_byte_level_bpe(root, root.at("model")).encode_ids(text, {}, ids);
    return ids;
}

using Ids = std::vector<std::int32_t>;

} // namespace

TEST_CASE("The published patterns are known by their text alone", "[text]") {
    CHECK(tokenizer_json::pattern_of(kQwen) == SplitPattern::qwen2);
    CHECK(tokenizer_json::pattern_of(R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)") ==
          SplitPattern::gpt2);
    CHECK_FALSE(tokenizer_json::pattern_of(kQwen + " ").has_value());
    CHECK_FALSE(tokenizer_json::pattern_of("").has_value());
    CHECK(tokenizer_json::pattern_of(" ?[^(\\s|[.,!?\u2026\u3002\uFF0C\u3001\u0964\u06D4\u060C])]+") ==
          SplitPattern::bloom);
}

TEST_CASE("Compositions of pre-tokenizers come to one pattern", "[text]") {
    CHECK(settings_of({{"type", "ByteLevel"}}).pattern == SplitPattern::gpt2);
    CHECK(settings_of({{"type", "ByteLevel"}}).add_prefix_space);
    CHECK(settings_of(kBytes).pattern == SplitPattern::whole);
    CHECK_FALSE(settings_of(kBytes).add_prefix_space);
    CHECK(settings_of(sequence({split(kQwen), kBytes})).pattern == SplitPattern::qwen2);
    const json punctuation{{"type", "Punctuation"}, {"behavior", "Contiguous"}},
        threes = split("[0-9][0-9][0-9]"), bytes{{"type", "ByteLevel"}, {"add_prefix_space", false}};
    CHECK(settings_of(sequence({punctuation, bytes, {{"type", "Digits"}}, threes})).pattern == SplitPattern::falcon);
    CHECK_THROWS_AS(settings_of(sequence({punctuation, bytes, threes})), Error);
    CHECK(settings_of(sequence({{{"type", "Digits"}, {"individual_digits", true}}, {{"type", "ByteLevel"}}})).pattern ==
          SplitPattern::gpt2_digit);
}

TEST_CASE("Compositions that mean something else are refused by name", "[text]") {
    CHECK_THROWS_WITH(settings_of({{"type", "Frobnicate"}}),
                      Contains("`Frobnicate`") && Contains("f.json, pre_tokenizer") && Contains("ByteLevel"));
    CHECK_THROWS_WITH(settings_of(sequence({split("a+"), kBytes})), Contains("`a+`") && Contains("pretokenizers[0]"));
    CHECK_THROWS_WITH(settings_of(sequence({split(std::string(500, 'a')), kBytes})), Contains("aaa…`"));
    CHECK_THROWS_WITH(settings_of(sequence({{{"type", "Split"}, {"pattern", {{"String", " "}}}}, kBytes})),
                      Contains("String"));
    CHECK_THROWS_WITH(settings_of(sequence({split(kQwen), {{"type", "ByteLevel"}}})), Contains("two patterns"));
    CHECK_THROWS_WITH(settings_of(sequence({kBytes, split(kQwen)})), Contains("behind ByteLevel"));
    CHECK_THROWS_WITH(settings_of(sequence({split(kQwen)})), Contains("without ByteLevel"));
    CHECK_THROWS_WITH(settings_of(sequence({{{"type", "Digits"}, {"individual_digits", true}}, split(kQwen), kBytes})),
                      Contains("digits apart"));
    CHECK_THROWS_WITH(settings_of(nullptr), Contains("`pre_tokenizer` is missing"));
}

TEST_CASE("Merges are read in both spellings", "[text]") {
    const json document = json::parse(R"({"merges": ["a b", ["x", " y"], "  z"]})");
    const auto merges = tokenizer_json::read_merges(JsonView(document, "f.json"));
    REQUIRE(merges.size() == 3);
    CHECK(merges[0] == std::pair<std::string_view, std::string_view>("a", "b"));
    CHECK(merges[1] == std::pair<std::string_view, std::string_view>("x", " y"));
    CHECK(merges[2] == std::pair<std::string_view, std::string_view>(" ", "z")); // the first space is a token
    for (const char* const wrong :
         {R"(["ab"])", R"([""])", R"(["a "])", R"([["a"]])", R"([["a", 1]])", "[7]", "[null]"}) {
        const json broken = {{"merges", json::parse(wrong)}};
        INFO(wrong);
        CHECK_THROWS_WITH(tokenizer_json::read_merges(JsonView(broken, "f.json")), Contains("f.json, merges[0]"));
    }
}

TEST_CASE("A byte-level file becomes a tokenizer with its settings", "[text]") {
    json file = small();
    CHECK(encode(file, "abab") == Ids{2, 2});
    CHECK(encode(file, "axb") == Ids{0, 1}); // a byte without a token vanishes
    CHECK(encode(file, "e\u0301").empty());
    file["model"]["unk_token"] = "?";
    CHECK(encode(file, "axb") == Ids{0, 5, 1});
    file["model"]["ignore_merges"] = true;
    CHECK(encode(file, "abab") == Ids{6});
    file["normalizer"] = {{"type", "NFC"}};
    CHECK(encode(file, "e\u0301") == Ids{3, 4});
}

TEST_CASE("Bytes with affixes are merged behind CLIP's words, and refused behind others", "[text]") {
    json file = small();
    file["model"]["end_of_word_suffix"] = "</w>";
    const auto read = [&] {
        const JsonView root(file, "f.json");
        return tokenizer_json::read_character_bpe(root, root.at("model"), true);
    };
    CHECK_THROWS_WITH(read(), Contains("f.json, pre_tokenizer") && Contains("`ByteLevel`"));
    const json bytes = {{"type", "ByteLevel"}, {"add_prefix_space", false}};
    json split = {{"type", "Split"}, {"behavior", "Removed"}, {"invert", true}};
    split["pattern"]["Regex"] = tokenizer_json::kClipPattern;
    file["pre_tokenizer"] = {{"type", "Sequence"}, {"pretokenizers", {split, bytes}}};
    CHECK_NOTHROW(read());
    file["model"]["ignore_merges"] = true;
    CHECK_THROWS_WITH(read(), Contains("ignore_merges"));
    file["model"]["ignore_merges"] = false;
    file["pre_tokenizer"]["pretokenizers"][0]["behavior"] = "Isolated"; // the spaces would be words
    CHECK_THROWS_WITH(read(), Contains("f.json, pre_tokenizer"));
}

TEST_CASE("What a byte-level file cannot ask for is refused with its place", "[text]") {
    const auto refused = [](const char* pointer, const json& value, const char* message) {
        json file = small();
        file[json::json_pointer(pointer)] = value;
        INFO(pointer);
        CHECK_THROWS_WITH(encode(file, "a"), Contains(message));
    };
    refused("/normalizer", {{"type", "NFKC"}}, "`NFKC`");
    refused("/model/byte_fallback", true, "byte fallback");
    refused("/model/unk_token", "<unk>", "`<unk>` is not in the vocabulary");
    refused("/model/merges", json::array({"a x"}), "model.merges[0]");
    refused("/model/merges", "a b", "model.merges");
}

TEST_CASE("A BPE file without bytes merges characters", "[text]") {
    json file = json::parse(R"({"normalizer": {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "_"},
            {"type": "Replace", "pattern": {"String": " "}, "content": "_"}]},
        "model": {"unk_token": "?", "fuse_unk": true, "byte_fallback": true,
            "vocab": {"?": 0, "_": 1, "a": 2, "b": 3, "_a": 4, "<0x78>": 5}, "merges": ["_ a"]}})");
    const auto characters = [&](const std::string& text) {
        const JsonView root(file, "f.json");
        CHECK_FALSE(tokenizer_json::has_byte_level(root));
        Ids ids;
        tokenizer_json::read_character_bpe(root, root.at("model"), false).encode_ids(text, {}, ids);
        return ids;
    };
    CHECK(characters("a ab x") == Ids{4, 4, 3, 1, 5});
    CHECK(characters("yz") == Ids{1, 0}); // no bytes for these: one unknown token
    file["model"]["fuse_unk"] = false;
    CHECK(characters("yz") == Ids{1, 0, 0});
    file["model"]["unk_token"] = "none";
    CHECK_THROWS_WITH(characters(""), Contains("`none` is not in the vocabulary"));
    const json bytes = small();
    CHECK(tokenizer_json::has_byte_level(JsonView(bytes, "f.json")));
}
