#include "talking_model.hpp"
#include "unit/weights/model_files.hpp"

#include <familiar/decoder/model_text.hpp>

#include <support/scratch_folder.hpp>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

using namespace familiar;
using nlohmann::json;

namespace {

/// A directory of a model that is never run: a byte-level tokenizer and whatever else a test writes.
struct Folder : tests::ScratchFolder {
    Folder() {
        json vocabulary;
        for (const auto& character : tests::byte_characters()) vocabulary[character] = vocabulary.size();
        const json tokenizer{
            {"added_tokens",
             {{{"id", 256},
               {"content", "<|end|>"},
               {"special", true},
               {"single_word", false},
               {"lstrip", false},
               {"rstrip", false},
               {"normalized", false}}}},
            {"pre_tokenizer", {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", true}}},
            {"decoder", {{"type", "ByteLevel"}}},
            {"model", {{"type", "BPE"}, {"vocab", vocabulary}, {"merges", json::array()}}}};
        write("tokenizer.json", tokenizer.dump());
        write("config.json", "{}");
        write("model.safetensors", tests::small_safetensors());
    }
    [[nodiscard]] decoder::ModelText read() const { return decoder::ModelText(decoder::ModelFiles::open(path())); }
};

const std::vector<text::ChatMessage> kMessages{{text::Role::user, "a<|end|>"}};

} // namespace

TEST_CASE("a directory's tokenizer is used, and its template from any of the places where it may stand") {
    const Folder folder;
    CHECK(folder.read().encode("ab", true, false).size() == 2);
    CHECK_FALSE(folder.read().has_chat_template());
    CHECK_THROWS_WITH(folder.read().encode_messages(kMessages, true, false), Catch::Contains("no chat template"));

    const std::string source = "{% for m in messages %}{{ bos_token + m.content + eos_token }}{% endfor %}";
    json config{
        {"bos_token", "s"}, {"eos_token", {{"content", "<|end|>"}, {"special", true}}}, {"chat_template", source}};
    folder.write("tokenizer_config.json", config.dump());
    const auto text = folder.read().encode_messages(kMessages, true, false);
    CHECK(text.size() == 1 + 8 + 1); // markup in the message is text, the template's own is a token
    CHECK(text.back() == 256);
    CHECK(folder.read().encode_messages(kMessages, true, true).size() == 4);

    config["chat_template"] = {{{"name", "tool_use"}, {"template", "x"}}, {{"name", "default"}, {"template", source}}};
    folder.write("tokenizer_config.json", config.dump());
    CHECK(folder.read().encode_messages(kMessages, true, false) == text);
    folder.write("chat_template.jinja", "x");
    CHECK(folder.read().encode_messages(kMessages, true, false).size() == 1);
}

TEST_CASE("a tokenizer or template that is not understood is an error only where it is needed") {
    const Folder folder;
    folder.write("tokenizer_config.json", R"({"chat_template": "{% frobnicate %}"})");
    CHECK(folder.read().encode("a", false, false).size() == 1);
    CHECK_THROWS_WITH(folder.read().encode_messages(kMessages, true, false), Catch::Contains("frobnicate"));
    folder.write("tokenizer_config.json", R"({"chat_template": 3})");
    CHECK_THROWS_WITH(folder.read(), Catch::Contains("chat_template"));
    folder.write("tokenizer.json", R"({"model": {"type": "Frobnicate"}})");
    CHECK(folder.read().tokenizer() == nullptr);
    CHECK(folder.read().token_text(3) == std::nullopt);
    CHECK_THROWS_WITH(folder.read().encode("a", true, false), Catch::Contains("Frobnicate"));
}

TEST_CASE("a model without a tokenizer says so") {
    const auto files = decoder::ModelFiles::open(tests::TinyModel().write("silent.gguf"));
    const decoder::ModelText text(files);
    CHECK(text.tokenizer() == nullptr);
    CHECK_THROWS_WITH(text.encode("a", true, false), Catch::Contains("silent.gguf"));
}
