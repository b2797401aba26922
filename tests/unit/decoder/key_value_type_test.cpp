#include <familiar/decoder/key_value_type.hpp>

#include <catch2/catch.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

using namespace familiar;
using decoder::KeyValueType;

TEST_CASE("kinds of keys and values are known by name") {
    CHECK(decoder::parse_key_value_type("") == KeyValueType::f32);
    for (const auto type : {KeyValueType::f32, KeyValueType::f16, KeyValueType::int8}) {
        CHECK(decoder::parse_key_value_type(to_string(type)) == type);
    }
    CHECK_THROWS_AS(decoder::parse_key_value_type("q8"), Error);
}

TEST_CASE("every half-precision number is widened to itself") {
    std::size_t wrong = 0;
    for (std::uint32_t bits = 0; bits < 65536; ++bits) {
        const auto half = static_cast<std::uint16_t>(bits);
        float out;
        decoder::widen_head(KeyValueType::f16, reinterpret_cast<const std::byte*>(&half), 1, &out);
        const float truth = tensor::f16_to_f32(half);
        wrong += std::isnan(truth) ? !std::isnan(out) : out != truth || std::signbit(out) != std::signbit(truth);
    }
    CHECK(wrong == 0);
}

TEST_CASE("what is no number stays none") {
    for (const auto type : {KeyValueType::f32, KeyValueType::f16, KeyValueType::int8}) {
        const std::vector<float> x{1.0F, std::numeric_limits<float>::quiet_NaN(), -2.0F};
        std::vector<std::byte> narrow(decoder::head_bytes(type, 3));
        std::vector<float> out(3);
        decoder::narrow_head(type, x.data(), 3, narrow.data());
        decoder::widen_head(type, narrow.data(), 3, out.data());
        CHECK(std::isnan(out[1]));
        const std::vector<float> zeros(3, 0.0F);
        decoder::narrow_head(type, zeros.data(), 3, narrow.data());
        decoder::widen_head(type, narrow.data(), 3, out.data());
        CHECK(out == zeros);
    }
}
