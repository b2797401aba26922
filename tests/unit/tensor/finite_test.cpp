#include <familiar/tensor/finite.hpp>

#include <familiar/core/random.hpp>
#include <familiar/tensor/dequantize.hpp>

#include <catch2/catch.hpp>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <vector>

using namespace familiar::tensor;

namespace {

template <class T> std::optional<std::size_t> check(ElementType type, const std::vector<T>& stored) {
    return first_not_finite(type, std::as_bytes(std::span(stored)));
}

} // namespace

TEST_CASE("The first value that is NaN or infinite is found, wherever it stands") {
    for (const std::size_t place : {0U, 1U, 1023U, 1024U, 2999U}) {
        std::vector<std::uint32_t> singles(3000, 0x7f7fffff); // the largest finite number
        CHECK_FALSE(check(ElementType::f32, singles));
        for (const std::uint32_t bad : {0x7f800000U, 0xff800000U, 0x7fc00000U, 0x7f800001U}) {
            singles[place] = bad;
            CHECK(check(ElementType::f32, singles) == place);
        }
        std::vector<std::uint16_t> halves(3000, 0x7bff);
        CHECK_FALSE(check(ElementType::f16, halves));
        halves[place] = 0xfc00;
        CHECK(check(ElementType::f16, halves) == place);
        std::vector<std::uint16_t> brains(3000, 0x7f7f);
        CHECK_FALSE(check(ElementType::bf16, brains));
        brains[place] = 0x7f81;
        CHECK(check(ElementType::bf16, brains) == place);
        std::vector<double> doubles(3000, -1e308);
        CHECK_FALSE(check(ElementType::f64, doubles));
        doubles[place] = HUGE_VAL;
        CHECK(check(ElementType::f64, doubles) == place);
    }
    CHECK_FALSE(check(ElementType::f32, std::vector<float>{}));
    CHECK_FALSE(check(ElementType::i32, std::vector<std::uint32_t>{0x7f800000U}));
}

TEST_CASE("A quantised block is refused exactly where one of its values is not finite") {
    familiar::Random random(7);
    for (const auto type : {ElementType::q4_0, ElementType::q4_1, ElementType::q5_0, ElementType::q5_1,
                            ElementType::q8_0, ElementType::q2_k, ElementType::q3_k, ElementType::q4_k,
                            ElementType::q5_k, ElementType::q6_k, ElementType::iq4_nl, ElementType::iq4_xs}) {
        INFO(to_string(type));
        const auto [values, bytes] = block_layout(type);
        std::vector<float> out(values);
        // A bad pair of bytes at every place of a block: those that spoil values are the scales.
        for (std::size_t place = 0; place + 2 <= bytes; ++place) {
            std::vector<std::byte> block(bytes);
            for (auto& byte : block) byte = static_cast<std::byte>(random.below(0x70)); // no exponent is full
            const std::uint16_t infinity = 0x7c00;
            std::memcpy(block.data() + place, &infinity, sizeof infinity);
            dequantize(type, block.data(), values, out.data());
            bool finite = true;
            for (const float value : out) finite = finite && std::isfinite(value);
            INFO("place " << place);
            CHECK(check(type, block).has_value() == !finite);
        }
    }
}
