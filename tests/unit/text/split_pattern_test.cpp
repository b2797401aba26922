#include <familiar/core/random.hpp>
#include <familiar/text/split_pattern.hpp>

#include <catch2/catch.hpp>

#include <array>
#include <string>
#include <utility>

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

// clang-format off
/// The same for tekken, falcon (its three expressions one after the other, in what the one before has cut) and bloom.
const std::pair<std::string, std::array<std::string, 3>> kOtherCases[] = {
    {"HelloWorld iPhone XMLHttp", {"Hello|World| i|Phone| XMLHttp|", "HelloWorld| iPhone| XMLHttp|", "HelloWorld| iPhone| XMLHttp|"}},
    {"don't DON'T it's 12345", {"don|'t| DON|'T| it|'s| |1|2|3|4|5|", "don|'|t| DON|'|T| it|'|s| |123|45|", "don't| DON'T| it's| 12345|"}},
    {"a/b c.\012/\012\012 x", {"a|/b| c|.\012/\012\012| x|", "a|/|b| c|.|\012|/|\012\012| x|", "a/b| c|.\012|/|\012\012| x|"}},
    {"\303\211COLE \303\251cole \307\204ungla", {"\303\211COLE| \303\251cole| \307\204ungla|", "\303\211COLE| \303\251cole| \307\204ungla|", "\303\211COLE| \303\251cole| \307\204ungla|"}},
    {"\344\270\255\346\226\207ABC\344\270\255DEF \303\251t\303\251\314\201A", {"\344\270\255\346\226\207ABC\344\270\255|DEF| \303\251t\303\251\314\201|A|", "\344\270\255\346\226\207ABC\344\270\255DEF| \303\251t\303\251|\314\201|A|", "\344\270\255\346\226\207ABC\344\270\255DEF| \303\251t\303\251\314\201A|"}},
    {"$5.00 <= x^2~|`y` 3.14159 2024", {"$|5|.|0|0| <=| x|^|2|~|`|y|`| |3|.|1|4|1|5|9| |2|0|2|4|", "$|5|.|00| |<=| x|^|2|~|`|y|`| 3|.|141|59| |202|4|", "$5|.|00| <=| x^2~|||`y`| 3|.|14159| 2024|"}},
    {"  two  spaces, then ... (more|less)  ", {" | two| | spaces|,| then| ...| (|more||less|)|  |", " | two| | spaces|,| then| |...| |(|more|||less|)|  |", " | two| | spaces|,| then| ... (|more|||less|)  |"}},
    {"\340\256\265\340\256\243\340\256\225\340\257\215\340\256\225\340\256\256\340\257\215\340\244\203 \340\244\250\340\244\256\340\244\270\340\245\215\340\244\244\340\245\207\340\245\244 ok\330\237 \331\243\331\244", {"\340\256\265\340\256\243\340\256\225\340\257\215\340\256\225\340\256\256\340\257\215\340\244\203| \340\244\250\340\244\256\340\244\270\340\245\215\340\244\244\340\245\207|\340\245\244| ok|\330\237| |\331\243|\331\244|", "\340\256\265\340\256\243\340\256\225|\340\257\215|\340\256\225\340\256\256|\340\257\215\340\244\203| \340\244\250\340\244\256\340\244\270|\340\245\215|\340\244\244|\340\245\207|\340\245\244| ok|\330\237| \331\243\331\244|", "\340\256\265\340\256\243\340\256\225\340\257\215\340\256\225\340\256\256\340\257\215\340\244\203| \340\244\250\340\244\256\340\244\270\340\245\215\340\244\244\340\245\207|\340\245\244| ok\330\237| \331\243\331\244|"}},
    {"", {"", "", ""}},
    {"\011\011if (x==1):\015\012    y+=22", {"\011|\011if| (|x|==|1|):\015\012|   | y|+=|2|2|", "\011|\011|if| |(|x|==|1|):|\015\012   | y|+=|22|", "\011\011|if| (|x==1|)|:|\015\012   | y+=22|"}},
    {"a , b\342\200\246c\343\200\202d", {"a| ,| b|\342\200\246c|\343\200\202d|", "a| |,| b|\342\200\246|c|\343\200\202|d|", "a| ,| b|\342\200\246|c|\343\200\202|d|"}},
    {" \302\240x \360\237\230\200\360\237\230\200!", {" |\302\240x| \360\237\230\200\360\237\230\200!|", " |\302\240|x| \360\237\230\200\360\237\230\200|!|", " \302\240|x| \360\237\230\200\360\237\230\200|!|"}},
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

TEST_CASE("Words are what the expressions of Mistral, Falcon and BLOOM give", "[text]") {
    for (const auto& [text, words] : kOtherCases) {
        INFO(text);
        CHECK(split(SplitPattern::tekken, text) == words[0]);
        CHECK(split(SplitPattern::falcon, text) == words[1]);
        CHECK(split(SplitPattern::bloom, text) == words[2]);
    }
}

namespace {

/// The expressions of `SplitPattern`, alternative by alternative,
/// for ASCII and letters beyond it.
class Expression {
  public:
    Expression(SplitPattern pattern, std::string text) : pattern_(pattern), text_(std::move(text)) {}

    [[nodiscard]] std::string words() const {
        std::string out;
        for (std::size_t at = 0; at < text_.size();) {
            const std::size_t length = match(at);
            out += text_.substr(at, length) + "|";
            at += length;
        }
        return out;
    }

  private:
    // e is the end; U+00E9 is a letter, each of its bytes as well where only whole ones are met.
    [[nodiscard]] char kind(std::size_t at) const {
        if (at >= text_.size()) return 'e';
        const char c = text_[at];
        if (c == ' ' || c == '\n' || c == '\t') return 's';
        if (c >= '0' && c <= '9') return 'n';
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c & 0x80) != 0 ? 'l' : 'p';
    }
    [[nodiscard]] std::size_t run(std::size_t at, char of, std::size_t most = SIZE_MAX) const {
        std::size_t n = 0;
        while (n < most && kind(at + n) == of) ++n;
        return n;
    }
    [[nodiscard]] std::size_t contraction(std::size_t at, bool any_case) const {
        for (const std::string end : {"s", "t", "re", "ve", "m", "ll", "d"}) {
            std::string here = text_.substr(at + 1, end.size());
            if (any_case)
                for (char& c : here) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
            if (text_[at] == '\'' && here == end) return 1 + end.size();
        }
        return 0;
    }
    [[nodiscard]] std::size_t spaces(std::size_t at) const { // \s+(?!\S)|\s+
        const std::size_t n = run(at, 's');
        return n > 1 && !ends(at + n) ? n - 1 : n;
    }
    [[nodiscard]] bool ends(std::size_t at) const {
        return kind(at) == 'e' || (pattern_ == SplitPattern::gpt2_digit && kind(at) == 'n');
    }
    [[nodiscard]] std::size_t match(std::size_t at) const {
        const std::size_t blank = text_[at] == ' ' ? 1 : 0;
        if (pattern_ == SplitPattern::gpt2 || pattern_ == SplitPattern::gpt2_digit) {
            const bool apart = pattern_ == SplitPattern::gpt2_digit;
            if (apart && kind(at) == 'n') return 1;
            if (const auto n = contraction(at, false)) return n;
            for (const char of : {'l', 'n', 'p'})
                if (const auto n = run(at + blank, of); n > 0 && !(apart && of == 'n')) return blank + n;
            return spaces(at);
        }
        if (const auto n = contraction(at, true)) return n;
        const bool leads = kind(at) != 'l' && kind(at) != 'n' && text_[at] != '\n';
        if (const auto n = run(at + (leads ? 1 : 0), 'l'); n > 0) return n + (leads ? 1 : 0);
        if (const auto n = run(at, 'n', pattern_ == SplitPattern::llama3 ? 3 : 1)) return n;
        if (auto n = run(at + blank, 'p'); n > 0) {
            n += blank;
            while (at + n < text_.size() && text_[at + n] == '\n') ++n;
            return n;
        }
        const std::size_t n = run(at, 's');
        const auto newline = text_.substr(at, n).rfind('\n');
        return newline != std::string::npos ? newline + 1 : spaces(at);
    }

    SplitPattern pattern_;
    std::string text_;
};

} // namespace

TEST_CASE("Sixty-four bytes at a time give the words of the expressions", "[text]") {
    familiar::Random random(11, "words");
    for (int round = 0; round < 6000; ++round) {
        // Mostly letters and blanks, so that there are blocks of ASCII and long words too.
        static constexpr const char* kOften[] = {"a", "b", "re", "S", " ", " ", "c", "\'", "1", "-"};
        static constexpr const char* kSeldom[] = {"\u00E9", "\n", "\t", "234", "  ", "!!", "\'s", "\'LL", "abcdefgh"};
        std::string text;
        const auto seldom = random.below(12) + 1;
        for (auto n = random.below(round % 2 == 0 ? 20 : 160); n > 0; --n)
            text += random.below(24) < seldom ? kSeldom[random.below(9)] : kOften[random.below(10)];
        INFO(text);
        for (const auto pattern :
             {SplitPattern::gpt2, SplitPattern::gpt2_digit, SplitPattern::llama3, SplitPattern::qwen2})
            REQUIRE(split(pattern, text) == Expression(pattern, text).words());
    }
}
