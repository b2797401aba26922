#include <familiar/text/base64.hpp>

#include <catch2/catch.hpp>

using familiar::text::decode_base64;

TEST_CASE("Base64 gives the vectors of RFC 4648, with padding and without", "[text]") {
    CHECK(decode_base64("") == "");
    CHECK(decode_base64("Zg==") == "f");
    CHECK(decode_base64("Zm8=") == "fo");
    CHECK(decode_base64("Zm9v") == "foo");
    CHECK(decode_base64("Zm9vYmFy") == "foobar");
    CHECK(decode_base64("Zm9vYg") == "foob");
    CHECK(decode_base64("+/8A") == std::string("\xfb\xff\0", 3));
}

TEST_CASE("What is no base64 gives nothing", "[text]") {
    for (const char* const text : {"Z", "Zm9vY", "Zm 9v", "Zm9v-", "Zg===", "\xff\xff\xff\xff"})
        CHECK_FALSE(decode_base64(text).has_value());
}
