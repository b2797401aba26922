#pragma once

#include <familiar/text/tokenizer.hpp>

#include <catch2/catch.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace familiar::laws {

/// Texts that tokenizers stumble over.
inline std::vector<std::string> awkward_texts() {
    return {"",
            " ",
            "\n\n\t ",
            "hello world",
            "Hello,   World!!",
            "don't can't I'll",
            "naïve café Ünïcödé",
            "日本語のテキスト",
            "नमस्ते दुनिया",
            "🙂👩‍👩‍👧‍👦🇩🇪",
            "<|im_end|> [SEP] </s>",
            std::string("a\0b", 3),
            "\xff\xfe broken \xc3",
            std::string(3000, 'x'),
            "1234567890 3.14e-5"};
}

/// The laws of `Tokenizer`: ids are in the vocabulary, ranges within the text and in order of ends, the three vectors
/// of one length; encoding replaces what `out` held; a limit is kept; every spelling is found again under its id; text
/// that is no UTF-8 does no harm.
template <text::Tokenizer T> void check_tokenizer_laws(const T& tokenizer) {
    const std::size_t size = tokenizer.vocabulary_size();
    REQUIRE(size > 0);
    text::Encoding used;
    const auto check = [&](const text::Encoding& encoding, std::size_t first_bytes, std::size_t second_bytes) {
        CHECK(encoding.offsets.size() == encoding.size());
        CHECK(encoding.type_ids.size() == encoding.size());
        for (std::size_t i = 0; i < encoding.size(); ++i) {
            REQUIRE(encoding.ids[i] >= 0);
            REQUIRE(static_cast<std::size_t>(encoding.ids[i]) < size);
            REQUIRE(encoding.offsets[i].begin <= encoding.offsets[i].end);
            REQUIRE(encoding.offsets[i].end <= std::max(first_bytes, second_bytes));
        }
    };
    for (const std::string& text : awkward_texts()) {
        INFO("text of " << text.size() << " bytes: " << text.substr(0, 40));
        text::Encoding fresh;
        tokenizer.encode(text, {}, fresh);
        tokenizer.encode(text, {}, used); // held another text's tokens
        CHECK(used == fresh);
        check(fresh, text.size(), 0);
        text::EncodeOptions bare;
        bare.add_special_tokens = false;
        text::Encoding own;
        tokenizer.encode(text, bare, own);
        CHECK(own.size() <= fresh.size());
        check(own, text.size(), 0);
        (void)tokenizer.decode(own.ids);

        const std::size_t added = fresh.size() - own.size();
        for (const std::size_t limit : {added + 1, added + 5}) {
            text::EncodeOptions cut;
            cut.max_length = limit;
            tokenizer.encode(text, cut, used);
            CHECK(used.size() <= limit);
            if (fresh.size() <= limit) CHECK(used == fresh);
        }
        for (const std::int32_t id : own.ids) {
            const auto found = tokenizer.find_token(tokenizer.token(id));
            REQUIRE(found.has_value());
            CHECK(tokenizer.token(*found) == tokenizer.token(id));
        }
    }
    for (const std::string& b : {std::string("second text"), std::string()}) {
        text::Encoding pair, again;
        tokenizer.encode_pair("the first text", b, {}, pair);
        tokenizer.encode_pair("the first text", b, {}, again);
        CHECK(pair == again);
        check(pair, 14, b.size());
    }
}

} // namespace familiar::laws
