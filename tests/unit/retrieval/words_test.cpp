#include <familiar/retrieval/words.hpp>

#include <catch2/catch.hpp>

using namespace familiar::retrieval;
using Words = std::vector<std::string>;

TEST_CASE("words are runs of letters and digits in lower case") {
    CHECK(words_of("It's 20 Past-Nine, she SAID.") == Words{"it", "s", "20", "past", "nine", "she", "said"});
    CHECK(words_of("").empty());
    CHECK(words_of(" \t…—!").empty());
    CHECK(words_of("Über ÉTÉ Straße") == Words{"über", "été", "straße"});
    CHECK(words_of("हिन्दी भाषा") == Words{"हिन्दी", "भाषा"}); // marks belong to their words
}

TEST_CASE("a character of a script without spaces is a word of its own") {
    CHECK(words_of("我喜欢AI。") == Words{"我", "喜", "欢", "ai"});
    CHECK(words_of("ไทย").size() == 3);
}

TEST_CASE("bytes that are no text divide words") {
    CHECK(words_of("ab\xff\xfe"
                   "cd\xe2\x82") == Words{"ab", "cd"});
}
