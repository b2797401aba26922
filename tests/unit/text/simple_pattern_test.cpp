#include <familiar/text/simple_pattern.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <utility>
#include <vector>

using familiar::text::SimplePattern;

namespace {

using Ranges = std::vector<std::pair<std::size_t, std::size_t>>;

Ranges all(const SimplePattern& pattern, std::string_view text) {
    Ranges out;
    std::size_t at = 0;
    while (const auto match = pattern.find(text, at)) {
        out.emplace_back(match->begin, match->end);
        at = match->end;
    }
    return out;
}

Ranges all(const char* regex, std::string_view text) {
    const auto pattern = SimplePattern::from_regex(regex);
    REQUIRE(pattern);
    return all(*pattern, text);
}

} // namespace

TEST_CASE("A fixed text is found from left to right, the empty one never", "[text]") {
    CHECK(all(SimplePattern("aa"), "aaaba a") == Ranges{{0, 2}});
    CHECK(all(SimplePattern("\u2581"), "x\u2581\u2581") == Ranges{{1, 4}, {4, 7}});
    CHECK(all(SimplePattern(""), "abc").empty());
    CHECK(all(SimplePattern("a"), "").empty());
}

TEST_CASE("The regular expressions of published files find what they mean", "[text]") {
    CHECK(all(" {2,}", "a  b c   ") == Ranges{{1, 3}, {6, 9}});
    CHECK(all(" +", "a  b ") == Ranges{{1, 3}, {4, 5}});
    CHECK(all("[ ]{2,}", "a  b ") == Ranges{{1, 3}});
    CHECK(all("\\s+", "a \n\u3000b") == Ranges{{1, 6}});
    CHECK(all("\\s", "a \n") == Ranges{{1, 2}, {2, 3}});
    CHECK(all("\\n", "a\n\nb") == Ranges{{1, 2}, {2, 3}});
    CHECK(all("\\.\\.", "a...") == Ranges{{1, 3}});
    CHECK(all("é{2,}", "éxéé") == Ranges{{3, 7}});
}

TEST_CASE("Other regular expressions are not guessed at", "[text]") {
    for (const char* const regex : {"", "a|b", "a*", "ab+", "[ab]", "\\d", "(a)", "a{2}", "a{,2}", "a{0,}",
                                    "a{9999999,}", " {2,}x", "[", "\\", "+", "^a", "[ ", "\\p{L}"}) {
        INFO(regex);
        CHECK_FALSE(SimplePattern::from_regex(regex).has_value());
    }
}
