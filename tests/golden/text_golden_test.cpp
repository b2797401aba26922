#include <familiar/text/chat_template.hpp>
#include <familiar/text/gguf_chat_template.hpp>
#include <familiar/text/gguf_tokenizer.hpp>
#include <familiar/text/jinja/json_text.hpp>
#include <familiar/text/jinja/template.hpp>
#include <familiar/text/load_tokenizer.hpp>
#include <familiar/weights/gguf.hpp>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "support/resources.hpp"

#include <algorithm>
#include <fstream>
#include <map>
#include <string>
#include <vector>

using namespace familiar;
using nlohmann::json;

namespace {

struct Input {
    std::string text, text_b;
    bool is_pair = false;
};

std::vector<json> rows(const std::filesystem::path& path) {
    std::ifstream file(path);
    std::vector<json> out;
    for (std::string line; std::getline(file, line);) out.push_back(json::parse(line));
    return out;
}

/// The given bytes where they are not UTF-8.
std::map<std::string, Input> read_inputs(const std::filesystem::path& path) {
    std::map<std::string, Input> out;
    for (const json& row : rows(path)) {
        Input input{row.at("text"), row.value("text_b", ""), row.contains("text_b")};
        if (row.contains("bytes_hex")) {
            const std::string hex = row.at("bytes_hex");
            input.text.clear();
            for (std::size_t i = 0; i < hex.size(); i += 2)
                input.text.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
        }
        out.emplace(row.at("id"), std::move(input));
    }
    return out;
}

text::EncodeOptions options_of(const json& record) {
    text::EncodeOptions options;
    options.parse_special = record.at("parse_special");
    if (record.contains("truncation")) {
        options.max_length = record.at("truncation").at("max_length").get<std::size_t>();
        const std::string strategy = record.at("truncation").at("strategy");
        options.truncation = strategy == "only_first"    ? text::TruncationStrategy::only_first
                             : strategy == "only_second" ? text::TruncationStrategy::only_second
                                                         : text::TruncationStrategy::longest_first;
    }
    return options;
}

json tokens_of(const text::AnyTokenizer& tokenizer, const text::Encoding& encoding) {
    json out = json::array();
    for (const auto id : encoding.ids) out.push_back(std::string(tokenizer.token(id)));
    for (const auto& [index, text] : encoding.spelled) out.at(index) = text;
    return out;
}

json offsets_of(const text::Encoding& encoding) {
    json out = json::array();
    for (const auto& range : encoding.offsets) out.push_back({range.begin, range.end});
    return out;
}

/// Compares every record; how many are equal, and the first few differences.
void compare_folder(const std::string& folder, std::size_t expected_records) {
    REQUIRE_RESOURCE(strings, golden("tokenizers/strings.jsonl"));
    REQUIRE_RESOURCE(file, golden("tokenizers/" + folder + "/tokenizer.json"));
    REQUIRE_RESOURCE(expected, golden("tokenizers/" + folder + "/expected.jsonl"));
    const auto inputs = read_inputs(strings);
    const auto tokenizer = text::load_tokenizer(file);
    const auto records = rows(expected);
    CHECK(records.size() == expected_records);
    std::size_t equal = 0;
    text::Encoding encoding;
    std::vector<std::int32_t> ids;
    for (const json& record : records) {
        const Input& input = inputs.at(record.at("input"));
        const auto options = options_of(record);
        INFO(folder << ", " << record.at("input") << " parse_special " << options.parse_special << " truncation "
                    << record.value("truncation", json()).dump());
        const auto encode = [&] {
            input.is_pair ? tokenizer.encode_pair(input.text, input.text_b, options, encoding)
                          : tokenizer.encode(input.text, options, encoding);
        };
        if (record.contains("error")) {
            CHECK_THROWS_AS(encode(), Error);
            ++equal;
            continue;
        }
        encode();
        if (record.contains("safe_ids")) { // the library lets control pieces of a Unigram model through: not here
            equal += json(encoding.ids) == record.at("safe_ids") ? 1 : 0;
            CHECK(json(encoding.ids) == record.at("safe_ids"));
            continue;
        }
        const bool is_equal =
            json(encoding.ids) == record.at("ids") && tokens_of(tokenizer, encoding) == record.at("tokens") &&
            offsets_of(encoding) == record.at("byte_offsets") && json(encoding.type_ids) == record.at("type_ids");
        equal += is_equal ? 1 : 0;
        if (!is_equal) {
            CHECK(json(encoding.ids) == record.at("ids"));
            CHECK(tokens_of(tokenizer, encoding) == record.at("tokens"));
            CHECK(offsets_of(encoding) == record.at("byte_offsets"));
            CHECK(json(encoding.type_ids) == record.at("type_ids"));
        }
        if (!input.is_pair) {
            tokenizer.encode_ids(input.text, options, ids);
            CHECK(ids == encoding.ids);
        }
        if (record.contains("decoded")) CHECK(tokenizer.decode(encoding.ids) == record.at("decoded"));
    }
    CHECK(equal == records.size());
}

/// A range widened to the characters that it touches: the reference counts bytes of a character apart.
json whole_characters(const std::string& text, const json& ranges) {
    const auto inside = [&](std::size_t at) {
        return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
    };
    json out = json::array();
    for (const json& range : ranges) {
        std::size_t begin = range[0], end = range[1];
        while (inside(begin)) --begin;
        while (end > begin && inside(end)) ++end;
        out.push_back({begin, end});
    }
    return out;
}

} // namespace

