#include "talking_model.hpp"

#include "unit/weights/model_files.hpp"

#include <familiar/decoder/end_tokens.hpp>

#include <support/scratch_folder.hpp>

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

TEST_CASE("a directory names its end tokens in three files, one or a list in each") {
    const tests::ScratchFolder folder;
    const auto read = [&](const char* config) {
        return decoder::read_end_tokens(weights::JsonFile(folder.write("config.json", config)), folder.path(), 100);
    };
    using Tokens = std::vector<std::int32_t>;
    CHECK(read("{}").empty());
    CHECK(read(R"({"eos_token_id": null})").empty());
    CHECK(read(R"({"eos_token_id": 2})") == Tokens{2});
    CHECK(read(R"({"eos_token_id": [7, 2, 100, -1]})") == Tokens{2, 7});
    CHECK_THROWS_WITH(read(R"({"eos_token_id": "2"})"), Catch::Contains("eos_token_id"));
    folder.write("generation_config.json", R"({"eos_token_id": [3, 2]})");
    folder.write("tokenizer_config.json", R"({"added_tokens_decoder": {"9": {"content": "<|im_end|>", "special": true},
        "8": {"content": "<|im_start|>", "special": true}, "6": {"content": "</s>", "special": false}, "x": 3}})");
    CHECK(read(R"({"eos_token_id": 2})") == Tokens{2, 3, 9});
}
