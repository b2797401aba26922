#include <familiar/decoder/decoder_shape.hpp>

#include <catch2/catch.hpp>

#include <cmath>
#include <functional>
#include <limits>
#include <vector>

using namespace familiar;
using decoder::DecoderShape;

namespace {

DecoderShape good_shape() {
    DecoderShape shape;
    shape.layers = 2;
    shape.hidden = 48;
    shape.inner = 80;
    shape.heads = 6;
    shape.key_value_heads = 2;
    shape.head_size = 8;
    shape.vocabulary = 130;
    shape.context = 64;
    shape.rotary.resize(1);
    shape.rotary[0].dimensions = 8;
    shape.layer_shapes.resize(2);
    return shape;
}

} // namespace

TEST_CASE("sizes of attention follow from heads and their size") {
    const DecoderShape shape = good_shape();
    CHECK_NOTHROW(shape.check("file"));
    CHECK(shape.query_size() == 48);
    CHECK(shape.key_value_size() == 16);
    CHECK(shape.heads_per_key() == 3);
}

TEST_CASE("a row of projections holds all queries, keys and values, or those of one head of keys after another") {
    DecoderShape shape = good_shape();
    CHECK(shape.projection_size() == 80);
    CHECK(shape.query_at(5) == 40);
    CHECK(shape.key_at(1) == 56);
    CHECK(shape.value_at(1) == 72);
    shape.projection = decoder::ProjectionLayout::groups; // q0 q1 q2 k0 v0 q3 q4 q5 k1 v1
    CHECK(shape.query_at(2) == 16);
    CHECK(shape.key_at(0) == 24);
    CHECK(shape.value_at(0) == 32);
    CHECK(shape.query_at(3) == 40);
    CHECK(shape.value_at(1) == 72);
}

TEST_CASE("slopes of linear biases are a geometric sequence, with odd powers of its finer one for the heads beyond") {
    DecoderShape shape = good_shape();
    CHECK(shape.alibi_slope(0) == 0.0F);
    shape.alibi_scale = 1.0F;
    shape.heads = 8; // Press et al.: 1/2, 1/4 … 1/256
    for (std::size_t head = 0; head < 8; ++head) CHECK(shape.alibi_slope(head) == std::ldexp(1.0F, -int(head) - 1));
    shape.heads = 6; // four heads: 1/4 … 1/256; then the first and third of eight
    CHECK(shape.alibi_slope(3) == 0.00390625F);
    CHECK(shape.alibi_slope(4) == 0.5F);
    CHECK(shape.alibi_slope(5) == 0.125F);
}

TEST_CASE("numbers that no model has are refused, and the file is named") {
    constexpr std::size_t absurd = std::size_t{1} << 60;
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    const std::vector<std::function<void(DecoderShape&)>> changes{
        [](DecoderShape& s) { s.layers = 0; },
        [=](DecoderShape& s) { s.layers = absurd; },
        [](DecoderShape& s) { s.hidden = 0; },
        [=](DecoderShape& s) { s.inner = absurd; },
        [](DecoderShape& s) { s.heads = 0; },
        [](DecoderShape& s) { s.heads = 5; },
        [](DecoderShape& s) { s.key_value_heads = 0; },
        [](DecoderShape& s) { s.head_size = 0; },
        [=](DecoderShape& s) { s.vocabulary = absurd; },
        [](DecoderShape& s) { s.context = 0; },
        [](DecoderShape& s) { s.rotary[0].dimensions = 5; },
        [](DecoderShape& s) { s.layer_shapes.resize(1); },
        [](DecoderShape& s) { s.layer_shapes[1].rotary = 1; },
        [](DecoderShape& s) { s.layer_shapes[1].attention_scale = 0.0F; },
        [](DecoderShape& s) { s.attention_cap = -1.0F; },
        [=](DecoderShape& s) { s.embedding_scale = static_cast<float>(nan); },
        [](DecoderShape& s) { s.norm_epsilon = -1.0F; },
        [](DecoderShape& s) { s.heads = s.key_value_heads = s.head_size = std::size_t{1} << 20; },
    };
    for (std::size_t i = 0; i < changes.size(); ++i) {
        INFO(i);
        DecoderShape shape = good_shape();
        changes[i](shape);
        CHECK_THROWS_WITH(shape.check("a.gguf"), Catch::StartsWith("a.gguf"));
    }
}
