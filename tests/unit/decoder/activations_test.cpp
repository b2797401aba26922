#include <familiar/decoder/activations.hpp>

#include <catch2/catch.hpp>

using namespace familiar::decoder;
using Catch::Matchers::Contains;

TEST_CASE("activations have names") {
    CHECK(parse_activations(to_string(Activations::f32)) == Activations::f32);
    CHECK(parse_activations(to_string(Activations::int8)) == Activations::int8);
    CHECK(parse_activations("") == Activations::int8);
    CHECK_THROWS_WITH(parse_activations("int9"), Contains("int9") && Contains("f32"));
}
