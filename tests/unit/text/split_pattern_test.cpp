#include <familiar/text/split_pattern.hpp>

#include <catch2/catch.hpp>

#include <array>
#include <string>

using namespace familiar::text;

namespace {

struct Case {
    std::string text;
    std::array<std::string, 4> words; // gpt2, gpt2_digit, llama3, qwen2; a bar behind every word
};

std::string split(SplitPattern pattern, const std::string& text) {
    std::string out;
    std::size_t done = 0;
    PatternSplitter(pattern).split(text, [&](std::size_t begin, std::size_t end) {
        CHECK(begin == done);
        CHECK(end > begin);
        done = end;
        out += text.substr(begin, end - begin) + "|";
    });
    CHECK(done == text.size());
    return out;
}

// clang-format off
/// What the expressions of `SplitPattern` give in Python's `regex` module, 2026.5.9.
const Case kCases[] = {
    {"Hello world, it's 2024!", {"Hello| world|,| it|'s| 2024|!|", "Hello| world|,| it|'s| |2|0|2|4|!|", "Hello| world|,| it|'s| |202|4|!|", "Hello| world|,| it|'s| |2|0|2|4|!|"}},
    {"  two  spaces ", {" | two| | spaces| |", " | two| | spaces| |", " | two| | spaces| |", " | two| | spaces| |"}},
    {"don't DON'T we'll WE'LL I'm", {"don|'t| DON|'|T| we|'ll| WE|'|LL| I|'m|", "don|'t| DON|'|T| we|'ll| WE|'|LL| I|'m|", "don|'t| DON|'T| we|'ll| WE|'LL| I|'m|", "don|'t| DON|'T| we|'ll| WE|'LL| I|'m|"}},
    {"a\012\012 b\015\012\011c \012", {"a|\012\012| b|\015\012|\011|c| \012|", "a|\012\012| b|\015\012|\011|c| \012|", "a|\012\012| b|\015\012|\011c| \012|", "a|\012\012| b|\015\012|\011c| \012|"}},
    {"12345 1 23", {"12345| 1| 23|", "1|2|3|4|5| |1| |2|3|", "123|45| |1| |23|", "1|2|3|4|5| |1| |2|3|"}},
    {"x 5 y  6", {"x| 5| y| | 6|", "x| |5| y|  |6|", "x| |5| y| | |6|", "x| |5| y| | |6|"}},
    {"\344\270\255\346\226\207 test \303\251\314\201", {"\344\270\255\346\226\207| test| \303\251|\314\201|", "\344\270\255\346\226\207| test| \303\251|\314\201|", "\344\270\255\346\226\207| test| \303\251|\314\201|", "\344\270\255\346\226\207| test| \303\251|\314\201|"}},
    {"'s 'S 't", {"'s| '|S| '|t|", "'s| '|S| '|t|", "'s| '|S| '|t|", "'s| '|S| '|t|"}},
    {"!!'s ?\012\012q", {"!!'|s| ?|\012|\012|q|", "!!'|s| ?|\012|\012|q|", "!!'|s| ?\012\012|q|", "!!'|s| ?\012\012|q|"}},
    {" \302\240 \343\200\200x", {" \302\240 |\343\200\200|x|", " \302\240 |\343\200\200|x|", " \302\240 |\343\200\200x|", " \302\240 |\343\200\200x|"}},
    {"'\305\277 x", {"'|\305\277| x|", "'|\305\277| x|", "'\305\277| x|", "'\305\277| x|"}},
    {"\331\241\331\242\331\243\331\244", {"\331\241\331\242\331\243\331\244|", "\331\241|\331\242|\331\243|\331\244|", "\331\241\331\242\331\243|\331\244|", "\331\241|\331\242|\331\243|\331\244|"}},
    {"a  1", {"a| | 1|", "a|  |1|", "a| | |1|", "a| | |1|"}},
    {"\011\011if (x==1):\012    y+=22", {"\011|\011|if| (|x|==|1|):|\012   | y|+=|22|", "\011|\011|if| (|x|==|1|):|\012   | y|+=|2|2|", "\011|\011if| (|x|==|1|):\012|   | y|+=|22|", "\011|\011if| (|x|==|1|):\012|   | y|+=|2|2|"}},
    {"\360\237\230\200\360\237\230\200 ok", {"\360\237\230\200\360\237\230\200| ok|", "\360\237\230\200\360\237\230\200| ok|", "\360\237\230\200\360\237\230\200| ok|", "\360\237\230\200\360\237\230\200| ok|"}},
    {"", {"", "", "", ""}},
    {"   ", {"   |", "   |", "   |", "   |"}},
    {"\012", {"\012|", "\012|", "\012|", "\012|"}},
    {"a\342\200\213b\314\201c", {"a|\342\200\213|b|\314\201|c|", "a|\342\200\213|b|\314\201|c|", "a|\342\200\213b|\314\201c|", "a|\342\200\213b|\314\201c|"}},
};
// clang-format on

} // namespace

TEST_CASE("Words are what the families' regular expressions give", "[text]") {
    for (const Case& c : kCases) {
        INFO(c.text);
        CHECK(split(SplitPattern::gpt2, c.text) == c.words[0]);
        CHECK(split(SplitPattern::gpt2_digit, c.text) == c.words[1]);
        CHECK(split(SplitPattern::llama3, c.text) == c.words[2]);
        CHECK(split(SplitPattern::qwen2, c.text) == c.words[3]);
        CHECK(split(SplitPattern::whole, c.text) == (c.text.empty() ? "" : c.text + "|"));
    }
}
