#include "tiny_model.hpp"

#include <familiar/decoder/decoder_weights.hpp>
#include <familiar/decoder/gguf_layout.hpp>
#include <familiar/decoder/gguf_shape.hpp>
#include <familiar/weights/gguf.hpp>

#include <catch2/catch.hpp>

#include <cstring>
#include <string>
#include <vector>

using namespace familiar;
using tests::TinyModel;

TEST_CASE("weights are read by name; a model without a head of its own uses the embedding") {
    const bool tied = GENERATE(false, true);
    TinyModel tiny(tied);
    tiny.tensors["blk.0.attn_q.bias"] = {{48}, std::vector<float>(48, 0.5F)};
    const auto file = weights::Gguf::open(tiny.write("weights.gguf"));
    const auto shape = decoder::read_gguf_shape(file);
    const auto weights = decoder::read_gguf_weights(file, shape);
    REQUIRE(weights.layers.size() == 2);
    CHECK((weights.head.matrix.data == weights.embedding.data) == tied);
    CHECK(weights.embedding.rows == 130);
    CHECK(weights.embedding.columns == 48);
    REQUIRE(weights.layers[0].projections.size() == 3);
    CHECK(weights.layers[0].projections[0].bias == std::vector<float>(48, 0.5F));
    CHECK(weights.layers[1].projections[0].bias.empty());
    CHECK(weights.layers[1].down.matrix.columns == 80);
    CHECK(weights.layers[1].attention_norm.gain == tiny.tensors["blk.1.attn_norm.weight"].values);
    CHECK(weights.layers[1].query_norm.empty());
}

TEST_CASE("a tensor that nobody asked for is an error that names it") {
    TinyModel tiny;
    tiny.tensors["blk.0.attn_q_norm.weight"] = {{8}, std::vector<float>(8, 1.0F)};
    const auto file = weights::Gguf::open(tiny.write("unused.gguf"));
    const auto shape = decoder::read_gguf_shape(file);
    CHECK_THROWS_WITH(decoder::read_gguf_weights(file, shape), Catch::Contains("blk.0.attn_q_norm.weight"));
}

TEST_CASE("queries, keys and values may stand in one tensor, and so may gate and up") {
    TinyModel tiny;
    const auto joined = [&](const std::string& name, const std::vector<std::string>& parts) {
        TinyModel::Tensor all{{0, 48}, {}};
        for (const auto& part : parts) {
            const auto& tensor = tiny.tensors.at(part);
            all.shape[0] += tensor.shape[0];
            all.values.insert(all.values.end(), tensor.values.begin(), tensor.values.end());
            tiny.tensors.erase(part);
        }
        tiny.tensors[name] = all;
    };
    const std::vector<float> up = tiny.tensors.at("blk.1.ffn_up.weight").values;
    joined("blk.0.attn_qkv.weight", {"blk.0.attn_q.weight", "blk.0.attn_k.weight", "blk.0.attn_v.weight"});
    for (const std::string layer : {"blk.0.", "blk.1."})
        joined(layer + "ffn_up.weight", {layer + "ffn_gate.weight", layer + "ffn_up.weight"});
    const auto file = weights::Gguf::open(tiny.write("joined.gguf"));
    const auto shape = decoder::read_gguf_shape(file);
    auto layout = decoder::gguf_layout(decoder::find_architecture("llama", "file"), file);
    layout.names.gate = {};
    const auto weights = decoder::read_decoder_weights(file, shape, layout);
    CHECK(weights.layers[0].projections.size() == 1);
    CHECK(weights.layers[0].projections[0].outputs() == 80);
    CHECK(weights.layers[1].projections.size() == 3);
    REQUIRE(weights.layers[1].up.outputs() == 80);
    CHECK(std::memcmp(weights.layers[1].up.matrix.data, up.data(), up.size() * sizeof(float)) == 0);
}

TEST_CASE("matrices that a file stores the other way round are turned") {
    TinyModel tiny;
    auto turned = tiny;
    for (auto& [name, tensor] : turned.tensors) {
        if (tensor.shape.size() != 2 || name.find("blk.") != 0) continue;
        const auto rows = tensor.shape[0], columns = tensor.shape[1];
        const auto values = tensor.values;
        for (std::size_t i = 0; i < rows; ++i) {
            for (std::size_t k = 0; k < columns; ++k) tensor.values[k * rows + i] = values[i * columns + k];
        }
        tensor.shape = {columns, rows};
    }
    const auto file = weights::Gguf::open(turned.write("turned.gguf"));
    const auto shape = decoder::read_gguf_shape(file);
    auto layout = decoder::gguf_layout(decoder::find_architecture("llama", "file"), file);
    layout.transposed = true;
    const auto weights = decoder::read_decoder_weights(file, shape, layout);
    const auto& expected = tiny.tensors.at("blk.1.ffn_down.weight").values;
    REQUIRE(weights.layers[1].down.outputs() == 48);
    CHECK(std::memcmp(weights.layers[1].down.matrix.data, expected.data(), expected.size() * sizeof(float)) == 0);
}
