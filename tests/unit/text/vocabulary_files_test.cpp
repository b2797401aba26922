#include <familiar/text/load_tokenizer.hpp>
#include <familiar/text/vocabulary_files.hpp>

#include "support/resources.hpp"
#include "support/scratch_folder.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

using namespace familiar;
using Catch::Contains;

namespace {

using Ids = std::vector<std::int32_t>;
using Ranges = std::vector<text::ByteRange>;
using Files = std::map<std::string, std::string>;

/// The tokenizer of a folder of these files.
text::AnyTokenizer load(const Files& files) {
    const tests::ScratchFolder folder;
    for (const auto& [name, contents] : files) folder.write(name, contents);
    return text::load_tokenizer(folder.path());
}

text::Encoding encode(const text::AnyTokenizer& tokenizer, const std::string& text, bool special = false) {
    text::EncodeOptions options;
    options.parse_special = special;
    text::Encoding out;
    tokenizer.encode(text, options, out);
    return out;
}

Ids ids(const text::AnyTokenizer& tokenizer, const std::string& text, bool special = false) {
    return encode(tokenizer, text, special).ids;
}

text::Encoding pair(const text::AnyTokenizer& tokenizer, const std::string& first, const std::string& second) {
    text::Encoding out;
    tokenizer.encode_pair(first, second, {}, out);
    return out;
}

const std::string kWords =
    "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nhe\n##llo\nHe\nworld\n!\n\nna\n##ive\n##ïve\n##ï\n##ve\n";

} // namespace

// The values of this file are those of transformers 5.24.0 over tokenizers 0.23.3.

TEST_CASE("vocab.txt is BERT's, lower-cased unless tokenizer_config.json says otherwise", "[text]") {
    const auto lower = load({{"vocab.txt", kWords}});
    CHECK(ids(lower, "Hello hello world!") == Ids{2, 5, 6, 5, 6, 8, 9, 3});
    CHECK(ids(lower, "naïve [MASK] naive") == Ids{2, 11, 12, 1, 1, 1, 11, 12, 3});
    CHECK(ids(lower, "naïve [MASK] naive", true) == Ids{2, 11, 12, 4, 11, 12, 3});
    const auto two = pair(lower, "he", "world!");
    CHECK(two.ids == Ids{2, 5, 3, 8, 9, 3});
    CHECK(two.type_ids == std::vector<std::uint8_t>{0, 0, 0, 1, 1, 1});
    CHECK(lower.decode(Ids{2, 5, 6, 8, 9, 3}) == "hello world!");

    const auto cased = load({{"vocab.txt", kWords}, {"tokenizer_config.json", R"({"do_lower_case": false})"}});
    CHECK(ids(cased, "Hello hello world!") == Ids{2, 7, 6, 5, 6, 8, 9, 3});
    const auto naive = encode(cased, "naïve [MASK] naive");
    CHECK(naive.ids == Ids{2, 11, 13, 1, 1, 1, 11, 12, 3});
    CHECK(naive.offsets == Ranges{{0, 0}, {0, 2}, {2, 6}, {7, 8}, {8, 12}, {12, 13}, {14, 16}, {16, 19}, {0, 0}});

    std::string windows;
    for (const char c : kWords) windows += c == '\n' ? "\r\n" : std::string(1, c);
    CHECK(ids(load({{"vocab.txt", windows}}), "Hello hello world!") == Ids{2, 5, 6, 5, 6, 8, 9, 3});
}

TEST_CASE("MPNet's vocab.txt has tokens of its own around texts", "[text]") {
    const auto mpnet = load({{"vocab.txt", "<s>\n<pad>\n</s>\n<unk>\nhe\n##llo\n[UNK]\n<mask>\n"},
                             {"config.json", R"({"model_type": "mpnet"})"}});
    CHECK(ids(mpnet, "Hello he <mask>") == Ids{0, 4, 5, 4, 6, 6, 6, 2});
    CHECK(ids(mpnet, "Hello he <mask>", true) == Ids{0, 4, 5, 4, 7, 2});
    const auto two = pair(mpnet, "he", "hello x");
    CHECK(two.ids == Ids{0, 4, 2, 2, 4, 5, 6, 2});
    CHECK(two.type_ids == std::vector<std::uint8_t>(8, 0));
}