TEST_CASE("MiniLM's WordPiece tokenizer gives what Hugging Face's library gives", "[golden][text]") {
    compare_folder("minilm_wordpiece", 1107);
}

TEST_CASE("A cased WordPiece tokenizer without accents gives what Hugging Face's library gives", "[golden][text]") {
    compare_folder("variants/bert_cased", 370);
}

TEST_CASE("A byte-level BPE tokenizer with RoBERTa's template gives what Hugging Face's library gives",
          "[golden][text]") {
    compare_folder("roberta_bpe_8k", 1196);
}

TEST_CASE("A BPE tokenizer in Llama 3's style gives what Hugging Face's library gives", "[golden][text]") {
    compare_folder("variants/llama3_style", 382);
}

TEST_CASE("XLM-R's Unigram tokenizer gives what Hugging Face's library gives", "[golden][text]") {
    compare_folder("xlmr_unigram_16k", 1080);
}

TEST_CASE("A Unigram tokenizer in ALBERT's style gives what Hugging Face's library gives", "[golden][text]") {
    compare_folder("variants/albert_style", 373);
}

TEST_CASE("A BPE tokenizer in Llama 2's style gives what Hugging Face's library gives", "[golden][text]") {
    compare_folder("variants/llama2_style", 383);
}

TEST_CASE("The tokenizer of every encoder's folder gives the ids of its inputs", "[golden][text]") {
    for (const char* const name :
         {"albert", "bert", "bert_multilabel_f16", "bert_regression_bf16", "camembert", "deberta-v2", "distilbert",
          "electra", "modernbert", "mpnet", "roberta", "xlm-roberta"}) {
        INFO(name);
        REQUIRE_RESOURCE(folder, golden(std::string("encoders/") + name));
        const auto tokenizer = text::load_tokenizer(folder);
        std::ifstream stream(folder / "inputs.json");
        const json inputs = json::parse(stream);
        text::EncodeOptions options;
        options.max_length = inputs.at("truncation").at("max_length").get<std::size_t>();
        text::Encoding encoding;
        for (const json& input : inputs.at("inputs")) {
            const std::string first = input.at("text");
            input.contains("text_b")
                ? tokenizer.encode_pair(first, input.at("text_b").get<std::string>(), options, encoding)
                : tokenizer.encode(first, options, encoding);
            CHECK(json(encoding.ids) == input.at("ids"));
            CHECK(tokens_of(tokenizer, encoding) == input.at("tokens"));
            CHECK(json(encoding.type_ids) == input.at("type_ids"));
        }
    }
}

