#include <familiar/core/ascii_case.hpp>

#include <catch2/catch.hpp>

using familiar::ascii_lower;

TEST_CASE("capitals of ASCII become small, and nothing else changes", "[ascii_case]") {
    CHECK(ascii_lower("AZaz09@[`{ \xC3\x84") == "azaz09@[`{ \xC3\x84");
    CHECK(ascii_lower("").empty());
    static_assert(ascii_lower('Q') == 'q' && ascii_lower('[') == '[');
}
