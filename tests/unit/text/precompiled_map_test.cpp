#include <familiar/core/random.hpp>
#include <familiar/text/precompiled_map.hpp>

#include <catch2/catch.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

using namespace familiar;
using Catch::Contains;
using text::PrecompiledMap;

namespace {

std::string words(const std::vector<std::uint32_t>& units) {
    std::string out;
    for (const std::uint32_t unit : units) {
        for (int i = 0; i < 4; ++i) out.push_back(static_cast<char>(unit >> 8 * i & 0xff));
    }
    return out;
}

/// A trie of single-byte keys, laid out by hand: the root's children stand at 256 ^ byte, each with its value at
/// 512 ^ byte.
std::string map_of(const std::vector<std::pair<unsigned char, std::string>>& entries) {
    std::vector<std::uint32_t> units(1024, 0);
    std::string replacements;
    units[0] = 256U << 10;
    for (const auto& [byte, replacement] : entries) {
        const std::uint32_t node = 256U ^ byte, value = 512U ^ byte;
        units[node] = (node ^ value) << 10 | 1U << 8 | byte;
        units[value] = 1U << 31 | static_cast<std::uint32_t>(replacements.size());
        replacements += replacement + '\0';
    }
    return words({static_cast<std::uint32_t>(units.size() * 4)}) + words(units) + replacements;
}

std::string rewrite(const PrecompiledMap& map, std::string_view given,
                    std::vector<std::pair<std::uint32_t, std::uint32_t>>* sources = nullptr) {
    text::RewrittenText in, out;
    text::rewrite_well_formed(given, in);
    map.rewrite(in, out);
    if (sources != nullptr) *sources = out.sources;
    return out.bytes;
}

} // namespace

TEST_CASE("A character map replaces what it holds and leaves the rest", "[text]") {
    const PrecompiledMap map(map_of({{'A', "xyz"}, {'B', ""}, {'\t', " "}}), "here");
    CHECK(rewrite(map, "aAb") == "axyzb");
    CHECK(rewrite(map, "a\tBb") == "a b");
    CHECK(rewrite(map, "\u00e9A\u4e2d") == "\u00e9xyz\u4e2d");
    CHECK(rewrite(map, "") == "");
    std::vector<std::pair<std::uint32_t, std::uint32_t>> sources;
    rewrite(map, "cAd", &sources); // what is put in stands for the character that it replaces
    CHECK(sources == std::vector<std::pair<std::uint32_t, std::uint32_t>>{{0, 1}, {1, 2}, {1, 2}, {1, 2}, {2, 3}});
    rewrite(map, "cBd", &sources);
    CHECK(sources == std::vector<std::pair<std::uint32_t, std::uint32_t>>{{0, 1}, {2, 3}});
}

TEST_CASE("A short grapheme cluster is replaced as a whole by what its start becomes", "[text]") {
    const PrecompiledMap map(map_of({{'e', "E"}}), "here");
    CHECK(rewrite(map, "e\u0301x") == "Ex");                               // three bytes: one cluster
    CHECK(rewrite(map, "e\u0301\u0301\u0301x") == "E\u0301\u0301\u0301x"); // seven: character by character
}

TEST_CASE("A character map that lies is refused or replaces nothing", "[text]") {
    CHECK_THROWS_WITH(PrecompiledMap("abc", "f, map"), Contains("f, map") && Contains("3 bytes"));
    CHECK_THROWS_WITH(PrecompiledMap(words({8, 0}), "f"), Contains("does not fit"));
    CHECK_THROWS_WITH(PrecompiledMap(words({0xfffffffc}), "f"), Contains("does not fit"));
    CHECK_THROWS_WITH(PrecompiledMap(words({3, 0, 0}), "f"), Contains("does not fit"));
    CHECK_THROWS_WITH(PrecompiledMap(words({0}) + "\xff", "f"), Contains("not UTF-8"));
    CHECK(rewrite(PrecompiledMap(words({0}), "f"), "abc") == "abc"); // an empty one holds nothing
    Random random(3, "maps");
    for (int round = 0; round < 300; ++round) { // any units at all: nothing is read outside
        std::vector<std::uint32_t> units(1 + random.below(300));
        for (auto& unit : units)
            unit = static_cast<std::uint32_t>(random.below(std::uint64_t{1} << (8 + random.below(25))));
        const std::string bytes = words({static_cast<std::uint32_t>(units.size() * 4)}) + words(units) + "\u00e9z";
        const PrecompiledMap map(bytes, "f");
        CHECK(text::is_well_formed_utf8(rewrite(map, "ab \u00e9e\u0301\u4e2d\tAZ")));
    }
}
