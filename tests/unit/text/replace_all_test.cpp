#include <familiar/text/replace_all.hpp>

#include <catch2/catch.hpp>

using familiar::text::replace_all;

namespace {

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    replace_all(text, from, to);
    return text;
}

} // namespace

TEST_CASE("Every occurrence is replaced once, from the left", "[text]") {
    CHECK(replaced("a-b-c", "-", " and ") == "a and b and c");
    CHECK(replaced("-a-", "-", "") == "a");
    CHECK(replaced("aaa", "aa", "b") == "ba");
    CHECK(replaced("&amp;lt;", "&amp;", "&") == "&lt;");
    CHECK(replaced("aa", "a", "aa") == "aaaa"); // what was put in is left alone
    CHECK(replaced("abc", "x", "y") == "abc");
    CHECK(replaced("abc", "", "y") == "abc");
    CHECK(replaced("", "x", "y").empty());
}
