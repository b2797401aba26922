#include <familiar/text/word_piece_json.hpp>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

using namespace familiar;
using namespace familiar::text;
using Catch::Contains;
using nlohmann::json;

namespace {

json small() {
    return json::parse(R"({"pre_tokenizer": {"type": "BertPreTokenizer"}, "normalizer": {"type": "BertNormalizer"},
        "model": {"vocab": {"[UNK]": 0, "a": 1, "##b": 2, ".": 3, "<?>": 4, "@b": 5}}})");
}

AnyTokenizer read(const json& document) {
    const JsonView root(document, "f.json");
    return tokenizer_json::read_word_piece(root, root.at("model"));
}

std::vector<std::int32_t> encode(const json& document, const std::string& text) {
    std::vector<std::int32_t> ids;
    read(document).encode_ids(text, {}, ids);
    return ids;
}

using Ids = std::vector<std::int32_t>;

} // namespace

TEST_CASE("A WordPiece file may leave out what has a default", "[text]") {
    CHECK(encode(small(), "AB x.") == Ids{1, 2, 0, 3});
    CHECK(read(small()).decode(Ids{1, 2, 3}) == "ab.");
    CHECK(encode(small(), "a" + std::string(99, 'b')).size() == 100);
    CHECK(encode(small(), "a" + std::string(100, 'b')) == Ids{0}); // a hundred characters are the limit
}

TEST_CASE("A WordPiece file's own settings count", "[text]") {
    json file = small();
    file["model"]["unk_token"] = "<?>";
    file["model"]["continuing_subword_prefix"] = "@";
    file["model"]["max_input_chars_per_word"] = 3;
    file["normalizer"] = nullptr;
    file["decoder"] = {{"type", "WordPiece"}, {"cleanup", false}};
    CHECK(encode(file, "abb A abbb") == Ids{1, 5, 5, 4, 4});
    CHECK(read(file).decode(Ids{1, 5, 3}) == "ab .");
}

TEST_CASE("A WordPiece file with other steps than BERT's is read step by step", "[text]") {
    json file = small();
    file["pre_tokenizer"] = {{"type", "WhitespaceSplit"}};
    CHECK(encode(file, "AB. a") == Ids{0, 1}); // the full stop is no word of its own
    file["normalizer"] = {{"type", "Lowercase"}};
    CHECK(encode(file, "AB ab") == Ids{1, 2, 1, 2});
    file["pre_tokenizer"] = nullptr;
    CHECK(encode(file, "ab ab") == Ids{0}); // all is one word
    json added = small();
    added["added_tokens"] = json::parse(R"([{"id": 9, "content": "New"}])");
    CHECK(encode(added, "aNEW a") == Ids{1, 9, 1}); // searched in the normalised text
    added["added_tokens"][0]["normalized"] = false;
    CHECK(encode(added, "aNEW a") == Ids{0, 1});
}

TEST_CASE("What a WordPiece file cannot ask for is refused with its place", "[text]") {
    const auto refused = [](const char* pointer, const json& value, const char* message) {
        json file = small();
        file[json::json_pointer(pointer)] = value;
        INFO(pointer << " " << value);
        CHECK_THROWS_WITH(read(file), Contains(message) && Contains("f.json"));
    };
    refused("/pre_tokenizer", {{"type", "Frobnicate"}}, "`Frobnicate`");
    refused("/normalizer", {{"type", "Frobnicate"}}, "`Frobnicate`");
    refused("/model/max_input_chars_per_word", 0, "model.max_input_chars_per_word");
    refused("/model/max_input_chars_per_word", 1000000, "from 1 to 100000");
    refused("/model/unk_token", "<none>", "`<none>`");
    refused("/decoder", {{"cleanup", true}}, "`type` is missing");
}
