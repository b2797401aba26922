#include <familiar/text/byte_trie.hpp>
#include <familiar/text/word_table.hpp>

#include <catch2/catch.hpp>

#include <string>

using namespace familiar::text;

TEST_CASE("Words of up to fifteen bytes are found, all else is not", "[text]") {
    WordTable table(300);
    for (int i = 0; i < 300; ++i)
        table.insert(ShortWord::from(std::string(static_cast<std::size_t>(i % 15), 'w') + static_cast<char>(i % 251)),
                     i);
    std::size_t found = 0;
    for (int i = 0; i < 300; ++i) {
        const auto word = std::string(static_cast<std::size_t>(i % 15), 'w') + static_cast<char>(i % 251);
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
    CHECK(ShortWord::from_padded(text.data(), 15) == ShortWord::from(text.substr(0, 15)));
    CHECK(ShortWord::from_padded(text.data(), 15).length() == 15);
    CHECK(ShortWord::from_padded(text.data(), 9) == ShortWord::from(text.substr(0, 9)));
}

TEST_CASE("One bit is the lower case of letters and leaves digits as they are", "[text]") {
    const std::string text = "AbcZ0129yxZQ....";
    CHECK(ShortWord::from_padded(text.data(), 12, 0x20) == ShortWord::from("abcz0129yxzq"));
    CHECK(ShortWord::from_padded(text.data(), 3, 0x20) == ShortWord::from("abc")); // nothing is set behind the word
    char bytes[ShortWord::kSize];
    ShortWord::from("abc").copy_to(bytes);
    CHECK(std::string(bytes, 3) == "abc");
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
