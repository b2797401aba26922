#include <familiar/text/load_tokenizer.hpp>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "support/resources.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

using namespace familiar;
using nlohmann::json;

namespace {

/// A small WordPiece file: `[UNK] [CLS] [SEP] a b ##b word !`.
json small_word_piece() {
    return json::parse(R"({
        "added_tokens": [{"id": 1, "content": "[CLS]", "special": true}, {"id": 2, "content": "[SEP]", "special": true}],
        "normalizer": {"type": "BertNormalizer", "lowercase": true},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 2], "cls": ["[CLS]", 1]},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "max_input_chars_per_word": 5,
                  "vocab": {"[UNK]": 0, "[CLS]": 1, "[SEP]": 2, "a": 3, "b": 4, "##b": 5, "word": 6, "!": 7}}})");
}

/// Byte-level BPE over the letters a, b and the space.
json small_bpe() {
    return json::parse(R"({
        "added_tokens": [{"id": 6, "content": "<s>", "special": true}],
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false},
        "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "Ġ": 2, "ab": 3, "Ġab": 4, "abab": 5},
                  "merges": ["a b", ["Ġ", "ab"], "ab ab"]}})");
}

std::vector<std::int32_t> ids(const text::AnyTokenizer& tokenizer, const std::string& text,
                              text::EncodeOptions options = {}) {
    std::vector<std::int32_t> out;
    tokenizer.encode_ids(text, options, out);
    return out;
}

text::AnyTokenizer parse(const json& file) {
    return text::tokenizer_json::parse(file.dump(), "some/tokenizer.json");
}

ErrorCode refused(const json& file) {
    try {
        (void)parse(file);
    } catch (const Error& error) {
        CHECK(std::string(error.what()).find("some/tokenizer.json") != std::string::npos);
        return error.code();
    }
    return ErrorCode::cancelled; // it was not refused
}

using Ids = std::vector<std::int32_t>;

} // namespace

TEST_CASE("A WordPiece file is read into its parts", "[text]") {
    const auto tokenizer = parse(small_word_piece());
    CHECK(ids(tokenizer, "Word!ABB x") == Ids{1, 6, 7, 3, 5, 5, 0, 2});
    CHECK(ids(tokenizer, "abbbbb") == Ids{1, 0, 2}); // six characters where five may be
    text::EncodeOptions bare;
    bare.add_special_tokens = false;
    CHECK(ids(tokenizer, "a[SEP]b", bare) == Ids{3, 0, 0, 0, 4});
    bare.parse_special = true;
    CHECK(ids(tokenizer, "a[SEP]b", bare) == Ids{3, 2, 4});
    CHECK(tokenizer.decode(Ids{1, 3, 5, 6, 7, 2}) == "ab word!");
    CHECK(tokenizer.find_token("##b") == 5);
    CHECK_FALSE(tokenizer.find_token("c").has_value());
    CHECK_THROWS_AS(tokenizer.token(8), Error);
    CHECK_THROWS_AS(tokenizer.token(-1), Error);
}

TEST_CASE("A byte-level BPE file is read into its parts", "[text]") {
    const auto tokenizer = parse(small_bpe());
    CHECK(ids(tokenizer, "abab ab") == Ids{5, 4});
    CHECK(ids(tokenizer, "<s>ab") == Ids{3}); // what the vocabulary has no byte for vanishes
    text::EncodeOptions special;
    special.parse_special = true;
    CHECK(ids(tokenizer, "<s>ab", special) == Ids{6, 3});
    CHECK(tokenizer.decode(Ids{6, 3, 4}) == "ab ab");
    CHECK(tokenizer.token_bytes(4) == " ab");
}

