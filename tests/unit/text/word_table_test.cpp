#include <familiar/text/byte_trie.hpp>
#include <familiar/text/word_table.hpp>

#include <catch2/catch.hpp>

#include <string>

using namespace familiar::text;

TEST_CASE("Words of up to sixteen bytes are found, all else is not", "[text]") {
    WordTable table(300);
    for (int i = 0; i < 300; ++i)
        table.insert(ShortWord::from(std::string(static_cast<std::size_t>(i % 16), 'w') + static_cast<char>(i % 251)),
                     i);
    std::size_t found = 0;
    for (int i = 0; i < 300; ++i) {
        const auto word = std::string(static_cast<std::size_t>(i % 16), 'w') + static_cast<char>(i % 251);
        found += table.find(ShortWord::from(word)) == i ? 1 : 0;
    }
    CHECK(found == 300);
    CHECK(table.find(ShortWord::from("absent")) == WordTable::kNoValue);
    CHECK(WordTable().find(ShortWord::from("a")) == WordTable::kNoValue);
}

TEST_CASE("A zero byte counts, and so does what stands behind a word in the text", "[text]") {
    WordTable table(2);
    table.insert(ShortWord::from("ab"), 1);
    CHECK(table.find(ShortWord::from(std::string_view("ab\0", 3))) == WordTable::kNoValue);
    const std::string text = "abcdefghijklmnopqrstuvwxyz";
    CHECK(table.find(ShortWord::from_padded(text.data(), 2)) == 1);
    CHECK(ShortWord::from_padded(text.data(), 16) == ShortWord::from(text.substr(0, 16)));
    CHECK(ShortWord::from_padded(text.data(), 9) == ShortWord::from(text.substr(0, 9)));
}

TEST_CASE("Lower case touches the letters A to Z alone", "[text]") {
    for (int c = 0; c < 128; ++c) {
        ShortWord word = ShortWord::from(std::string(1, static_cast<char>(c)) + "aZ@[`{");
        word.lower_ascii();
        const char lower = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
        CHECK(word == ShortWord::from(std::string(1, lower) + "az@[`{"));
    }
}

TEST_CASE("The longest key that a text starts with is found", "[text]") {
    ByteTrie trie;
    trie.insert("a", 1);
    trie.insert("abc", 2);
    trie.insert("", 3);
    trie.insert(std::string_view("\0\xFF", 2), 4);
    CHECK(trie.longest("abx").value == 1);
    CHECK(trie.longest("abcd").length == 3);
    CHECK(trie.longest("xyz").value == ByteTrie::kNoValue);
    CHECK(trie.longest(std::string_view("\0\xFF\0", 3)).value == 4);
    CHECK(trie.value(ByteTrie::kRoot) == 3);
}
