#include <familiar/text/chat_template.hpp>
#include <familiar/text/load_tokenizer.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace familiar;

namespace {

/// Bytes a, b, c, `<`, `|`, `>`, the newline, and two special tokens.
text::AnyTokenizer tokenizer() {
    return text::tokenizer_json::parse(R"({
        "added_tokens": [{"id": 8, "content": "<|a|>", "special": true}, {"id": 9, "content": "<|c|>", "special": true}],
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false},
        "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "c": 2, "<": 3, "|": 4, ">": 5, "Ċ": 6, "ab": 7}, "merges": ["a b"]}})",
                                       "tokenizer.json");
}

using Ids = std::vector<std::int32_t>;

Ids encode(const std::string& source, const std::string& content, bool generate = true) {
    const std::vector<text::ChatMessage> messages{{text::Role::user, content}};
    return text::ChatTemplate(source, tokenizer(), "<|a|>", "<|c|>").encode(messages, generate);
}

} // namespace

TEST_CASE("Markup of the template becomes special tokens, the same characters in a message do not", "[text]") {
    CHECK(encode("<|a|>{{ messages[0].content }}<|c|>", "ab") == Ids{8, 7, 9});
    CHECK(encode("<|a|>{{ messages[0].content }}<|c|>", "<|a|>") == Ids{8, 3, 4, 0, 4, 5, 9});
    CHECK(encode("<|{{ messages[0].content }}|>", "a") == Ids{3, 4, 0, 4, 5});
    CHECK(encode("{{ bos_token }}{{ messages[0].content }}{{ eos_token }}", "b") == Ids{8, 1, 9});
}

TEST_CASE("Template and message are cut as one text", "[text]") {
    CHECK(encode("a{{ messages[0].content }}", "b") == Ids{7});
}

TEST_CASE("The generation prompt comes when asked for", "[text]") {
    const std::string source = "{{ messages[0].content }}{% if add_generation_prompt %}<|c|>{% endif %}";
    CHECK(encode(source, "b", true) == Ids{1, 9});
    CHECK(encode(source, "b", false) == Ids{1});
}

TEST_CASE("Roles are the template's words, tools and the date are not given", "[text]") {
    const std::vector<text::ChatMessage> messages{
        {text::Role::system, "a"}, {text::Role::user, "b"}, {text::Role::assistant, "c"}};
    const text::ChatTemplate chat("{% for m in messages %}{{ m['role'] }}:{{ m.content }};{% endfor %}{{ tools is none "
                                  "}}{{ strftime_now is defined }}",
                                  tokenizer(), "", "");
    const auto rendered = chat.render(messages);
    CHECK(rendered.bytes() == "system:a;user:b;assistant:c;TrueFalse");
    CHECK(rendered.marks() == "1111111"
                              "0"
                              "111111"
                              "0"
                              "11111111111"
                              "0"
                              "1111111111");
}

TEST_CASE("Content that is no UTF-8 is read with replacement characters", "[text]") {
    const std::vector<text::ChatMessage> messages{{text::Role::user, "a\xFFz"}};
    CHECK(text::ChatTemplate("{{ messages[0].content }}", tokenizer(), "", "").render(messages).bytes() == "a\uFFFDz");
}

TEST_CASE("A template that is not understood is refused when it is read", "[text]") {
    CHECK_THROWS_WITH(
        text::ChatTemplate("{% extends 'x' %}", tokenizer(), "", "", "model.gguf, tokenizer.chat_template"),
        Catch::Contains("model.gguf") && Catch::Contains("extends"));
}
