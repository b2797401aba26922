#include <familiar/profile/profile_summary.hpp>

#include <catch2/catch.hpp>

using namespace familiar::profile;

TEST_CASE("each kind of arithmetic has its own limit, or that of f32") {
    Limits limits{100.0, 10.0, 400.0, 200.0};
    CHECK(limits.of(Arithmetic::f32) == 100.0);
    CHECK(limits.of(Arithmetic::bf16) == 200.0);
    CHECK(limits.of(Arithmetic::int8) == 400.0);
    limits.bf16_flops = limits.integer_ops = 0.0;
    CHECK(limits.of(Arithmetic::bf16) == 100.0);
    CHECK(limits.of(Arithmetic::int8) == 100.0);
}
