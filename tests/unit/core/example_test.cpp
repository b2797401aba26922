#include <familiar/core/example.hpp>

#include <catch2/catch.hpp>

TEST_CASE("an example is a pair exactly where it has a second text, an empty one too", "[example]") {
    familiar::Example example;
    example.text = "one";
    CHECK_FALSE(example.is_pair());
    example.text_b = "";
    CHECK(example.is_pair());
    familiar::Example other = example;
    CHECK(other == example);
    other.label = "x";
    CHECK_FALSE(other == example);
}
