#include <familiar/text/byte_fallback.hpp>

#include <catch2/catch.hpp>

using namespace familiar::text;

TEST_CASE("Bytes have tokens of their own where the vocabulary has them", "[text]") {
    Vocabulary vocabulary(300);
    vocabulary.insert("<0x41>", 7, "here");
    vocabulary.insert("<0xFF>", 3, "here");
    const ByteFallback some(vocabulary);
    CHECK(some.id('A') == 7);
    CHECK(some.id(0xFF) == 3);
    CHECK(some.id('B') == -1);
    CHECK(some.covers("AA\xff"));
    CHECK_FALSE(some.covers("AB"));
    CHECK_FALSE(some.is_complete());
    CHECK_FALSE(ByteFallback().covers("A"));
}

TEST_CASE("A byte's spelling is six characters of which two are hexadecimal digits", "[text]") {
    CHECK(ByteFallback::byte_of("<0x0A>") == 0x0A);
    CHECK(ByteFallback::byte_of("<0xfe>") == 0xFE);
    for (const char* const token : {"<0xG0>", "<0x0A", "<0x0AA>", "a<0x0A>", "", "0x0A>>"})
        CHECK_FALSE(ByteFallback::byte_of(token).has_value());
}
