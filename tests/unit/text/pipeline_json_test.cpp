#include <familiar/text/pipeline_json.hpp>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

using namespace familiar;
using namespace familiar::text;
using Catch::Contains;
using nlohmann::json;

namespace {

using Ids = std::vector<std::int32_t>;

/// As ALBERT's file, but small.
json small() {
    return json::parse(R"({"added_tokens": [{"id": 1, "content": "[CLS]", "special": true}],
        "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFKD"}, {"type": "Lowercase"},
            {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "}]},
        "pre_tokenizer": {"type": "Metaspace", "replacement": "_", "add_prefix_space": true},
        "decoder": {"type": "Metaspace", "replacement": "_", "prepend_scheme": "always"},
        "model": {"type": "Unigram", "unk_id": 0,
            "vocab": [["<unk>", 0.0], ["[CLS]", 0], ["_", -3], ["a", -2.5], ["_a", -2.0], ["b", -4]]}})");
}

AnyTokenizer read(const json& document) {
    const JsonView root(document, "f.json");
    return tokenizer_json::read_unigram(root, root.at("model"));
}

Ids encode(const json& document, const std::string& text) {
    Ids ids;
    read(document).encode_ids(text, {}, ids);
    return ids;
}

} // namespace

TEST_CASE("A Unigram file is read with its steps", "[text]") {
    CHECK(encode(small(), "A  ab") == Ids{4, 4, 5});
    CHECK(encode(small(), "zz") == Ids{2, 0});
    CHECK(encode(small(), "").empty());
    CHECK(read(small()).decode(Ids{1, 4, 4, 5}) == "a ab");
    CHECK(read(small()).token_bytes(4) == " a");
    json file = small();
    file["pre_tokenizer"]["add_prefix_space"] = false;
    CHECK(encode(file, "a") == Ids{3});
    file["pre_tokenizer"] = nullptr;
    file["normalizer"] = nullptr;
    file["decoder"] = nullptr;
    CHECK(encode(file, "a_a") == Ids{3, 4});
    CHECK(read(file).decode(Ids{3, 4}) == "a _a");
}

TEST_CASE("What a file's steps cannot ask for is refused with its place", "[text]") {
    const auto refused = [](const char* pointer, const json& value, const char* what, const char* place) {
        json file = small();
        file[json::json_pointer(pointer)] = value;
        INFO(pointer << " " << value);
        CHECK_THROWS_WITH(read(file), Contains(what) && Contains("f.json, " + std::string(place)));
    };
    refused("/normalizer/normalizers/0/type", "Frob", "`Frob`", "normalizer.normalizers[0]");
    refused("/normalizer/normalizers/2/pattern", {{"Regex", "a|b"}}, "`a|b`", "normalizer.normalizers[2].pattern");
    refused("/normalizer", {{"type", "Precompiled"}, {"precompiled_charsmap", "?"}}, "base64",
            "normalizer.precompiled");
    refused("/normalizer", {{"type", "Precompiled"}, {"precompiled_charsmap", "/////w=="}}, "does not fit",
            "normalizer");
    refused("/pre_tokenizer/type", "Frob", "`Frob`", "pre_tokenizer");
    refused("/pre_tokenizer/replacement", "ab", "one character", "pre_tokenizer.replacement");
    refused("/pre_tokenizer/prepend_scheme", "frob", "`frob`", "pre_tokenizer");
    refused("/pre_tokenizer", {{"type", "Punctuation"}, {"behavior", "frob"}}, "`frob`", "pre_tokenizer");
    refused("/decoder/type", "Frob", "`Frob`", "decoder");
    refused("/model/vocab", json::array(), "0 tokens", "model.vocab");
    refused("/model/vocab/3", json::array({"a"}), "a token and its score", "model.vocab[3]");
    refused("/model/vocab/3", json::array({"a", "b"}), "a token and its score", "model.vocab[3]");
    refused("/model/unk_id", 6, "from 0 to 5", "model.unk_id");
    refused("/model/unk_id", nullptr, "without an unknown token", "model");
    refused("/model/vocab/3/1", 1e300, "token 3", "model");
}

TEST_CASE("Of equal pieces the last one counts", "[text]") {
    json file = small();
    file["model"]["vocab"].push_back({"b", -4});
    CHECK(encode(file, "ab") == Ids{4, 6});
}
