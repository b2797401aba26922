#include <familiar/kernels/plain_bfloats.hpp>

#include <catch2/catch.hpp>

#include <array>

using namespace familiar;

TEST_CASE("a row's bf16 values are followed by a zero where their number is odd", "[kernels][bf16]") {
    const std::array<float, 3> x{1.0F, -2.0F, -1e-40F};
    std::array<std::uint16_t, 4> values{7, 7, 7, 7};
    kernels::detail::plain_round_row(x.data(), 3, values.data());
    CHECK(values == std::array<std::uint16_t, 4>{0x3f80, 0xc000, 0x8000, 0});
    kernels::detail::plain_round_row(x.data(), 2, values.data() + 1);
    CHECK(values == std::array<std::uint16_t, 4>{0x3f80, 0x3f80, 0xc000, 0});
}