namespace {

void compare_gguf(const std::string& folder, const text::AnyTokenizer& tokenizer, std::size_t expected_records,
                  bool decodes_exactly) {
    REQUIRE_RESOURCE(strings, golden("tokenizers/strings.jsonl"));
    REQUIRE_RESOURCE(expected, golden("tokenizers/" + folder + "/expected.jsonl"));
    const auto inputs = read_inputs(strings);
    const auto records = rows(expected);
    CHECK(records.size() == expected_records);
    text::Encoding encoding;
    for (const json& record : records) {
        const std::string& given = inputs.at(record.at("input")).text;
        auto options = options_of(record);
        options.add_special_tokens = false;
        INFO(record.at("input") << " parse_special " << options.parse_special);
        tokenizer.encode(given, options, encoding);
        if (record.contains("hugging_face_ids")) { // the two libraries differ: this one is defined for every input
            CHECK(json(encoding.ids) == record.at("hugging_face_ids"));
            continue;
        }
        CHECK(json(encoding.ids) == record.at("ids"));
        CHECK(tokens_of(tokenizer, encoding) == record.at("tokens"));
        if (!record.at("byte_offsets").is_null()) {
            CHECK(offsets_of(encoding) == whole_characters(given, record.at("byte_offsets")));
        }
        // The space's own character in a text comes back as a space.
        if (!options.parse_special && decodes_exactly && given.find("\u2581") == std::string::npos) {
            CHECK(tokenizer.decode(encoding.ids) == text::to_well_formed(given));
        }
    }
}

text::AnyTokenizer tokenizer_in(const std::filesystem::path& gguf) {
    return text::gguf_tokenizer(weights::Gguf::open(gguf));
}

} // namespace

TEST_CASE("SmolLM2's vocabulary in a GGUF file gives what llama.cpp gives", "[golden][text]") {
    REQUIRE_RESOURCE(file, golden("tokenizers/gguf_smollm2/vocabulary.gguf"));
    compare_gguf("gguf_smollm2", tokenizer_in(file), 679, true);
}

TEST_CASE("Qwen2.5's vocabulary in a GGUF file gives what its own tokenizer gives", "[golden][text]") {
    REQUIRE_RESOURCE(file, model("qwen2.5-coder-0.5b/qwen2.5-coder-0.5b-instruct-q4_k_m.gguf"));
    compare_gguf("gguf_qwen2.5", tokenizer_in(file), 683, false); // it composes
}

TEST_CASE("Gemma 3's vocabulary in a GGUF file gives what its own tokenizer gives", "[golden][text]") {
    REQUIRE_RESOURCE(file, model("gemma3-270m/gemma-3-270m-q4_k_m.gguf"));
    compare_gguf("gguf_gemma3", tokenizer_in(file), 684, true);
}

TEST_CASE("A GGUF file's own rule says whether BOS is put first", "[golden][text]") {
    REQUIRE_RESOURCE(meta, golden("tokenizers/meta_gguf.json"));
    REQUIRE_RESOURCE(smollm2, golden("tokenizers/gguf_smollm2/vocabulary.gguf"));
    std::ifstream stream(meta);
    const json expected = json::parse(stream);
    const auto compare = [&](const char* name, const std::filesystem::path& file) {
        const auto tokenizer = tokenizer_in(file);
        text::Encoding encoding;
        for (const json& row : expected.at(name).at("with_template")) {
            tokenizer.encode(row.at("text").get<std::string>(), {}, encoding);
            CHECK(json(encoding.ids) == row.at("ids"));
        }
    };
    compare("smollm2", smollm2);
    REQUIRE_RESOURCE(qwen, model("qwen2.5-coder-0.5b/qwen2.5-coder-0.5b-instruct-q4_k_m.gguf"));
    compare("qwen2.5", qwen);
    REQUIRE_RESOURCE(gemma, model("gemma3-270m/gemma-3-270m-q4_k_m.gguf"));
    compare("gemma3", gemma);
}

