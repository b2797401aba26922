#include <familiar/weights/tensor_extent.hpp>

#include <catch2/catch.hpp>

#include <initializer_list>
#include <optional>

using familiar::tensor::ElementType;

namespace {

std::optional<std::size_t> bytes(ElementType type, std::initializer_list<std::size_t> shape) {
    return familiar::weights::tensor_bytes(type, {shape.begin(), shape.size()});
}

constexpr std::size_t kHuge = std::size_t{1} << 62;

} // namespace

TEST_CASE("The bytes of a tensor follow from type and shape") {
    CHECK(bytes(ElementType::f32, {2, 3}) == 24U);
    CHECK(bytes(ElementType::f16, {5}) == 10U);
    CHECK(bytes(ElementType::i64, {}) == 8U);
    CHECK(bytes(ElementType::q4_1, {3, 64}) == 3U * 2 * 20);
    CHECK(bytes(ElementType::q6_k, {2, 2, 256}) == 4U * 210);
    CHECK(bytes(ElementType::f32, {0, 7}) == 0U);
    CHECK(bytes(ElementType::f32, {7, 0}) == 0U);
}

TEST_CASE("Rows that are no whole blocks have no size") {
    CHECK_FALSE(bytes(ElementType::q8_0, {2, 33}));
    CHECK_FALSE(bytes(ElementType::q2_k, {32}));
    CHECK_FALSE(bytes(ElementType::q4_0, {}));
    CHECK_FALSE(bytes(ElementType::q4_0, {32, 1}));
}

TEST_CASE("Sizes that overflow are no sizes") {
    CHECK_FALSE(bytes(ElementType::f32, {kHuge}));
    CHECK(bytes(ElementType::u8, {kHuge}) == kHuge);
    CHECK_FALSE(bytes(ElementType::u8, {4, kHuge}));
    CHECK_FALSE(bytes(ElementType::u8, {std::size_t{1} << 32, std::size_t{1} << 32, std::size_t{1} << 32}));
    // fewer bytes than values: the count of values must not overflow either
    CHECK_FALSE(bytes(ElementType::q2_k, {4, kHuge}));
    CHECK_FALSE(bytes(ElementType::f32, {0, kHuge, 8}));
}
