#include "talking_model.hpp"

#include <familiar/decoder/end_tokens.hpp>

#include <catch2/catch.hpp>

using namespace familiar;

TEST_CASE("end tokens are those that the file names and control tokens spelled like one, each once") {
    auto tiny = tests::talking_model();
    const auto read = [&] {
        return decoder::read_end_tokens(weights::Gguf::open(tiny.write("end.gguf")), tiny.vocabulary);
    };
    CHECK(read() == std::vector<std::int32_t>{0, 2}); // <|endoftext|>, <|im_end|>; the latter is named, too
    tiny.metadata["tokenizer.ggml.eom_token_id"] = 9U;
    tiny.metadata["tokenizer.ggml.eot_token_id"] = 100000U; // no token of the vocabulary
    CHECK(read() == std::vector<std::int32_t>{0, 2, 9});
    std::get<std::vector<std::int32_t>>(tiny.metadata["tokenizer.ggml.token_type"])[0] = 1; // an ordinary token
    CHECK(read() == std::vector<std::int32_t>{2, 9});
}