TEST_CASE("vocab.json and merges.txt are RoBERTa's where its class is named", "[text]") {
    Files files{
        {"vocab.json", R"({"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3, "a": 4, "b": 5, "Ġ": 6, "ab": 7, "Ġab": 8,
                           "Ã": 9, "©": 10, "Ã©": 11, "<mask>": 12})"},
        {"merges.txt", "#version: 0.2\na b\nĠ ab\nÃ ©\n"},
        {"special_tokens_map.json", R"({"mask_token": {"content": "<mask>", "lstrip": true, "rstrip": false}})"},
        {"tokenizer_config.json", R"({"tokenizer_class": "RobertaTokenizer"})"}};
    const auto roberta = load(files);
    const auto one = encode(roberta, "ab ab aé");
    CHECK(one.ids == Ids{0, 7, 8, 6, 4, 11, 2});
    CHECK(one.offsets == Ranges{{0, 0}, {0, 2}, {3, 5}, {6, 6}, {6, 7}, {7, 9}, {0, 0}});
    CHECK(ids(roberta, "ab <mask> b", true) == Ids{0, 7, 12, 6, 5, 2});
    CHECK(pair(roberta, "ab", "b ab").ids == Ids{0, 7, 2, 2, 5, 8, 2});

    files["tokenizer_config.json"] = R"({"tokenizer_class": "RobertaTokenizerFast", "add_prefix_space": true})";
    const auto prefixed = load(files);
    CHECK(ids(prefixed, "ab ab aé") == Ids{0, 8, 8, 6, 4, 11, 2});
    const auto accent = encode(prefixed, "éb"); // the space that was put before it has no bytes
    CHECK(accent.ids == Ids{0, 6, 11, 5, 2});
    CHECK(accent.offsets == Ranges{{0, 0}, {0, 0}, {0, 2}, {2, 3}, {0, 0}});
}

TEST_CASE("vocab.json and merges.txt are GPT-2's where nothing else is said", "[text]") {
    Files files{{"vocab.json", R"({"a": 0, "b": 1, "Ġ": 2, "ab": 3, "Ġab": 4, "<|endoftext|>": 5})"},
                {"merges.txt", "#version: 0.2\na b\nĠ ab\n"},
                {"added_tokens.json", R"({"ba": 6, "<|x|>": 7})"}};
    const auto gpt2 = load(files);
    const auto one = encode(gpt2, "ab abba ab", true);
    CHECK(one.ids == Ids{3, 4, 6, 4});
    CHECK(one.offsets == Ranges{{0, 2}, {2, 5}, {5, 7}, {7, 10}});
    CHECK(ids(gpt2, "ab<|endoftext|>", true) == Ids{3, 5});
    CHECK(ids(gpt2, "a <|x|>b") == Ids{0, 2, 7, 1}); // an added token that is not special
    CHECK(gpt2.decode(Ids{3, 4, 6, 4}) == "ab abba ab");

    files.erase("added_tokens.json");
    files["tokenizer_config.json"] = R"({"tokenizer_class": "GPT2Tokenizer", "add_bos_token": true})";
    const auto with_bos = load(files);
    CHECK(ids(with_bos, "ab ab") == Ids{5, 3, 4});
    const auto two = pair(with_bos, "ab", "ab");
    CHECK(two.ids == Ids{5, 3, 5, 3});
    CHECK(two.type_ids == std::vector<std::uint8_t>{0, 0, 1, 1});
}

TEST_CASE("CLIP's pieces end words", "[text]") {
    const auto clip =
        load({{"vocab.json", R"({"a": 0, "b": 1, "c": 2, "a</w>": 3, "b</w>": 4, "c</w>": 5, "Ã": 6, "©</w>": 7,
                            "s</w>": 8, "'": 9, "!</w>": 10, "ab</w>": 11, "ab": 12, "abc</w>": 13, "'s</w>": 14,
                            "Ã©</w>": 15, "1</w>": 16, "<|startoftext|>": 17, "<|endoftext|>": 18})"},
              {"merges.txt", "#version: 0.2\na b</w>\na b\nab c</w>\n' s</w>\nÃ ©</w>\n"},
              {"tokenizer_config.json", R"({"tokenizer_class": "CLIPTokenizer"})"}});
    const auto one = encode(clip, "ABC ab's  cab!");
    CHECK(one.ids == Ids{17, 13, 11, 14, 2, 11, 10, 18});
    CHECK(one.offsets == Ranges{{0, 0}, {0, 3}, {4, 6}, {6, 8}, {10, 11}, {11, 13}, {13, 14}, {0, 0}});
    CHECK(clip.decode(one.ids) == "abc</w>ab</w>'s</w>cab</w>!</w>");
    const auto two = encode(clip, "É\t11 abé ab<|endoftext|>", true);
    CHECK(two.ids == Ids{17, 15, 16, 16, 12, 15, 11, 18, 18});
    CHECK(ids(clip, "A\u0301b zz") == Ids{17, 6, 18, 4, 18, 18, 18});
    CHECK(pair(clip, "ab", "abc").ids == Ids{17, 11, 18, 18, 13, 18});
    CHECK(ids(clip, "") == Ids{17, 18});
}

