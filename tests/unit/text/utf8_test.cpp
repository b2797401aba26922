#include <familiar/text/utf8.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace familiar::text;

namespace {

std::vector<char32_t> characters(std::string_view text) {
    std::vector<char32_t> out;
    for (std::size_t at = 0; at < text.size();) {
        const Decoded next = decode_utf8(text, at);
        out.push_back(next.character);
        at += next.length;
    }
    return out;
}

constexpr char32_t kBad = kReplacementCharacter;

} // namespace

TEST_CASE("Well-formed text decodes to its characters", "[text]") {
    CHECK(characters("a\u00e9\u20ac\U0001F600") == std::vector<char32_t>{'a', 0xE9, 0x20AC, 0x1F600});
    CHECK(characters(std::string(1, char(0))) == std::vector<char32_t>{0});
}

TEST_CASE("Ill-formed text is cut into maximal subparts as the Unicode standard's tables have it", "[text]") {
    // Unicode 16, tables 3-8 to 3-11.
    CHECK(characters("\x61\xF1\x80\x80\xE1\x80\xC2\x62\x80\x63\x80\xBF\x64") ==
          std::vector<char32_t>{'a', kBad, kBad, kBad, 'b', kBad, 'c', kBad, kBad, 'd'});
    CHECK(characters("\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41") ==
          std::vector<char32_t>{kBad, kBad, kBad, kBad, kBad, kBad, kBad, kBad, 'A'});
    CHECK(characters("\xED\xA0\x80\xED\xBF\xBF\xED\xAF\x41") ==
          std::vector<char32_t>{kBad, kBad, kBad, kBad, kBad, kBad, kBad, kBad, 'A'});
    CHECK(characters("\xF4\x91\x92\x93\xFF\x41\x80\xBF\x42") ==
          std::vector<char32_t>{kBad, kBad, kBad, kBad, kBad, 'A', kBad, kBad, 'B'});
    CHECK(characters("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41") == std::vector<char32_t>{kBad, kBad, kBad, kBad, 'A'});
}

TEST_CASE("Every scalar value survives encoding and decoding", "[text]") {
    std::size_t wrong = 0;
    for (char32_t c = 0; c <= 0x10FFFF; ++c) {
        if (c >= 0xD800 && c <= 0xDFFF) continue;
        char bytes[4];
        const std::size_t length = encode_utf8(c, bytes);
        const Decoded back = decode_utf8({bytes, length}, 0);
        wrong += back.character == c && back.length == length && back.well_formed &&
                         utf8_length(static_cast<unsigned char>(bytes[0])) == length
                     ? 0
                     : 1;
    }
    CHECK(wrong == 0);
}

TEST_CASE("The first ill-formed byte is found behind long runs of ASCII", "[text]") {
    const std::string ascii(100, 'x');
    CHECK(find_ill_formed(ascii) == 100);
    CHECK(find_ill_formed(ascii + "\xC3\xA9" + ascii) == 202);
    CHECK(find_ill_formed(ascii + "\xC3" + ascii) == 100);
    CHECK(find_ill_formed(ascii + "\xE2\x82") == 100);
    CHECK(is_well_formed_utf8(""));
    CHECK(to_well_formed("a\xFFz") == "a\uFFFDz");
}

TEST_CASE("Every kind of ill-formed sequence is found where it starts", "[text]") {
    CHECK(is_well_formed_utf8("\xc2\x80 \xdf\xbf \xe0\xa0\x80 \xed\x9f\xbf \xee\x80\x80 \xef\xbf\xbf \xf0\x90\x80\x80 "
                              "\xf4\x8f\xbf\xbf"));
    CHECK(find_ill_formed("ab\xff") == 2);
    CHECK(find_ill_formed("\x80") == 0);
    CHECK(find_ill_formed("a\xc0\xaf") == 1);        // overlong
    CHECK(find_ill_formed("\xe0\x9f\xbf") == 0);     // overlong
    CHECK(find_ill_formed("\xed\xa0\x80") == 0);     // surrogate
    CHECK(find_ill_formed("\xf4\x90\x80\x80") == 0); // above U+10FFFF
    CHECK(find_ill_formed("\xf5\x80\x80\x80") == 0);
    CHECK(find_ill_formed("xy\xe2\x82") == 2); // truncated
    CHECK(find_ill_formed("xy\xe2\x28\xa1") == 2);
}

TEST_CASE("Texts are shortened between characters", "[text]") {
    CHECK(shortened("abc", 3) == "abc");
    CHECK(shortened("abcd", 3) == "abc…");
    CHECK(shortened("a\u00e9\u00e9", 2) == "a…");
    CHECK(shortened("\u00e9", 1) == "…");
    CHECK(shortened("abc", 0) == "…");
    CHECK(shortened("\x80\x80\x80", 2) == "…"); // no character starts here
}
