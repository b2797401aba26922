#include <familiar/text/byte_level.hpp>

#include <catch2/catch.hpp>

#include <set>
#include <string>

using namespace familiar::text;

TEST_CASE("The byte-level alphabet is GPT-2's", "[text]") {
    const auto& alphabet = ByteLevelAlphabet::get();
    CHECK(alphabet.character('a') == U'a');
    CHECK(alphabet.character('!') == U'!');
    CHECK(alphabet.character(0xFF) == 0xFF);
    CHECK(alphabet.character(0x00) == 0x100);
    CHECK(alphabet.character('\n') == 0x10A); // Ċ
    CHECK(alphabet.character(' ') == 0x120);  // Ġ
    CHECK(alphabet.character(0x7F) == 0x121);
    CHECK(alphabet.character(0x80) == 0x122);
    CHECK(alphabet.character(0xA0) == 0x142);
    CHECK(alphabet.character(0xAD) == 0x143);
    std::set<char32_t> characters;
    for (unsigned byte = 0; byte < 256; ++byte) characters.insert(alphabet.character(static_cast<unsigned char>(byte)));
    CHECK(characters.size() == 256);
}

TEST_CASE("Every byte is spelled and read back", "[text]") {
    std::string bytes, spelling, back = "kept";
    for (int byte = 0; byte < 256; ++byte) bytes += static_cast<char>(byte);
    ByteLevelAlphabet::get().append_spelling(bytes, spelling);
    CHECK(is_well_formed_utf8(spelling));
    REQUIRE(ByteLevelAlphabet::get().append_bytes(spelling, back));
    CHECK(back == "kept" + bytes);
}

TEST_CASE("A spelling with a character of another alphabet gives nothing", "[text]") {
    for (const char* const token : {"ab ", "a\u4e2d", "a\u0144", "a\xff", "\U0001F600"}) {
        std::string out = "kept";
        INFO(token);
        CHECK_FALSE(ByteLevelAlphabet::get().append_bytes(token, out));
        CHECK(out == "kept");
    }
}