TEST_CASE("A published model's vocab.txt gives what its tokenizer.json gives", "[text]") {
    for (const char* const name : {"minilm", "mpnet"}) {
        REQUIRE_RESOURCE(folder, model(name));
        const tests::ScratchFolder old;
        for (const char* const file : {"vocab.txt", "tokenizer_config.json", "special_tokens_map.json"})
            std::filesystem::copy_file(folder / file, old.path() / file);
        const auto expected = text::load_tokenizer(folder), found = text::load_tokenizer(old.path());
        for (const char* const given :
             {"Hello, wörld! It's naïve…", "", "日本 <s> [MASK] \xff x</s>", "a\tb \u00a0c"}) {
            CHECK(encode(found, given) == encode(expected, given));
            CHECK(encode(found, given, true) == encode(expected, given, true));
            CHECK(pair(found, given, "two") == pair(expected, given, "two"));
        }
    }
}

TEST_CASE("Files that lie or lack what the model needs are refused by name", "[text]") {
    const std::string merges = "#version: 0.2\na b\n", vocab = R"({"a": 0, "b": 1, "ab": 2, "<s>": 3, "</s>": 4})";
    const auto refused = [](const Files& files, const char* first, const char* second) {
        INFO(first);
        CHECK_THROWS_WITH(load(files), Contains(first) && Contains(second));
    };
    refused({}, "tokenizer.json", "no such file");
    refused({{"vocab.json", vocab}}, "tokenizer.json", "no such file"); // merges.txt is not there
    refused({{"vocab.txt", "a\nb\n"}}, "sep_token", "`[SEP]`");
    refused({{"vocab.txt", "[CLS]\n[SEP]\n"}}, "`[UNK]`", "not in the vocabulary");
    refused({{"vocab.txt", "[CLS]\n\xff\n"}}, "vocab.txt, byte 6", "UTF-8");
    refused({{"vocab.txt", kWords}, {"tokenizer_config.json", R"({"tokenizer_class": "BertJapaneseTokenizer"})"}},
            "`BertJapaneseTokenizer`", "tokenizer_config.json, tokenizer_class");
    refused({{"vocab.txt", kWords}, {"tokenizer_config.json", "[1]"}}, "tokenizer_config.json", "object");
    refused({{"vocab.txt", kWords}, {"tokenizer_config.json", R"({"do_lower_case": 1})"}}, "do_lower_case",
            "true or false");
    refused({{"vocab.txt", kWords}, {"special_tokens_map.json", R"({"cls_token": 7})"}}, "cls_token", "token");
    refused({{"vocab.txt", kWords}, {"special_tokens_map.json", R"({"additional_special_tokens": [7]})"}}, "content",
            "string");
    refused({{"vocab.txt", kWords}, {"special_tokens_map.json", "{"}}, "special_tokens_map.json, byte", "JSON");
    refused({{"vocab.txt", kWords}, {"added_tokens.json", R"({"new": "x"})"}}, "id", "integer");
    refused({{"vocab.txt", kWords}, {"tokenizer_config.json", R"({"added_tokens_decoder": {"x": {}}})"}},
            "added_tokens_decoder", "ids");
    refused({{"vocab.json", "[]"}, {"merges.txt", merges}}, "vocab.json", "object");
    refused({{"vocab.json", R"({"a": -1})"}, {"merges.txt", merges}}, "vocab", "-1");
    refused({{"vocab.json", vocab}, {"merges.txt", "ab"}}, "merges[0]", "two tokens");
    refused({{"vocab.json", vocab}, {"merges.txt", "a x\n"}}, "merges[0]", "`x`");
    refused({{"vocab.json", R"({"a": 0})"},
             {"merges.txt", ""},
             {"tokenizer_config.json", R"({"tokenizer_class": "RobertaTokenizer"})"}},
            "sep_token", "`</s>`");
}
