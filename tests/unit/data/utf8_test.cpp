#include <familiar/data/utf8.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace familiar::data;

TEST_CASE("well-formed UTF-8 of every length is accepted") {
    CHECK_FALSE(find_invalid_utf8(""));
    CHECK_FALSE(find_invalid_utf8("plain"));
    CHECK_FALSE(
        find_invalid_utf8("\xc2\x80 \xdf\xbf \xe0\xa0\x80 \xed\x9f\xbf \xee\x80\x80 \xef\xbf\xbf \xf0\x90\x80\x80 "
                          "\xf4\x8f\xbf\xbf"));
}

TEST_CASE("the first ill-formed byte is found") {
    CHECK(find_invalid_utf8("ab\xff") == 2u);
    CHECK(find_invalid_utf8("\x80") == 0u);
    CHECK(find_invalid_utf8("a\xc0\xaf") == 1u);        // overlong
    CHECK(find_invalid_utf8("\xe0\x9f\xbf") == 0u);     // overlong
    CHECK(find_invalid_utf8("\xed\xa0\x80") == 0u);     // surrogate
    CHECK(find_invalid_utf8("\xf4\x90\x80\x80") == 0u); // above U+10FFFF
    CHECK(find_invalid_utf8("\xf5\x80\x80\x80") == 0u);
    CHECK(find_invalid_utf8("xy\xe2\x82") == 2u); // truncated
    CHECK(find_invalid_utf8("xy\xe2\x28\xa1") == 2u);
}

TEST_CASE("code points are decoded") {
    CHECK(code_point_at("é", 0).value == 0xe9);
    CHECK(code_point_at("x€", 1).value == 0x20ac);
    CHECK(code_point_at("\xf0\x9f\x98\x80", 0).value == 0x1f600);
    CHECK(code_point_at("\xf0\x9f\x98\x80", 0).length == 4);
    CHECK(code_point_at("\xff", 0).length == 0);
}

TEST_CASE("words are split and texts stripped at white space of any script") {
    using Words = std::vector<std::string_view>;
    CHECK(split_white_space("") == Words{});
    CHECK(split_white_space(" \t\n") == Words{});
    CHECK(split_white_space("  one  two\nthree ") == Words{"one", "two", "three"});
    CHECK(split_white_space("a\u3000b\u00a0c\u2028d") == Words{"a", "b", "c", "d"});
    CHECK(split_white_space("a\u200bb") == Words{"a\u200bb"}); // a zero-width space is no white space in Python
    CHECK(strip("\u00a0 a b \u3000") == "a b");
    CHECK(strip(" \n ").empty());
    CHECK(strip("\xff x ") == "\xff x");
}

TEST_CASE("texts are shortened between characters") {
    CHECK(shortened("abc", 3) == "abc");
    CHECK(shortened("abcd", 3) == "abc…");
    CHECK(shortened("aéé", 2) == "a…");
}
