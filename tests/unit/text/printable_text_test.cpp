#include <familiar/text/printable_text.hpp>

#include <catch2/catch.hpp>

#include <string>

using namespace familiar::text;

TEST_CASE("Text that a terminal shows stands as it is", "[text]") {
    CHECK(printable_text("plain, \u00e9\u4e2d\U0001F600 \\ `") == "plain, \u00e9\u4e2d\U0001F600 \\ `");
    CHECK(printable_text("").empty());
}

TEST_CASE("What a terminal would obey or cannot show is spelled byte by byte", "[text]") {
    CHECK(printable_text("\x1b[2J") == "\\x1b[2J");
    CHECK(printable_text("a\nb\r\t") == "a\\x0ab\\x0d\\x09");
    CHECK(printable_text(std::string("a\0b", 3)) == "a\\x00b");
    CHECK(printable_text("\x7f") == "\\x7f");
    CHECK(printable_text("\u0085") == "\\xc2\\x85");      // a control character of Latin-1
    CHECK(printable_text("\u202e") == "\\xe2\\x80\\xae"); // what follows would run from right to left
    CHECK(printable_text("\u2028") == "\\xe2\\x80\\xa8");
}

TEST_CASE("Bytes that are no UTF-8 never come out", "[text]") {
    CHECK(printable_text("a\xff\xfez") == "a\\xff\\xfez");
    CHECK(printable_text("\xe4\xb8") == "\\xe4\\xb8");
    CHECK(printable_text("\xed\xa0\x80") == "\\xed\\xa0\\x80");
    for (int byte = 0; byte < 256; ++byte) {
        const std::string given = std::string("\xe4") + static_cast<char>(byte) + "x";
        CHECK(is_well_formed_utf8(printable_text(given)));
    }
}

TEST_CASE("Quotations are cut where they are long", "[text]") {
    CHECK(quoted_text("abc") == "`abc`");
    CHECK(quoted_text("abcdef", 3) == "`abc…`");
    CHECK(quoted_text(std::string(100, 'x')) == "`" + std::string(60, 'x') + "…`");
    CHECK(quoted_text("a\u00e9", 2) == "`a…`");
    CHECK(printable_text(std::string(5000, 'x')).size() == kLongestMessage + 3);
}
