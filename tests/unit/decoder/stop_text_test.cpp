#include <familiar/decoder/stop_text.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace familiar::decoder;

TEST_CASE("the first stop text of several is found") {
    const std::vector<std::string> stops{"\n\n", "End"};
    CHECK(find_stop("a\n\nEnd", stops) == 1);
    CHECK(find_stop("an End\n\n", stops) == 3);
    CHECK(find_stop("a\nb", stops) == std::nullopt);
    CHECK(find_stop("abc", {}) == std::nullopt);
}

TEST_CASE("what may still become a stop text or a character is not settled") {
    const std::vector<std::string> stops{"\n\n", "abcab"};
    CHECK(settled_length("one", stops) == 3);
    CHECK(settled_length("one\n", stops) == 3);
    CHECK(settled_length("one abca", stops) == 4);
    CHECK(settled_length("xab", stops) == 1);
    CHECK(settled_length("one\xEF\xBF\xBD", {}) == 3);
    CHECK(settled_length("\xEF\xBF\xBD\xEF\xBF\xBD", {}) == 0);
    CHECK(settled_length("\xEF\xBF\xBD!", {}) == 4);
    CHECK(settled_length("", stops) == 0);
    // What is still U+FFFD may become the rest of a stop text.
    const std::vector<std::string> accented{"Enç"};
    CHECK(settled_length("an En\xEF\xBF\xBD", accented) == 3);
}
