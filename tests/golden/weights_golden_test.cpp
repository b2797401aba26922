#include <familiar/tensor/dequantize.hpp>
#include <familiar/weights/gguf.hpp>
#include <familiar/weights/load.hpp>
#include <familiar/weights/safetensors.hpp>

#include <support/resources.hpp>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <cstring>
#include <fstream>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

using namespace familiar;
using namespace familiar::tests;
using weights::Gguf;
using weights::Safetensors;

namespace {

std::optional<tensor::ElementType> type_named(std::string_view name) {
    for (int i = 0; i <= static_cast<int>(tensor::ElementType::iq4_xs); ++i) {
        if (to_string(static_cast<tensor::ElementType>(i)) == name) return static_cast<tensor::ElementType>(i);
    }
    return std::nullopt;
}

nlohmann::json read_json(const std::filesystem::path& path) {
    return nlohmann::json::parse(std::ifstream(path));
}

} // namespace

TEST_CASE("Stored blocks of every type have the reference values, bit for bit") {
    REQUIRE_RESOURCE(path, golden("quants/blocks.safetensors"));
    const auto blocks = Safetensors::open(path);
    std::set<std::string> types;
    for (const auto& stored : blocks.tensors()) {
        if (!stored.name.ends_with(".bytes")) continue;
        const std::string stem(stored.name.substr(0, stored.name.size() - 6));
        INFO(stem);
        const auto type = type_named(stem.substr(0, stem.find('.')));
        REQUIRE(type);
        types.insert(std::string(to_string(*type)));
        const auto expected = blocks.find(stem + ".values");
        REQUIRE(expected);
        const auto layout = tensor::block_layout(*type);
        REQUIRE(stored.bytes.size() / layout.bytes * layout.values == expected->size());
        std::vector<float> values(expected->size());
        tensor::dequantize(*type, stored.bytes.data(), values.size(), values.data());
        CHECK(std::memcmp(values.data(), expected->bytes.data(), expected->bytes.size()) == 0);
    }
    CHECK(types.size() == 14);
}

TEST_CASE("Block sizes are those of the reference library") {
    REQUIRE_RESOURCE(path, golden("quants/meta.json"));
    const auto meta = read_json(path);
    CHECK(meta.at("types").size() == 12);
    for (const auto& [name, facts] : meta.at("types").items()) {
        INFO(name);
        const auto type = type_named(name);
        REQUIRE(type);
        CHECK(tensor::block_layout(*type).values == facts.at("block"));
        CHECK(tensor::block_layout(*type).bytes == facts.at("bytes"));
    }
}

TEST_CASE("Every published layout of encoder and decoder weights opens, and all values are finite") {
    REQUIRE_RESOURCE(encoders, golden("encoders"));
    REQUIRE_RESOURCE(decoders, golden("decoders"));
    std::size_t opened = 0;
    for (const auto& family : {encoders, decoders}) {
        for (const auto& entry : std::filesystem::directory_iterator(family)) {
            if (!std::filesystem::exists(entry.path() / "config.json")) continue;
            INFO(entry.path());
            const auto file = Safetensors::open(entry.path());
            CHECK(file.tensors().size() > 10);
            for (const auto& view : file.tensors()) CHECK_NOTHROW(weights::require_finite(file, view));
            ++opened;
        }
    }
    CHECK(opened >= 30);
}

TEST_CASE("A sharded model gives every tensor of its index from the shard that the index names") {
    REQUIRE_RESOURCE(folder, golden("encoders/roberta"));
    const auto index = read_json(folder / "model.safetensors.index.json");
    const auto file = Safetensors::open(folder);
    CHECK(file.tensors().size() == index.at("weight_map").size());
    for (const auto& [name, shard] : index.at("weight_map").items()) {
        const auto view = file.find(name);
        REQUIRE(view);
        CHECK(file.path_of(*view) == (folder / shard.get<std::string>()).string());
    }
}

