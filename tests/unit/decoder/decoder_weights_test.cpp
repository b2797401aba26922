#include "tiny_model.hpp"

#include <familiar/decoder/decoder_weights.hpp>
#include <familiar/decoder/gguf_shape.hpp>
#include <familiar/weights/gguf.hpp>

#include <catch2/catch.hpp>

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
    CHECK(weights.layers[0].query.bias == std::vector<float>(48, 0.5F));
    CHECK(weights.layers[1].query.bias.empty());
    CHECK(weights.layers[1].down.matrix.columns == 80);
    CHECK(weights.layers[1].attention_norm == tiny.tensors["blk.1.attn_norm.weight"].values);
    CHECK(weights.rotary_factors.empty());
}

TEST_CASE("a tensor that nobody asked for is an error that names it") {
    TinyModel tiny;
    tiny.tensors["blk.0.attn_q_norm.weight"] = {{8}, std::vector<float>(8, 1.0F)};
    const auto file = weights::Gguf::open(tiny.write("unused.gguf"));
    const auto shape = decoder::read_gguf_shape(file);
    CHECK_THROWS_WITH(decoder::read_gguf_weights(file, shape), Catch::Contains("blk.0.attn_q_norm.weight"));
}