// Values of tokenizers 0.23.3.
TEST_CASE("Pieces that say where in a word they stand are merged by their places", "[text]") {
    const auto read = [](const char* model) {
        json file{{"pre_tokenizer", {{"type", "Whitespace"}}},
                  {"decoder", {{"type", "BPEDecoder"}, {"suffix", "</w>"}}}};
        file["model"] = json::parse(model);
        file["model"]["type"] = "BPE";
        file["model"]["unk_token"] = "<unk>";
        return parse(file);
    };
    const auto prefix = read(R"({"continuing_subword_prefix": "##", "merges": ["a ##b", "ab ##c", "##b ##c"],
        "vocab": {"##a": 0, "##b": 1, "##c": 2, "a": 3, "b": 4, "c": 5, "ab": 6, "abc": 7, "##bc": 8, "<unk>": 9}})");
    CHECK(ids(prefix, "abc ab cabc bc") == Ids{7, 6, 5, 0, 8, 4, 2});
    CHECK(ids(prefix, "axc a zz ab") == Ids{3, 9, 2, 3, 9, 9, 6});
    const auto suffix = read(R"({"end_of_word_suffix": "</w>", "merges": ["a b", "ab c</w>", "b c</w>"],
        "vocab": {"a": 0, "a</w>": 1, "b": 2, "b</w>": 3, "c": 4, "c</w>": 5, "ab": 6, "abc</w>": 7, "bc</w>": 8,
                  "<unk>": 9}})");
    CHECK(ids(suffix, "abc ab cabc bc") == Ids{7, 0, 3, 4, 7, 8});
    CHECK(ids(suffix, "axc a zz ab") == Ids{0, 9, 5, 1, 9, 9, 0, 3});
    CHECK(suffix.decode(Ids{7, 0, 3, 4, 7, 8}) == "abc ab cabc bc");
    const auto both = read(R"({"continuing_subword_prefix": "##", "end_of_word_suffix": "</w>",
        "merges": ["a ##b", "ab ##c</w>", "##b ##c</w>"],
        "vocab": {"##a": 0, "##a</w>": 1, "##b": 2, "##b</w>": 3, "##c": 4, "##c</w>": 5, "a": 6, "a</w>": 7, "b": 8,
                  "b</w>": 9, "c": 10, "c</w>": 11, "ab": 12, "abc</w>": 13, "##bc</w>": 14, "<unk>": 15}})");
    CHECK(ids(both, "abc ab cabc bc") == Ids{13, 6, 3, 10, 0, 14, 8, 5});
    CHECK(ids(both, "axc a zz ab") == Ids{6, 15, 5, 7, 15, 15, 6, 3});
    CHECK(both.decode(Ids{13, 6, 3, 10, 0, 14, 8, 5}) == "abc a##b c##a##bc b##c");
}

TEST_CASE("A limit that leaves no room, or a strategy that cannot cut, is an error", "[text]") {
    const auto tokenizer = parse(small_word_piece());
    text::EncodeOptions options;
    text::Encoding out;
    options.max_length = 2;
    CHECK_THROWS_AS(tokenizer.encode("a", options, out), Error);
    tokenizer.encode("", options, out);
    CHECK(out.ids == Ids{1, 2});
    options.max_length = 3;
    tokenizer.encode("a b", options, out);
    CHECK(out.ids == Ids{1, 3, 2});
    options.truncation = text::TruncationStrategy::only_second;
    CHECK_THROWS_AS(tokenizer.encode("a b", options, out), Error);
    options.max_length = 5;
    tokenizer.encode_pair("a", "b b b", options, out);
    CHECK(out.ids == Ids{1, 3, 2, 4, 2});
    CHECK(out.type_ids == std::vector<std::uint8_t>{0, 0, 0, 1, 1});
    CHECK_THROWS_AS(tokenizer.encode_pair("a a a", "b", options, out), Error);
}

TEST_CASE("A tokenizer.json that lies is refused, the file named", "[text]") {
    const auto with = [](const char* pointer, json value) {
        json file = small_word_piece();
        file[json::json_pointer(pointer)] = std::move(value);
        return file;
    };
    CHECK(refused(with("/model/type", "Frobnicate")) == ErrorCode::unsupported_model);
    CHECK(refused(with("/model", json::object())) == ErrorCode::unsupported_model);
    CHECK(refused(with("/model", nullptr)) == ErrorCode::malformed_model);
    CHECK(refused(with("/model/vocab", json::object())) == ErrorCode::malformed_model);
    CHECK(refused(with("/model/vocab", {{"a", -1}})) == ErrorCode::malformed_model);
    CHECK(refused(with("/model/vocab", {{"[UNK]", std::uint64_t{1} << 60}})) == ErrorCode::malformed_model);
    CHECK(refused(with("/model/vocab", {{"[UNK]", ~std::uint64_t{0}}})) == ErrorCode::malformed_model);
    CHECK(refused(with("/model/vocab", {{"[UNK]", 0.5}})) == ErrorCode::malformed_model);
    CHECK(refused(with("/model/vocab", {{"[UNK]", 0}, {"a", 0}})) == ErrorCode::malformed_model);
    CHECK(refused(with("/model/unk_token", "[NOT THERE]")) == ErrorCode::malformed_model);
    CHECK(refused(with("/model/unk_token", 7)) == ErrorCode::malformed_model);
    CHECK(refused(with("/normalizer", {{"type", "Frobnicate"}})) == ErrorCode::unsupported_model);
    CHECK(refused(with("/pre_tokenizer", {{"type", "Frobnicate"}})) == ErrorCode::unsupported_model);
    CHECK(refused(with("/post_processor", {{"type", "Frobnicate"}})) == ErrorCode::unsupported_model);
    CHECK(refused(with("/post_processor/sep", {"[SEP]", 99})) == ErrorCode::malformed_model);
    CHECK(refused(with("/added_tokens", 7)) == ErrorCode::malformed_model);
    CHECK(refused(with("/added_tokens/0/id", -1)) == ErrorCode::malformed_model);
    CHECK(refused(with("/added_tokens/0/id", 3)) == ErrorCode::malformed_model);
    CHECK(refused(json::array()) == ErrorCode::malformed_model);
}

