#include <familiar/encoder/precision.hpp>

#include <catch2/catch.hpp>

using namespace familiar;
using namespace familiar::encoder;
using Catch::Matchers::Contains;

TEST_CASE("precisions are known by their names, and none is f32") {
    CHECK(parse_precision("") == Precision::f32);
    for (const auto precision : {Precision::f32, Precision::int8}) {
        CHECK(parse_precision(to_string(precision)) == precision);
    }
    CHECK_THROWS_WITH(parse_precision("int3"), Contains("int3") && Contains("int8"));
}
