#include <familiar/core/random.hpp>
#include <familiar/text/word_cache.hpp>

#include <catch2/catch.hpp>

#include <map>
#include <string>
#include <thread>
#include <vector>

using namespace familiar;
using text::WordCache;

namespace {

std::vector<WordCache::Token> tokens_for(const std::string& word) {
    std::vector<WordCache::Token> out;
    for (std::size_t i = 0; i < word.size() % 9; ++i)
        out.push_back({word.back(), static_cast<std::uint16_t>(i), static_cast<std::uint16_t>(word.size())});
    return out;
}

} // namespace

TEST_CASE("A cache gives what was put in or nothing, and forgets before it grows without a bound", "[text]") {
    WordCache cache;
    Random random(6, "cache");
    std::size_t met = 0;
    for (int i = 0; i < 200000; ++i) { // more words than it holds
        std::string word;
        for (auto n = random.below(i % 5 == 0 ? 3 : WordCache::kLongestWord + 1); n > 0; --n)
            word += static_cast<char>(random.below(256));
        const auto hash = WordCache::hash(word);
        const auto found = cache.find(word, hash);
        const auto expected = word.empty() ? std::vector<WordCache::Token>{} : tokens_for(word);
        if (found.tokens == nullptr) {
            cache.insert(word, hash, expected);
            CHECK(cache.find(word, hash).tokens != nullptr);
            continue;
        }
        ++met;
        REQUIRE(found.count == expected.size());
        for (std::size_t k = 0; k < found.count; ++k) {
            REQUIRE(found.tokens[k].id == expected[k].id);
            REQUIRE(found.tokens[k].begin == expected[k].begin);
            REQUIRE(found.tokens[k].end == expected[k].end);
        }
    }
    CHECK(met > 1000);
    cache.clear();
    CHECK(cache.find("", WordCache::hash("")).tokens == nullptr);
}

TEST_CASE("Every owner and every thread has a cache of its own", "[text]") {
    const auto first = WordCache::new_owner(), second = WordCache::new_owner();
    CHECK(first != second);
    const auto hash = WordCache::hash("word");
    const WordCache::Token token{1, 0, 4};
    WordCache::of(first).insert("word", hash, {&token, 1});
    CHECK(WordCache::of(second).find("word", hash).tokens == nullptr);
    CHECK(WordCache::of(first).find("word", hash).count == 1);
    std::thread([&] { CHECK(WordCache::of(first).find("word", hash).tokens == nullptr); }).join();
    for (int i = 0; i < 10; ++i) WordCache::of(WordCache::new_owner()); // only the last few are kept
    CHECK(WordCache::of(first).find("word", hash).tokens == nullptr);
}
