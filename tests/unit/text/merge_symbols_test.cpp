#include <familiar/text/merge_symbols.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <string_view>
#include <vector>

using namespace familiar::text;

namespace {

/// The parts of a word after merges that look at what two neighbours spell.
template <class Rank> std::vector<std::string> merged(const std::string& word, Rank&& rank) {
    std::vector<Symbol> symbols;
    for (std::uint32_t i = 0; i < word.size(); ++i) symbols.push_back({word[i], 1, i});
    merge_symbols(symbols, [&](const Symbol& left, const Symbol& right) {
        return rank(std::string_view(word).substr(left.begin, left.length + right.length));
    });
    std::vector<std::string> out;
    for (const Symbol& symbol : symbols) out.push_back(word.substr(symbol.begin, symbol.length));
    return out;
}

} // namespace

TEST_CASE("The lowest rank is merged first and the leftmost of equal ones, in short words and long ones", "[text]") {
    const auto rank = [](std::string_view joined) -> Merge {
        if (joined == "bc") return {0, 0};
        if (joined == "ab" || joined == "aa") return {1, 0};
        return {};
    };
    for (const std::size_t filling : {0, 100}) { // spaces merge with nothing
        const std::string more(filling, ' ');
        std::vector<std::string> expected{"a", "bc"}, spaces(filling, " ");
        expected.insert(expected.end(), spaces.begin(), spaces.end());
        CHECK(merged("abc" + more, rank) == expected);
        expected[0] = "aa";
        expected[1] = "a";
        CHECK(merged("aaa" + more, rank) == expected);
    }
    CHECK(merged("", rank).empty());
}

TEST_CASE("A symbol that has grown merges on", "[text]") {
    const auto longer = [](std::string_view joined) {
        return joined.size() <= 4 ? Merge{static_cast<std::uint32_t>(joined.size()), 0} : Merge{};
    };
    CHECK(merged("abcdefghij", longer) == std::vector<std::string>{"abcd", "efgh", "ij"});
    std::string text;
    std::vector<std::string> expected(50, "xxxx");
    for (int i = 0; i < 200; ++i) text += 'x';
    CHECK(merged(text, longer) == expected);
}