TEST_CASE("Merges of tokens that the vocabulary lacks are refused with their number", "[text]") {
    for (const auto& merge : {json("a c"), json("b a"), json("a"), json(7), json({"a", "b", "c"})}) {
        json file = small_bpe();
        file["model"]["merges"][1] = merge;
        try {
            (void)parse(file);
            FAIL("a merge that cannot be: " << merge);
        } catch (const Error& error) {
            CHECK(error.code() == ErrorCode::malformed_model);
            CHECK(std::string(error.what()).find("merges[1]") != std::string::npos);
        }
    }
}

TEST_CASE("An unknown part is refused by its name, with the names that are known", "[text]") {
    json file = small_word_piece();
    file["model"]["type"] = "Frobnicate";
    CHECK_THROWS_WITH(parse(file),
                      Catch::Contains("Frobnicate") && Catch::Contains("WordPiece") && Catch::Contains("model"));
}

TEST_CASE("Nesting of a hundred thousand levels is refused before anything recurses", "[text]") {
    std::string deep = R"({"model": )";
    for (int i = 0; i < 100000; ++i) deep += "[";
    CHECK_THROWS_WITH(text::tokenizer_json::parse(deep, "deep.json"),
                      Catch::Contains("deep.json") && Catch::Contains("nested"));
    CHECK_THROWS_WITH(text::tokenizer_json::parse(R"({"a": "[[[)", "cut.json"),
                      Catch::Contains("cut.json") && Catch::Contains("byte"));
}

TEST_CASE("Every shortened or flipped tokenizer.json is refused or read, never a crash", "[text]") {
    for (const json& file : {small_word_piece(), small_bpe()}) {
        const std::string intact = file.dump();
        text::Encoding out;
        for (std::size_t i = 0; i < intact.size(); ++i) {
            CHECK_THROWS_AS(text::tokenizer_json::parse(std::string_view(intact).substr(0, i), "f"), Error);
            for (const int bit : {0, 3, 7}) {
                std::string flipped = intact;
                flipped[i] = static_cast<char>(flipped[i] ^ (1 << bit));
                try {
                    text::tokenizer_json::parse(flipped, "f").encode("abab [SEP] \xff", {}, out);
                } catch (const Error&) { // as good as an answer
                }
            }
        }
    }
}

TEST_CASE("A directory stands for the tokenizer.json in it, and what is not there is named", "[text]") {
    const auto folder = std::filesystem::temp_directory_path() / "familiar_load_tokenizer_test";
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    CHECK_THROWS_WITH(text::load_tokenizer(folder), Catch::Contains("tokenizer.json"));
    std::ofstream(folder / "tokenizer.json") << small_word_piece().dump();
    CHECK(ids(text::load_tokenizer(folder), "a") == Ids{1, 3, 2});
    CHECK(ids(text::load_tokenizer(folder / "tokenizer.json"), "a") == Ids{1, 3, 2});
    CHECK_THROWS_WITH(text::load_tokenizer(folder / "gone.json"), Catch::Contains("gone.json"));
    std::filesystem::remove_all(folder);
}

TEST_CASE("Threads that share a tokenizer get the ids that one alone gets", "[text]") {
    const auto tokenizer = parse(small_bpe());
    const std::string given = "ab abab  ab aab bab abababab \xff ab";
    const Ids expected = ids(parse(small_bpe()), given);
    std::vector<Ids> got(4);
    std::vector<std::thread> threads;
    for (auto& out : got) {
        threads.emplace_back([&tokenizer, &given, &out] {
            for (int i = 0; i < 200; ++i) tokenizer.encode_ids(given, {}, out);
        });
    }
    for (auto& thread : threads) thread.join();
    for (const auto& out : got) CHECK(out == expected);
}
