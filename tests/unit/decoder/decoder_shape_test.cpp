#include <familiar/decoder/decoder_shape.hpp>

#include <catch2/catch.hpp>

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
    shape.rotary.dimensions = 8;
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
        [](DecoderShape& s) { s.rotary.dimensions = 5; },
        [](DecoderShape& s) { s.rotary.dimensions = 10; },
        [](DecoderShape& s) { s.rotary.base = -1.0; },
        [=](DecoderShape& s) { s.rotary.base = nan; },
        [](DecoderShape& s) { s.rotary.position_scale = 0.0; },
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
