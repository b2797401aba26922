#include <familiar/text/gguf_tokenizer.hpp>

#include "support/resources.hpp"
#include "unit/text/small_gguf_vocabulary.hpp"

#include <support/scratch_folder.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace familiar;
using Catch::Contains;

namespace {

using Ids = std::vector<std::int32_t>;

text::AnyTokenizer open(const tests::SmallGgufVocabulary& vocabulary) {
    const tests::ScratchFolder folder;
    return text::gguf_tokenizer(weights::Gguf::open(folder.write("small.gguf", vocabulary.bytes())));
}

Ids encode(const text::AnyTokenizer& tokenizer, const std::string& text, bool parse_special = false) {
    text::EncodeOptions options;
    options.parse_special = parse_special;
    Ids ids;
    tokenizer.encode_ids(text, options, ids);
    return ids;
}

} // namespace

TEST_CASE("A GGUF file's vocabulary outlives the file", "[text]") {
    const auto tokenizer = open({});
    CHECK(tokenizer.vocabulary_size() == 6);
    CHECK(encode(tokenizer, "ab a") == Ids{5, 4, 2});
    CHECK(encode(tokenizer, "a</s>", true) == Ids{2, 1});
    CHECK(encode(tokenizer, "a</s>").size() == 1); // control tokens are no text
    CHECK(tokenizer.is_special(0));
    CHECK_FALSE(tokenizer.is_special(2));
}

TEST_CASE("Whether a text starts with BOS is the file's word, else its family's", "[text]") {
    tests::SmallGgufVocabulary llama;
    llama.pre = "llama-bpe";
    CHECK(encode(open(llama), "a") == Ids{0, 2});
    llama.bos = 6;
    CHECK_THROWS_WITH(open(llama), Contains("no token 6") && Contains("bos_token_id"));
}

TEST_CASE("A pre-tokenizer's name says how words are cut and whether merges count", "[text]") {
    tests::SmallGgufVocabulary named;
    named.tokens.insert(named.tokens.end(), {"ba", "A", "aA"});
    named.kinds.insert(named.kinds.end(), {1, 1, 1});
    named.merges.push_back("a A");
    const auto of = [&](const std::string& pre) {
        named.pre = pre;
        return open(named);
    };
    CHECK(encode(of("gpt-2"), "baA") == Ids{3, 8});
    CHECK(encode(of("tekken"), "baA") == Ids{0, 6, 7}); // a capital begins a word; no merge makes the token `ba`
    CHECK(encode(of("llama-bpe"), "ba") == Ids{0, 6});
    CHECK(encode(of("dbrx"), "ba") == Ids{3, 2});
    for (const std::string pre : {"falcon", "bloom", "gpt3-finnish", "poro-chat"})
        CHECK(encode(of(pre), "baA") == Ids{3, 8});
}

TEST_CASE("A GGUF file with scores merges what scores highest, with a space before the text", "[text]") {
    tests::SmallGgufVocabulary llama;
    llama.model = "llama";
    llama.tokens = {"<s>", "</s>", "a", "b", "\u2581", "ab", "\u2581a", "<0x78>"};
    llama.kinds = {3, 3, 1, 1, 1, 1, 1, 6};
    llama.scores = {0, 0, -5, -5, -5, -2, -3, 0};
    CHECK(encode(open(llama), "ab a") == Ids{0, 4, 5, 6});
    CHECK(encode(open(llama), "x") == Ids{0, 4, 7});
    CHECK(encode(open(llama), "y") == Ids{0, 4}); // neither a byte nor an unknown token
    CHECK(open(llama).decode(Ids{0, 4, 5, 6, 7}) == "ab ax");
    llama.scores[6] = -1;
    CHECK(encode(open(llama), "ab") == Ids{0, 6, 3});
    llama.scores.pop_back();
    CHECK_THROWS_WITH(open(llama), Contains("7 scores for 8 tokens") && Contains("tokenizer.ggml.scores"));
    llama.scores.clear();
    CHECK_THROWS_WITH(open(llama), Contains("missing") && Contains("tokenizer.ggml.scores"));
}

TEST_CASE("A GGUF vocabulary that lies is refused with file and key", "[text]") {
    const auto refused = [](auto&& change, const char* what, const char* key) {
        tests::SmallGgufVocabulary vocabulary;
        change(vocabulary);
        CHECK_THROWS_WITH(open(vocabulary), Contains(what) && Contains("small.gguf") && Contains(key));
    };
    refused([](auto& v) { v.model = "frobnicate"; }, "`frobnicate` is not known", "tokenizer.ggml.model");
    refused([](auto& v) { v.pre = "frobnicate"; }, "`frobnicate` is not known", "tokenizer.ggml.pre");
    refused([](auto& v) { v.kinds.pop_back(); }, "5 types for 6 tokens", "tokenizer.ggml.token_type");
    refused([](auto& v) { v.merges = {"a b", "ab"}; }, "`ab` found", "tokenizer.ggml.merges[1]");
    refused([](auto& v) { v.merges = {"a x"}; }, "`x`", "tokenizer.ggml.merges[0]");
    refused([](auto& v) { v.tokens.clear(), v.kinds.clear(); }, "0 tokens", "tokenizer.ggml.tokens");
}

TEST_CASE("Bytes of a GGUF file never reach a terminal as they are", "[text]") {
    tests::SmallGgufVocabulary vocabulary;
    vocabulary.pre = "\xff\xfe\x1b[2J" + std::string(100000, 'x');
    try {
        (void)open(vocabulary);
        FAIL("an unknown pre-tokenizer");
    } catch (const Error& error) {
        const std::string message = error.what();
        CHECK(text::is_well_formed_utf8(message));
        CHECK(message.find('\x1b') == std::string::npos);
        CHECK(message.find("\\xff\\xfe\\x1b[2Jxxx") != std::string::npos);
        CHECK(message.size() < 1000);
    }
}

TEST_CASE("A model with a small byte-level vocabulary spells every text", "[text]") {
    REQUIRE_RESOURCE(file, golden("decoders/gguf_mixed/model.gguf"));
    const auto tokenizer = text::gguf_tokenizer(weights::Gguf::open(file));
    CHECK(tokenizer.vocabulary_size() == 512);
    for (const std::string given : {"the movie, 12 films!\n", "\u00e9\u4e2d\U0001F600", "<|im_end|> is text"}) {
        const Ids ids = encode(tokenizer, given);
        CHECK(tokenizer.decode(ids) == given);
        for (const auto id : ids) CHECK_FALSE(tokenizer.is_special(id));
    }
    CHECK(encode(tokenizer, "<|im_end|>", true) == Ids{*tokenizer.find_token("<|im_end|>")});
}
