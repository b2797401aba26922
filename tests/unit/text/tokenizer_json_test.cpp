#include <familiar/text/tokenizer_json.hpp>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

using namespace familiar;
using namespace familiar::text;
using Catch::Contains;
using nlohmann::json;

namespace {

Vocabulary small() {
    Vocabulary out(4);
    std::int64_t id = 0;
    for (const char* const token : {"a", "<s>", "</s>", "b"}) out.insert(token, id++, "here");
    return out;
}

/// `1 A 2` for a template: special ids, A and B, each with `:type` where the type is not 0.
std::string shown(const std::vector<PostProcessor::Piece>& pieces) {
    std::string out;
    for (const auto& piece : pieces) {
        out += out.empty() ? "" : " ";
        out += piece.part == PostProcessor::Part::special      ? std::to_string(piece.id)
               : piece.part == PostProcessor::Part::first_text ? "A"
                                                               : "B";
        if (piece.type_id != 0) out += ":" + std::to_string(piece.type_id);
    }
    return out;
}

PostProcessor post_of(const std::string& processor) {
    const json document = {{"post_processor", json::parse(processor)}};
    return tokenizer_json::read_post_processor(JsonView(document, "f.json"), small());
}

} // namespace

TEST_CASE("A vocabulary is read, its faults named by token and place", "[text]") {
    const auto read = [](const char* vocab) {
        const json document = {{"vocab", json::parse(vocab)}};
        return tokenizer_json::read_vocabulary(JsonView(document, "f.json"));
    };
    const Vocabulary vocabulary = read(R"({"b": 1, "a": 0})");
    CHECK(vocabulary.size() == 2);
    CHECK(vocabulary.token(1) == "b");
    CHECK_THROWS_WITH(read("[]"), Contains("f.json, vocab"));
    CHECK_THROWS_WITH(read("{}"), Contains("0 tokens"));
    CHECK_THROWS_WITH(read(R"({"a": "0"})"), Contains("`a`") && Contains("integer"));
    CHECK_THROWS_WITH(read(R"({"a": 18446744073709551615})"), Contains("`a`"));
    CHECK_THROWS_WITH(read(R"({"a": 0, "b": 0})"), Contains("two tokens"));
}

TEST_CASE("Added tokens join the vocabulary with their settings", "[text]") {
    const json document = json::parse(
        R"({"added_tokens": [{"id": 1, "content": "<s>", "special": true}, {"id": 9, "content": "new", "lstrip": true,
        "rstrip": true, "single_word": true}, {"id": 10, "content": ""}]})");
    Vocabulary vocabulary = small();
    const AddedTokens added = tokenizer_json::read_added_tokens(JsonView(document, "f.json"), vocabulary);
    REQUIRE(added.tokens().size() == 2); // an empty one would be found everywhere
    CHECK(added.tokens()[0].special);
    CHECK_FALSE(added.tokens()[0].normalized); // the default of special tokens
    CHECK(added.tokens()[1].normalized);
    CHECK((added.tokens()[1].left_strip && added.tokens()[1].right_strip && added.tokens()[1].single_word));
    CHECK(vocabulary.find("new") == 9);
    CHECK(tokenizer_json::read_added_tokens(JsonView(json::object(), "f.json"), vocabulary).tokens().empty());
    const json wrong = json::parse(R"({"added_tokens": [{"id": 0, "content": "x"}]})");
    CHECK_THROWS_WITH(tokenizer_json::read_added_tokens(JsonView(wrong, "f.json"), vocabulary),
                      Contains("f.json, added_tokens[0]") && Contains("`a` and `x`"));
}

