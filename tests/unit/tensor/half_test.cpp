#include <familiar/tensor/half.hpp>

#include <catch2/catch.hpp>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

using namespace familiar::tensor;

TEST_CASE("Every half-precision number has the value that its bits define") {
    for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
        const int exponent = static_cast<int>(bits >> 10 & 31), mantissa = static_cast<int>(bits & 1023);
        const double sign = (bits & 0x8000) != 0 ? -1.0 : 1.0;
        const float value = f16_to_f32(static_cast<std::uint16_t>(bits));
        REQUIRE(std::signbit(value) == (sign < 0));
        if (exponent == 31 && mantissa != 0) {
            REQUIRE(std::isnan(value));
        } else if (exponent == 31) {
            REQUIRE(value == sign * std::numeric_limits<double>::infinity());
        } else {
            const double expected =
                exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(1024 + mantissa, exponent - 25);
            REQUIRE(static_cast<double>(value) == sign * expected);
        }
    }
}

TEST_CASE("Every half-precision number survives the way to single precision and back") {
    for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
        const auto half = static_cast<std::uint16_t>(bits);
        const bool f16_nan = (bits & 0x7fff) > 0x7c00, bf16_nan = (bits & 0x7fff) > 0x7f80;
        REQUIRE(f32_to_f16(f16_to_f32(half)) == (f16_nan ? half | 0x200 : half));
        REQUIRE(f32_to_bf16(bf16_to_f32(half)) == (bf16_nan ? half | 0x40 : half));
    }
}

TEST_CASE("Rounding to half precision is to nearest, ties to even") {
    // the middle between two neighbours goes to the even one, a step beyond it to the nearer one
    for (std::uint32_t bits = 0; bits < 0x7bff; ++bits) {
        const auto low = static_cast<std::uint16_t>(bits), high = static_cast<std::uint16_t>(bits + 1);
        const float middle = (f16_to_f32(low) + f16_to_f32(high)) / 2;
        REQUIRE(f32_to_f16(middle) == ((low & 1) == 0 ? low : high));
        REQUIRE(f32_to_f16(std::nextafter(middle, 0.0F)) == low);
        REQUIRE(f32_to_f16(std::nextafter(middle, 1e9F)) == high);
        REQUIRE(f32_to_f16(-middle) == (0x8000 | ((low & 1) == 0 ? low : high)));
    }
    CHECK(f32_to_f16(65519.996F) == 0x7bff);
    CHECK(f32_to_f16(65520.0F) == 0x7c00);
    CHECK(f32_to_f16(std::numeric_limits<float>::max()) == 0x7c00);
    CHECK(f32_to_f16(std::numeric_limits<float>::denorm_min()) == 0);
}

TEST_CASE("Rounding to bfloat16 is to nearest, ties to even") {
    for (std::uint32_t bits = 0; bits < 0x7f80; ++bits) {
        const std::uint32_t middle = bits << 16 | 0x8000;
        REQUIRE(f32_to_bf16(std::bit_cast<float>(middle)) == (bits & 1) + bits);
        REQUIRE(f32_to_bf16(std::bit_cast<float>(middle - 1)) == bits);
        REQUIRE(f32_to_bf16(std::bit_cast<float>(middle + 1)) == bits + 1);
    }
}

TEST_CASE("Conversions can be made at compile time") {
    static_assert(f16_to_f32(0x3c00) == 1.0F);
    static_assert(f16_to_f32(0x0001) == 0x1p-24F);
    static_assert(bf16_to_f32(0x3f80) == 1.0F);
    static_assert(f32_to_f16(-2.0F) == 0xc000);
    static_assert(f32_to_bf16(1.0F) == 0x3f80);
    SUCCEED();
}
