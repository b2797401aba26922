#include <familiar/encoder/precision.hpp>

#include <catch2/catch.hpp>

using namespace familiar;
using namespace familiar::encoder;
using Catch::Matchers::Contains;

TEST_CASE("precisions are known by their names, and none is f32") {
    CHECK(parse_precision("") == Precision::f32);
    for (const auto precision : {Precision::f32, Precision::f16, Precision::bf16, Precision::int8}) {
        CHECK(parse_precision(to_string(precision)) == precision);
    }
    CHECK_THROWS_WITH(parse_precision("int3"), Contains("int3") && Contains("int8") && Contains("bf16"));
    CHECK(weight_bytes(Precision::f32) == 4);
    CHECK(weight_bytes(Precision::bf16) == 2);
}