TEST_CASE("A GGUF file with every tensor in another type is read whole") {
    REQUIRE_RESOURCE(path, golden("decoders/gguf_mixed/model.gguf"));
    const auto file = Gguf::open(path);
    CHECK(file.architecture() == "llama");
    CHECK(file.find_unsigned("llama.block_count") == 2U);
    CHECK(file.find_unsigned("llama.embedding_length") == 256U);
    CHECK(file.find_strings("tokenizer.ggml.tokens")->size() == 512);
    std::set<tensor::ElementType> types;
    for (const auto& view : file.tensors()) {
        types.insert(view.type);
        CHECK_NOTHROW(weights::require(file, view.name));
    }
    CHECK(types.size() == 14);
    CHECK(weights::require(file, "token_embd.weight", {512, 256}).size() == 512U * 256);
}

TEST_CASE("The vocabulary of SmolLM2 is read from a file without tensors") {
    REQUIRE_RESOURCE(path, golden("tokenizers/gguf_smollm2/vocabulary.gguf"));
    const auto file = Gguf::open(path);
    CHECK(file.tensors().empty());
    const auto tokens = file.find_strings("tokenizer.ggml.tokens");
    REQUIRE(tokens);
    REQUIRE(tokens->size() == 49152);
    CHECK((*tokens)[1] == "<|im_start|>");
    CHECK((*tokens)[2] == "<|im_end|>");
    CHECK(file.find_integers("tokenizer.ggml.token_type")->size() == 49152);
    CHECK(file.find_string("tokenizer.ggml.model") == "gpt2");
}

TEST_CASE("The default encoder has the tensors and shapes of its configuration") {
    REQUIRE_RESOURCE(folder, model("minilm"));
    const auto config = read_json(folder / "config.json");
    const std::size_t hidden = config.at("hidden_size"), wide = config.at("intermediate_size");
    const auto file = Safetensors::open(folder);
    CHECK(weights::require_matrix(file, "embeddings.word_embeddings.weight", config.at("vocab_size"), hidden).columns ==
          384);
    for (std::size_t layer = 0; layer < config.at("num_hidden_layers"); ++layer) {
        const auto prefix = "encoder.layer." + std::to_string(layer) + ".";
        CHECK(weights::require_floats(file, prefix + "attention.self.query.bias", {hidden}).size() == hidden);
        CHECK(weights::require_matrix(file, prefix + "intermediate.dense.weight", wide, hidden).rows == wide);
    }
    CHECK_THROWS_AS(weights::require(file, "embeddings.word_embeddings.weight", {hidden, 30522}), Error);
}

TEST_CASE("The default LLM has the values that its publisher gives") {
    REQUIRE_RESOURCE(path, model("smollm2-135m/SmolLM2-135M-Instruct.Q4_1.gguf"));
    const auto file = Gguf::open(path);
    CHECK(file.architecture() == "llama");
    CHECK(file.find_unsigned("llama.block_count") == 30U);
    CHECK(file.find_unsigned("llama.embedding_length") == 576U);
    CHECK(file.find_unsigned("llama.attention.head_count") == 9U);
    CHECK(file.find_unsigned("llama.attention.head_count_kv") == 3U);
    CHECK(file.find_float("llama.rope.freq_base") == 100000.0F);
    CHECK(file.find_string("tokenizer.chat_template").value_or("").find("<|im_start|>") != std::string::npos);
    std::size_t parameters = 0;
    for (const auto& view : file.tensors()) {
        parameters += view.size();
        CHECK_NOTHROW(weights::require(file, view.name));
    }
    CHECK(parameters == 134515008);

    // Two rows of this file are part of the reference values.
    REQUIRE_RESOURCE(blocks_path, golden("quants/blocks.safetensors"));
    const auto blocks = Safetensors::open(blocks_path);
    const auto stored = blocks.find("Q4_1.model.bytes");
    REQUIRE(stored);
    const auto matrix = weights::require_matrix(file, "blk.0.ffn_down.weight", 576, 1536);
    CHECK(std::memcmp(matrix.data + 3 * matrix.row_bytes(), stored->bytes.data(), stored->bytes.size()) == 0);
}
