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

TEST_CASE("the texts of an example as one are on lines of their own") {
    familiar::Example example;
    example.text = "one";
    CHECK(familiar::text_lines(example) == "one");
    example.text_b = "two";
    CHECK(familiar::text_lines(example) == "one\ntwo");
    example.text_b = "";
    CHECK(familiar::text_lines(example) == "one\n");
}
