#include <familiar/core/json_nesting.hpp>

#include <catch2/catch.hpp>

#include <string>

using familiar::find_deeper_than;

TEST_CASE("the first bracket that is too deep is found", "[json_nesting]") {
    CHECK(find_deeper_than(2, "[[1],[2]]") == std::nullopt);
    CHECK(find_deeper_than(2, R"({"a":[{}]})") == 6);
    CHECK(find_deeper_than(0, "1") == std::nullopt);
    CHECK(find_deeper_than(0, " [") == 1);
    CHECK(find_deeper_than(3, "]]]}}[[[") == std::nullopt); // no JSON, but not deep
}

TEST_CASE("brackets in strings nest nothing, whatever is escaped there", "[json_nesting]") {
    CHECK(find_deeper_than(1, R"(["[[[", "\"[[", "\\", "[["])") == std::nullopt);
    CHECK(find_deeper_than(1, R"(["\\",[]])") == 6);
    CHECK(find_deeper_than(1, "[\"[[ without an end \\") == std::nullopt);
}

TEST_CASE("a million brackets need no stack", "[json_nesting]") {
    CHECK(find_deeper_than(1 << 20, std::string(1 << 20, '[')) == std::nullopt);
    CHECK(find_deeper_than(64, std::string(1 << 20, '{')) == 64);
}
