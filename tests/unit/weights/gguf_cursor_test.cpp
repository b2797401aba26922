#include <familiar/weights/detail/gguf_cursor.hpp>

#include <unit/weights/model_files.hpp>

#include <catch2/catch.hpp>

#include <span>
#include <string>

using namespace familiar;
using familiar::tests::little;
using weights::detail::GgufCursor;

TEST_CASE("A cursor reads numbers and strings one after the other") {
    const std::string path = "f", bytes = little(std::uint32_t{7}) + little(std::uint64_t{2}) + "ab" + "xyz";
    GgufCursor cursor(std::as_bytes(std::span(bytes)), path);
    CHECK(cursor.number<std::uint32_t>("a number") == 7);
    CHECK(cursor.string("a string") == "ab");
    CHECK(cursor.left() == 3);
    cursor.skip(3, 1, "the rest");
    CHECK(cursor.position() == bytes.size());
    CHECK(cursor.since(4).size() == bytes.size() - 4);
}

TEST_CASE("A cursor never passes the end, whatever length it is given") {
    const std::string path = "short.gguf", bytes = little(~std::uint64_t{0}) + "ab";
    const auto all = std::as_bytes(std::span(bytes));
    CHECK_THROWS_AS(GgufCursor(all, path).string("a key"), Error);
    CHECK_THROWS_AS(GgufCursor(all.first(7), path).number<std::uint64_t>("a count"), Error);
    CHECK_THROWS_AS(GgufCursor(all, path).skip(~std::uint64_t{0}, 8, "an array"), Error);
    CHECK_THROWS_AS(GgufCursor(all, path).skip(std::uint64_t{1} << 61, 8, "an array"), Error);
    CHECK_THROWS_AS(GgufCursor(all, path).skip(2, 8, "an array"), Error);
    try {
        GgufCursor cursor(all, path);
        cursor.string("a key");
        FAIL("accepted");
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::malformed_model);
        CHECK(std::string(error.what()).find("short.gguf, byte 8") != std::string::npos);
        CHECK(std::string(error.what()).find("a key") != std::string::npos);
    }
}
