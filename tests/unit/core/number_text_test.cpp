#include <familiar/core/number_text.hpp>

#include <catch2/catch.hpp>

using familiar::number_text;

TEST_CASE("a number's text is the shortest that reads back as it") {
    CHECK(number_text(0.1) == "0.1");
    CHECK(number_text(2.0) == "2");
    CHECK(number_text(-1e300) == "-1e+300");
    CHECK(std::stod(number_text(1.0 / 3.0)) == 1.0 / 3.0);
}