TEST_CASE("Post-processors put their tokens where the library puts them", "[text]") {
    const PostProcessor bert = post_of(R"({"type": "BertProcessing", "cls": ["<s>", 1], "sep": ["</s>", 2]})");
    CHECK(shown(bert.single) == "1 A 2");
    CHECK(shown(bert.pair) == "1 A 2 B:1 2:1");
    CHECK_FALSE(bert.trim_offsets);
    const PostProcessor roberta =
        post_of(R"({"type": "RobertaProcessing", "cls": ["<s>", 1], "sep": ["</s>", 2], "add_prefix_space": false})");
    CHECK(shown(roberta.single) == "1 A 2");
    CHECK(shown(roberta.pair) == "1 A 2 2 B 2");
    CHECK(roberta.trim_offsets);
    CHECK_FALSE(roberta.add_prefix_space);
    const PostProcessor two =
        post_of(R"({"type": "Sequence", "processors": [{"type": "ByteLevel", "trim_offsets": false},
        {"type": "TemplateProcessing", "special_tokens": {"<s>": {"ids": [1, 2]}},
         "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
         "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}]}]})");
    CHECK(shown(two.single) == "1 2 A");
    CHECK(shown(two.pair) == "A B:1");
    CHECK_FALSE(two.trim_offsets);
    CHECK(shown(tokenizer_json::read_post_processor(JsonView(json::object(), "f"), small()).single) == "A");
}

TEST_CASE("A template that cannot be followed is refused with its place", "[text]") {
    const auto of = [](const char* single) {
        return post_of(std::string(R"({"type": "TemplateProcessing", "special_tokens": {"<s>": {"ids": [99]}},
            "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}], "single": )") +
                       single + "}");
    };
    CHECK_THROWS_WITH(of("[]"), Contains("0 texts instead of 1") && Contains("post_processor.single"));
    CHECK_THROWS_WITH(of(R"([{"Sequence": {"id": "B", "type_id": 0}}])"), Contains("`B` is out of turn"));
    CHECK_THROWS_WITH(of(R"([{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}])"),
                      Contains("out of turn"));
    CHECK_THROWS_WITH(of(R"([{"SpecialToken": {"id": "<s>", "type_id": 0}}])"),
                      Contains("no token 99") && Contains("ids[0]"));
    CHECK_THROWS_WITH(of(R"([{"SpecialToken": {"id": "<x>", "type_id": 0}}])"), Contains("`<x>` is missing"));
    CHECK_THROWS_WITH(of(R"([{"Sequence": {"id": "A", "type_id": 256}}])"), Contains("from 0 to 255"));
    CHECK_THROWS_WITH(of(R"([{"Frobnicate": 1}])"), Contains("SpecialToken"));
    CHECK_THROWS_WITH(post_of(R"({"type": "Frobnicate"})"), Contains("`Frobnicate`") && Contains("RobertaProcessing"));
    CHECK_THROWS_WITH(post_of(R"({"type": "BertProcessing", "cls": ["<s>"], "sep": ["</s>", 2]})"),
                      Contains("a token and its id"));
}

TEST_CASE("BERT's normaliser strips accents where it makes lower case, unless told", "[text]") {
    const auto of = [](const char* normalizer) {
        const json document = {{"normalizer", json::parse(normalizer)}};
        return tokenizer_json::read_bert_settings(JsonView(document, "f.json").at("normalizer"));
    };
    CHECK(of(R"({"type": "BertNormalizer"})") == BertNormalizer{true, true, true, true});
    CHECK(of(R"({"type": "BertNormalizer", "lowercase": false, "strip_accents": null})") ==
          BertNormalizer{true, true, false, false});
    CHECK(of(R"({"type": "BertNormalizer", "lowercase": false, "strip_accents": true})") ==
          BertNormalizer{true, true, true, false});
    CHECK_THROWS_WITH(of(R"({"type": "BertNormalizer", "lowercase": 1})"), Contains("normalizer.lowercase"));
}

TEST_CASE("Sequences of parts are visited in order, one in another too", "[text]") {
    const json document = json::parse(
        R"({"type": "Sequence", "parts": [{"type": "x"}, {"type": "Sequence", "parts": [{"type": "y"}]}, {"type": "z"}]})");
    std::string seen;
    tokenizer_json::for_each_part(JsonView(document, "f"), "parts",
                                  [&](const JsonView& part) { seen += tokenizer_json::type_of(part); });
    CHECK(seen == "xyz");
    const json broken = json::parse(R"({"type": "Sequence"})");
    CHECK_THROWS_WITH(tokenizer_json::for_each_part(JsonView(broken, "f"), "parts", [](const JsonView&) {}),
                      Contains("`parts` is missing"));
}
