#include "talking_model.hpp"
#include "unit/weights/model_files.hpp"

#include <familiar/decoder/decoder_description.hpp>

#include <support/scratch_folder.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace familiar;

TEST_CASE("a description says what a file holds") {
    const auto path = tests::talking_model().write("described.gguf");
    const auto model = decoder::describe(path);
    CHECK(model.file == "described.gguf");
    CHECK(model.bytes == std::filesystem::file_size(path));
    CHECK(model.architecture == "llama");
    CHECK(model.supported);
    CHECK(model.layers == 2);
    CHECK(model.hidden == 48);
    CHECK(model.inner == 80);
    CHECK(model.heads == 6);
    CHECK(model.key_value_heads == 2);
    CHECK(model.context == 2048);
    CHECK(model.vocabulary == 262);
    // Embedding and head, norms, and of each layer: queries and output, keys and values, the feed-forward network.
    CHECK(model.parameters == 2 * 262 * 48 + 5 * 48 + 2 * (2 * 48 * 48 + 2 * 16 * 48 + 3 * 80 * 48));
    REQUIRE(model.types.size() == 1);
    CHECK(model.types[0].type == "F32");
    CHECK(model.types[0].tensors == 21);
    CHECK(model.types[0].values == model.parameters);
    CHECK(model.types[0].bytes == 4 * model.parameters);
    CHECK(model.tokenizer == "gpt2");
    CHECK(model.pre_tokenizer == "smollm");
    CHECK(model.bos_token == 1);
    CHECK(model.end_tokens == std::vector<std::int32_t>{0, 2});
    CHECK(model.has_chat_template);
}

TEST_CASE("models that cannot be run are described, too") {
    tests::TinyModel tiny;
    tiny.metadata["general.architecture"] = "frobnicate";
    const auto model = decoder::describe(tiny.write("unknown.gguf"));
    CHECK(model.architecture == "frobnicate");
    CHECK_FALSE(model.supported);
    CHECK(model.layers == std::nullopt);
    CHECK(model.tokenizer == std::nullopt);
    CHECK_FALSE(model.has_chat_template);
    CHECK(model.end_tokens.empty());
}

TEST_CASE("a directory is described from its configuration and the headers of its weights") {
    const tests::ScratchFolder folder;
    folder.write("model.safetensors", tests::small_safetensors());
    CHECK_FALSE(decoder::is_decoder_directory(folder.path()));
    folder.write("config.json", R"({"model_type": "mistral", "hidden_size": 64, "intermediate_size": 112,
        "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 320,
        "max_position_embeddings": 128, "eos_token_id": 2, "bos_token_id": 1})");
    folder.write("tokenizer.json", R"({"model": {"type": "BPE"}})");
    folder.write("chat_template.jinja", "x");
    CHECK(decoder::is_decoder_directory(folder.path()));
    const auto model = decoder::describe(folder.path());
    CHECK(model.file == folder.path().filename().string());
    CHECK(model.architecture == "mistral");
    CHECK(model.supported);
    CHECK(model.layers == 2);
    CHECK(model.context == 128);
    CHECK(model.tokenizer == "BPE");
    CHECK(model.bos_token == 1);
    CHECK(model.end_tokens == std::vector<std::int32_t>{2});
    CHECK(model.has_chat_template);
    CHECK(model.types.size() == 3);

    folder.write("config.json", R"({"model_type": "mamba", "architectures": ["MambaForCausalLM"]})");
    CHECK(decoder::is_decoder_directory(folder.path()));
    CHECK_FALSE(decoder::describe(folder.path()).supported);
    folder.write("config.json", R"({"model_type": "bert", "architectures": ["BertModel"]})");
    CHECK_FALSE(decoder::is_decoder_directory(folder.path()));
}
