#include <familiar/core/suggest.hpp>

#include <catch2/catch.hpp>

#include <array>

TEST_CASE("The edit distance counts inserts, deletes, replacements and swaps") {
    CHECK(familiar::edit_distance("", "") == 0);
    CHECK(familiar::edit_distance("", "abc") == 3);
    CHECK(familiar::edit_distance("kitten", "sitting") == 3);
    CHECK(familiar::edit_distance("modle", "model") == 1);
    CHECK(familiar::edit_distance("ca", "abc") == 3); // no edit inside a swapped pair
    CHECK(familiar::edit_distance(std::string(100'000, 'a'), "a") == 255);
}

TEST_CASE("The nearest name is the one at the least distance") {
    const std::array<std::string_view, 4> known = {"random", "balanced", "nearest", "fixed"};
    CHECK(familiar::nearest_name("balenced", known) == "balanced");
    CHECK(familiar::nearest_name("fixd", known) == "fixed");
    CHECK(familiar::suggestion("fixd", known) == "Did you mean fixed? Known: random, balanced, nearest, fixed");
    CHECK_FALSE(familiar::nearest_name("x", std::array<std::string_view, 0>{}).has_value());
}
