#include <familiar/core/random.hpp>
#include <familiar/text/double_array_trie.hpp>

#include <catch2/catch.hpp>

#include <map>
#include <string>
#include <vector>

using namespace familiar;
using text::DoubleArrayTrie;

namespace {

/// The values of all keys that the text starts with, by their lengths.
std::map<std::size_t, std::int32_t> prefixes(const DoubleArrayTrie& trie, const std::string& text) {
    std::map<std::size_t, std::int32_t> out;
    DoubleArrayTrie::Node node = DoubleArrayTrie::kRoot;
    for (std::size_t i = 0; i < text.size(); ++i) {
        node = trie.step(node, static_cast<unsigned char>(text[i]));
        if (node == DoubleArrayTrie::kNone) break;
        if (trie.value(node) != DoubleArrayTrie::kNoValue) out[i + 1] = trie.value(node);
    }
    return out;
}

} // namespace

TEST_CASE("A walk finds every key that a text starts with and nothing else", "[text]") {
    Random random(4, "trie");
    for (int round = 0; round < 60; ++round) {
        const std::uint64_t letters = round % 3 == 0 ? 2 : round % 3 == 1 ? 26 : 255;
        const auto word = [&] {
            std::string out;
            for (auto n = 1 + random.below(6); n > 0; --n) out += static_cast<char>(1 + random.below(letters));
            return out;
        };
        std::map<std::string, std::int32_t> keys;
        std::vector<std::string> kept;
        for (auto n = random.below(3000); n > 0; --n) kept.push_back(word());
        std::vector<DoubleArrayTrie::Entry> entries;
        for (const std::string& key : kept) {
            const auto value = static_cast<std::int32_t>(random.below(DoubleArrayTrie::kLargestValue + 1));
            keys.emplace(key, value); // of equal keys the first counts
            entries.emplace_back(key, value);
        }
        const DoubleArrayTrie trie(entries);
        for (int i = 0; i < 300; ++i) {
            const std::string text = i % 2 == 0 || kept.empty() ? word() : kept[random.below(kept.size())] + word();
            std::map<std::size_t, std::int32_t> expected;
            for (std::size_t length = 1; length <= text.size(); ++length) {
                if (const auto found = keys.find(text.substr(0, length)); found != keys.end())
                    expected[length] = found->second;
            }
            REQUIRE(prefixes(trie, text) == expected);
        }
    }
}

TEST_CASE("A trie of nothing and a zero byte lead nowhere", "[text]") {
    CHECK(prefixes(DoubleArrayTrie(), "abc").empty());
    CHECK(prefixes(DoubleArrayTrie(std::vector<DoubleArrayTrie::Entry>()), "abc").empty());
    const DoubleArrayTrie trie(std::vector<DoubleArrayTrie::Entry>{{"a", 7}});
    CHECK(trie.step(DoubleArrayTrie::kRoot, 0) == DoubleArrayTrie::kNone);
    const auto a = trie.step(DoubleArrayTrie::kRoot, 'a');
    CHECK(trie.value(a) == 7);
    for (unsigned byte = 0; byte < 256; ++byte)
        CHECK(trie.step(a, static_cast<unsigned char>(byte)) == DoubleArrayTrie::kNone);
}
