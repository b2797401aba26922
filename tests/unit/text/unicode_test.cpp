#include <familiar/text/unicode.hpp>

#include <catch2/catch.hpp>

#include <string>

using namespace familiar::text;

namespace {

std::u32string decomposed(char32_t c) {
    std::array<char32_t, kLongestDecomposition> out{};
    return std::u32string(out.data(), decompose_canonically(c, out));
}

std::u32string lowered(char32_t c) {
    std::array<char32_t, 8> out{};
    return std::u32string(out.data(), to_lower(c, out));
}

} // namespace

TEST_CASE("Characters have the class of their general category", "[text]") {
    CHECK(character_class(U'a') == CharacterClass::letter);
    CHECK(character_class(0x4E2D) == CharacterClass::letter);
    CHECK(character_class(U'5') == CharacterClass::number);
    CHECK(character_class(0x2163) == CharacterClass::number); // a Roman numeral
    CHECK(character_class(U'_') == CharacterClass::punctuation);
    CHECK(character_class(U'+') == CharacterClass::symbol);
    CHECK(character_class(0x0301) == CharacterClass::nonspacing_mark);
    CHECK(character_class(0x0903) == CharacterClass::mark);
    CHECK(character_class(0x2028) == CharacterClass::separator);
    CHECK(character_class(U'\n') == CharacterClass::control);
    CHECK(character_class(0x200D) == CharacterClass::format);
    CHECK(character_class(0xE000) == CharacterClass::private_use);
    CHECK(character_class(0x0378) == CharacterClass::unassigned);
    CHECK(character_class(0x110000) == CharacterClass::unassigned); // beyond Unicode: no crash
}

TEST_CASE("White space of regular expressions leaves out the information separators", "[text]") {
    CHECK(is_white_space(U'\t'));
    CHECK(is_white_space(0x3000));
    CHECK_FALSE(is_white_space(0x1C));
    CHECK_FALSE(is_white_space(0x200B));
    CHECK(is_ascii_punctuation(U'`'));
    CHECK_FALSE(is_ascii_punctuation(U'a'));
    CHECK_FALSE(is_ascii_punctuation(0x2014));
}

TEST_CASE("Characters fall into their canonical parts", "[text]") {
    CHECK(decomposed(U'a') == U"a");
    CHECK(decomposed(0x1E69) == U"s\u0323\u0307");
    CHECK(decomposed(0xD55C) == U"\u1112\u1161\u11AB");
    CHECK(decomposed(0xFB01) == U"\uFB01"); // a ligature is compatible with its letters, not equal to them
    CHECK(combining_class(0x0301) == 230);
    CHECK(combining_class(0x0323) == 220);
    CHECK(combining_class(U'a') == 0);
}

TEST_CASE("Some starters may be joined to what stands before them", "[text]") {
    CHECK(may_compose_with_previous(0x09BE));
    CHECK(may_compose_with_previous(0x1161));
    CHECK_FALSE(may_compose_with_previous(U'a'));
}

TEST_CASE("Lower case is that of the character by itself", "[text]") {
    CHECK(lowered(U'A') == U"a");
    CHECK(lowered(0x03A3) == U"\u03C3"); // no final sigma
    CHECK(lowered(0x0130) == U"i\u0307");
    CHECK(lowered(U'5') == U"5");
}

TEST_CASE("Word characters are letters, marks, digits, connectors and joiners", "[text]") {
    for (const char32_t c : {U'a', U'5', U'_', char32_t{0x0301}, char32_t{0x4E2D}, char32_t{0x200D}, char32_t{0x203F}})
        CHECK(is_word_character(c));
    for (const char32_t c : {U' ', U'-', U'+', char32_t{0x00B2}, char32_t{0x2028}}) CHECK_FALSE(is_word_character(c));
}