TEST_CASE("Chat templates render what transformers' Jinja renders", "[golden][text]") {
    REQUIRE_RESOURCE(templates, golden("chat_templates/templates.json"));
    REQUIRE_RESOURCE(rendered, golden("chat_templates/rendered.jsonl"));
    std::ifstream stream(templates);
    const json known = json::parse(stream).at("templates");
    std::map<std::string, text::jinja::Template> parsed;
    for (const auto& [name, entry] : known.items())
        parsed.emplace(name, text::jinja::Template(entry.at("template").get<std::string>(), name));
    std::ifstream lines(rendered);
    std::size_t count = 0;
    for (std::string line; std::getline(lines, line); ++count) {
        const auto row = nlohmann::ordered_json::parse(line);
        const std::string name = row.at("template");
        const json& entry = known.at(name);
        INFO(name << ", " << row.at("conversation") << ", generation " << row.at("add_generation_prompt"));
        text::jinja::Dictionary variables;
        variables.set("messages", text::jinja::from_json(row.at("messages")));
        variables.set("tools", row.contains("tools") ? text::jinja::from_json(row.at("tools"))
                                                     : text::jinja::Value(text::jinja::None{}));
        variables.set("add_generation_prompt", row.at("add_generation_prompt").get<bool>());
        variables.set("bos_token", text::jinja::MarkedText::of_template(entry.at("bos_token")));
        variables.set("eos_token", text::jinja::MarkedText::of_template(entry.at("eos_token")));
        if (row.contains("error")) {
            CHECK_THROWS_WITH(parsed.at(name).render(std::move(variables)),
                              Catch::Contains(row.at("error").get<std::string>()));
        } else {
            CHECK(parsed.at(name).render(std::move(variables)).bytes() == row.at("text"));
        }
    }
    CHECK(count == 246);
}

TEST_CASE("SmolLM2's template gives the ids of the rendered text, and keeps markup inside of a message text",
          "[golden][text]") {
    REQUIRE_RESOURCE(file, golden("tokenizers/gguf_smollm2/vocabulary.gguf"));
    REQUIRE_RESOURCE(rendered, golden("chat_templates/rendered.jsonl"));
    const auto gguf = weights::Gguf::open(file);
    const auto tokenizer = text::gguf_tokenizer(gguf);
    const auto chat = text::gguf_chat_template(gguf, tokenizer);
    REQUIRE(chat);
    const auto start = tokenizer.find_token("<|im_start|>"), end = tokenizer.find_token("<|im_end|>");
    REQUIRE((start && end));
    std::size_t count = 0;
    std::vector<std::int32_t> whole;
    for (const json& row : rows(rendered)) {
        if (row.at("template") != "smollm2") continue;
        std::vector<text::ChatMessage> messages;
        bool has_markup = false;
        for (const json& message : row.at("messages")) {
            const std::string role = message.at("role");
            messages.push_back({role == "system" ? text::Role::system
                                : role == "user" ? text::Role::user
                                                 : text::Role::assistant,
                                message.at("content")});
            has_markup = has_markup || messages.back().content.find("<|im_") != std::string::npos;
        }
        INFO(row.at("conversation"));
        const bool generates = row.at("add_generation_prompt");
        CHECK(chat->render(messages, generates).bytes() == row.at("text"));
        const auto ids = chat->encode(messages, generates);
        text::EncodeOptions options;
        options.parse_special = true;
        tokenizer.encode_ids(row.at("text").get<std::string>(), options, whole);
        if (has_markup) {
            const auto turns =
                static_cast<std::ptrdiff_t>(messages.size() + (messages.front().role == text::Role::system ? 0 : 1));
            CHECK(std::count(ids.begin(), ids.end(), *start) == turns + (generates ? 1 : 0));
            CHECK(std::count(ids.begin(), ids.end(), *end) == turns);
        } else {
            CHECK(ids == whole);
        }
        ++count;
    }
    CHECK(count == 30);
}
