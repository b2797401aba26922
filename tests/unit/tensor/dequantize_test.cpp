#include <familiar/tensor/dequantize.hpp>

#include <catch2/catch.hpp>

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

using namespace familiar::tensor;

namespace {

template <class T> std::vector<float> converted(ElementType type, const std::vector<T>& stored) {
    std::vector<float> out(stored.size(), -1.0F);
    dequantize(type, reinterpret_cast<const std::byte*>(stored.data()), out.size(), out.data());
    return out;
}

constexpr ElementType kQuantised[] = {ElementType::q4_0, ElementType::q4_1, ElementType::q5_0,   ElementType::q5_1,
                                      ElementType::q8_0, ElementType::q2_k, ElementType::q3_k,   ElementType::q4_k,
                                      ElementType::q5_k, ElementType::q6_k, ElementType::iq4_nl, ElementType::iq4_xs};

} // namespace

TEST_CASE("Plain numbers become the nearest single-precision number") {
    using Limits = std::numeric_limits<std::int64_t>;
    CHECK(converted<float>(ElementType::f32, {1.5F, -0.0F}) == std::vector<float>{1.5F, 0.0F});
    CHECK(converted<double>(ElementType::f64, {0.1, -1e300}) ==
          std::vector<float>{0.1F, -std::numeric_limits<float>::infinity()});
    CHECK(converted<std::int8_t>(ElementType::i8, {-128, 127}) == std::vector<float>{-128, 127});
    CHECK(converted<std::uint8_t>(ElementType::u8, {0, 255}) == std::vector<float>{0, 255});
    CHECK(converted<std::int16_t>(ElementType::i16, {-32768}) == std::vector<float>{-32768});
    CHECK(converted<std::int32_t>(ElementType::i32, {16777217}) == std::vector<float>{16777216});
    CHECK(converted<std::int64_t>(ElementType::i64, {Limits::min()}) == std::vector<float>{-0x1p63F});
    CHECK(converted<std::uint8_t>(ElementType::boolean, {0, 1}) == std::vector<float>{0, 1});
    CHECK(converted<std::uint16_t>(ElementType::f16, {0x3c00}) == std::vector<float>{1});
    CHECK(converted<std::uint16_t>(ElementType::bf16, {0x3f80}) == std::vector<float>{1});
}

TEST_CASE("Blocks follow one another, at any alignment, and no value beyond the count is written") {
    for (const auto type : kQuantised) {
        INFO(to_string(type));
        const auto [values, bytes] = block_layout(type);
        std::vector<std::byte> stored(1 + 3 * bytes);
        for (std::size_t i = 0; i < stored.size(); ++i) stored[i] = static_cast<std::byte>(i * 37 % 61);
        std::vector<float> all(3 * values + 1, 42.0F), single(values);
        dequantize(type, stored.data() + 1, 3 * values, all.data());
        for (std::size_t b = 0; b < 3; ++b) {
            dequantize(type, stored.data() + 1 + b * bytes, values, single.data());
            CHECK(std::equal(single.begin(), single.end(), all.begin() + static_cast<std::ptrdiff_t>(b * values)));
        }
        CHECK(all.back() == 42.0F);
        std::vector<float> less(2 * values, 42.0F);
        dequantize(type, stored.data() + 1, 2 * values - 1, less.data());
        CHECK(less[values] == 42.0F);
        CHECK(less[values - 1] != 42.0F);
    }
}

TEST_CASE("No values at all are converted without touching memory") {
    for (int type = 0; type <= static_cast<int>(ElementType::iq4_xs); ++type) {
        dequantize(static_cast<ElementType>(type), nullptr, 0, nullptr);
    }
    SUCCEED();
}
