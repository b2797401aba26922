#include <familiar/text/white_space.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace familiar::text;

TEST_CASE("White space is what Python's str.isspace says", "[text]") {
    for (const char32_t c :
         {0x09, 0x0D, 0x1C, 0x1F, 0x20, 0x85, 0xA0, 0x1680, 0x2000, 0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000}) {
        INFO(static_cast<unsigned>(c));
        CHECK(is_python_space(c));
    }
    for (const char32_t c : {0x00, 0x08, 0x0E, 0x1B, 0x21, 0x84, 0x180E, 0x200B, 0x2060, 0xFEFF, 0xFFFD}) {
        INFO(static_cast<unsigned>(c));
        CHECK_FALSE(is_python_space(c));
    }
}

TEST_CASE("Words are split at white space of any script", "[text]") {
    using Words = std::vector<std::string_view>;
    CHECK(split_white_space("") == Words{});
    CHECK(split_white_space(" \t\n") == Words{});
    CHECK(split_white_space("  one  two\nthree ") == Words{"one", "two", "three"});
    CHECK(split_white_space("a\u3000b\u00a0c\u2028d") == Words{"a", "b", "c", "d"});
    CHECK(split_white_space("a\x1c"
                            "b") == Words{"a", "b"});
    CHECK(split_white_space("a\u200bb") == Words{"a\u200bb"}); // a zero-width space is no white space in Python
}

TEST_CASE("Texts lose white space at both ends alone", "[text]") {
    CHECK(strip("\u00a0 a b \u3000") == "a b");
    CHECK(strip("x") == "x");
    CHECK(strip("").empty());
    CHECK(strip(" \n ").empty());
}

TEST_CASE("Ill-formed bytes count as letters", "[text]") {
    CHECK(strip("\xff x ") == "\xff x");
    CHECK(strip(" \xe3\x80") == "\xe3\x80");           // the first two bytes of an ideographic space
    CHECK(split_white_space("\xa0 \x85").size() == 2); // Latin-1's white space is none in UTF-8
}
