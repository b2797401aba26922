#include <familiar/text/gguf_chat_template.hpp>
#include <familiar/text/gguf_tokenizer.hpp>

#include <catch2/catch.hpp>

#include "support/resources.hpp"

#include <string>
#include <vector>

using namespace familiar;

TEST_CASE("A model with a small byte-level vocabulary spells every text", "[text]") {
    REQUIRE_RESOURCE(file, golden("decoders/gguf_mixed/model.gguf"));
    const auto gguf = weights::Gguf::open(file);
    const auto tokenizer = text::gguf_tokenizer(gguf);
    CHECK(tokenizer.vocabulary_size() == 512);
    std::vector<std::int32_t> ids;
    for (const std::string given : {"the movie, 12 films!\n", "\u00e9\u4e2d\U0001F600", "<|im_end|> is text"}) {
        tokenizer.encode_ids(given, {}, ids);
        CHECK(tokenizer.decode(ids) == given);
        for (const auto id : ids) CHECK_FALSE(tokenizer.is_special(id));
    }
    text::EncodeOptions special;
    special.parse_special = true;
    tokenizer.encode_ids("<|im_end|>", special, ids);
    CHECK(ids == std::vector<std::int32_t>{*tokenizer.find_token("<|im_end|>")});
    CHECK(text::gguf_chat_template(gguf, tokenizer).has_value());
}
