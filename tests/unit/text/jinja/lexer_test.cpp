#include <familiar/text/jinja/lexer.hpp>

#include <catch2/catch.hpp>

#include <string>

using namespace familiar;
using namespace familiar::text::jinja;
using Catch::Contains;

namespace {

/// Data in quotation marks, tags as they are written, strings behind `s:`.
std::string cut(std::string_view source) {
    std::string out;
    for (const Token& token : Lexer::cut(source, "some template")) {
        out += out.empty() ? "" : " ";
        switch (token.kind) {
        case Token::Kind::data:
            out += "'" + token.text + "'";
            break;
        case Token::Kind::output_begin:
            out += "{{";
            break;
        case Token::Kind::output_end:
            out += "}}";
            break;
        case Token::Kind::block_begin:
            out += "{%";
            break;
        case Token::Kind::block_end:
            out += "%}";
            break;
        case Token::Kind::string:
            out += "s:" + token.text;
            break;
        case Token::Kind::end:
            out += ".";
            break;
        default:
            out += token.text;
        }
    }
    return out;
}

} // namespace

TEST_CASE("A template is cut into text and tags", "[text]") {
    CHECK(cut("a {{ b.c }} d") == "'a ' {{ b . c }} ' d' .");
    CHECK(cut("") == ".");
    CHECK(cut("{ } % {x} #") == "'{ } % {x} #' .");
    CHECK(cut("{% if a %}x{% endif %}") == "{% if a %} 'x' {% endif %} .");
    CHECK(cut("a{# {{ b #}c") == "'a' 'c' .");
}

TEST_CASE("White space around tags goes as trim_blocks and lstrip_blocks say", "[text]") {
    CHECK(cut("a\n  {% b %}\nc") == "'a\n' {% b %} 'c' .");
    CHECK(cut("a  {% b %}\n\nc") == "'a  ' {% b %} '\nc' .");
    CHECK(cut("a\n  {{ b }}\nc") == "'a\n  ' {{ b }} '\nc' .");
    CHECK(cut("a \n {%- b -%} \n c") == "'a' {% b %} 'c' .");
    CHECK(cut("  {%+ b +%}\nc") == "'  ' {% b %} '\nc' .");
    CHECK(cut("  {# x #}\nc") == "'c' .");
    CHECK(cut("a\n") == "'a' .");
    CHECK(cut("a\r\nb\rc") == "'a\nb\nc' .");
}

TEST_CASE("Numbers, names, strings and symbols are told apart", "[text]") {
    CHECK(cut("{{ 1 2.5 1e3 1_000 2E-1 x1 _y }}") == "{{ 1 2.5 1e3 1000 2E-1 x1 _y }} .");
    CHECK(cut("{{ a**b//c==d!=e<=f>=g<h }}") == "{{ a ** b // c == d != e <= f >= g < h }} .");
    CHECK(cut("{{ list.0 }}") == "{{ list . 0 }} .");
    CHECK(cut(R"({{ 'it\'s' "\n\x41\u00e9\U0001F600\q\ud800" }})") == "{{ s:it's s:\nA\u00e9\U0001F600\\q\uFFFD }} .");
    CHECK(cut("{{ {'a': '}}'} }}") == "{{ { s:a : s:}} } }} .");
}

TEST_CASE("What stands in raw is text", "[text]") {
    CHECK(cut("{% raw %}{{ a }}{% endraw %}b") == "'{{ a }}' 'b' .");
    CHECK(cut("{%- raw -%} {% x {%- endraw -%} b") == "'{% x' 'b' .");
}

TEST_CASE("Tokens know their lines", "[text]") {
    const auto tokens = Lexer::cut("a\nb\n{{ c\n+ d }}", "t");
    REQUIRE(tokens.size() == 7);
    CHECK(tokens[0].line == 1);
    CHECK(tokens[1].line == 3); // {{
    CHECK(tokens[2].line == 3); // c
    CHECK(tokens[4].line == 4); // d
}

TEST_CASE("Tags that do not end and characters that belong nowhere are refused with the line", "[text]") {
    CHECK_THROWS_WITH(cut("a\n{{ b"), Contains("does not end with }}") && Contains("some template, line 2"));
    CHECK_THROWS_WITH(cut("{% b }}"), Contains("without its partner"));
    CHECK_THROWS_WITH(cut("{# b"), Contains("comment"));
    CHECK_THROWS_WITH(cut("{% raw %}{% endra %}"), Contains("raw without endraw"));
    CHECK_THROWS_WITH(cut("{{ 'a }}"), Contains("string that does not end"));
    CHECK_THROWS_WITH(cut("{{ '\\xg0' }}"), Contains("hexadecimal"));
    CHECK_THROWS_WITH(cut("{{ a ? b }}"), Contains("`?`"));
    CHECK_THROWS_WITH(cut("{{ \x1b }}"), Contains("`\\x1b`"));
    CHECK_THROWS_WITH(cut("{{ (a] }}"), Contains("`]` without its partner"));
}

TEST_CASE("Every beginning of a template is cut or refused", "[text]") {
    const std::string source =
        "a{%- if x == 'y\\u00e9' -%}\n{{ b[1:] | c }}{# d #}{% raw %}e{% endraw %}\xff{% endif %}";
    for (std::size_t size = 0; size <= source.size(); ++size) {
        try {
            const std::string out = cut(source.substr(0, size));
            CHECK(out.ends_with("."));
        } catch (const Error& error) {
            CHECK_THAT(error.what(), Contains("some template, line"));
        }
    }
}
