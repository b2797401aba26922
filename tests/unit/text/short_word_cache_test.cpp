#include <familiar/core/random.hpp>
#include <familiar/text/short_word_cache.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <thread>

using namespace familiar;
using text::ShortWord;
using text::ShortWordCache;

TEST_CASE("A cache of short words gives what was put in or nothing", "[text]") {
    ShortWordCache cache;
    Random random(8, "short words");
    const auto tokens_of = [](std::uint64_t number) {
        const auto id = static_cast<std::int32_t>(number);
        return ShortWordCache::Tokens{id, id / 2, ShortWordCache::kNone, ShortWordCache::kNone};
    };
    std::size_t met = 0;
    for (int i = 0; i < 400000; ++i) { // more words than it holds
        const std::uint64_t number = random.below(i % 3 == 0 ? 50 : 200000);
        const ShortWord word = ShortWord::from(std::to_string(number));
        cache.prefetch(word);
        const auto* const found = cache.find(word);
        if (found == nullptr) {
            cache.insert(word, tokens_of(number));
            REQUIRE(cache.find(word) != nullptr);
        } else {
            ++met;
            REQUIRE(*found == tokens_of(number));
        }
    }
    CHECK(met > 130000); // those that come often stay
    cache.clear();
    CHECK(cache.find(ShortWord::from("1")) == nullptr);
}

TEST_CASE("Every owner and every thread has short words of its own", "[text]") {
    const auto first = text::WordCache::new_owner(), second = text::WordCache::new_owner();
    const ShortWord word = ShortWord::from("word");
    ShortWordCache::of(first).insert(word, {1, -1, -1, -1});
    CHECK(ShortWordCache::of(second).find(word) == nullptr);
    CHECK(ShortWordCache::of(first).find(word) != nullptr);
    std::thread([&] { CHECK(ShortWordCache::of(first).find(word) == nullptr); }).join();
}
