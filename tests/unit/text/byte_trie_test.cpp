#include <familiar/core/random.hpp>
#include <familiar/text/byte_trie.hpp>

#include <catch2/catch.hpp>

#include <map>
#include <string>

using familiar::text::ByteTrie;

TEST_CASE("A trie finds the longest key that a text starts with", "[text]") {
    ByteTrie trie;
    trie.insert("ab", 1);
    trie.insert("abcd", 2);
    CHECK(trie.longest("abcx").value == 1);
    CHECK(trie.longest("abcx").length == 2);
    CHECK(trie.longest("abcde").value == 2);
    CHECK(trie.longest("abcde").length == 4);
    CHECK(trie.longest("a").value == ByteTrie::kNoValue);
    CHECK(trie.longest("xab").length == 0);
    CHECK(trie.longest("").value == ByteTrie::kNoValue);
}

TEST_CASE("The first value of a key stays", "[text]") {
    ByteTrie trie;
    trie.insert("a", 3);
    trie.insert("a", 4);
    CHECK(trie.longest("a").value == 3);
    CHECK(trie.nodes() == 2);
}

TEST_CASE("An empty trie holds nothing, a key may hold any byte", "[text]") {
    CHECK(ByteTrie().longest("anything").value == ByteTrie::kNoValue);
    ByteTrie trie;
    const std::string key("\0\xff\x80", 3);
    trie.insert(key, 0);
    CHECK(trie.longest(key).value == 0);
    CHECK(trie.longest(key).length == 3);
    CHECK(trie.step(ByteTrie::kRoot, 'x') == ByteTrie::kNone);
    CHECK(trie.step(ByteTrie::kRoot, 0) != ByteTrie::kNone);
    CHECK(trie.value(ByteTrie::kRoot) == ByteTrie::kNoValue);
}

TEST_CASE("A trie that has grown many times finds what a map finds", "[text]") {
    familiar::Random random(3, "trie");
    ByteTrie trie;
    std::map<std::string, std::int32_t> map;
    const auto word = [&] {
        std::string out;
        for (std::uint64_t i = 0, n = 1 + random.below(6); i < n; ++i) out += static_cast<char>('a' + random.below(4));
        return out;
    };
    for (std::int32_t i = 0; i < 3000; ++i) {
        const std::string key = word();
        map.emplace(key, i);
        trie.insert(key, i);
    }
    for (int i = 0; i < 2000; ++i) {
        const std::string text = word() + word();
        std::int32_t expected = ByteTrie::kNoValue;
        std::size_t length = 0;
        for (std::size_t n = 1; n <= text.size(); ++n) {
            const auto found = map.find(text.substr(0, n));
            if (found == map.end()) continue;
            expected = found->second;
            length = n;
        }
        const auto match = trie.longest(text);
        REQUIRE(match.value == expected);
        REQUIRE(match.length == length);
    }
}
