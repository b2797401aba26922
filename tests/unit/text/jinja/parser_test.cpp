#include <familiar/text/jinja/parser.hpp>

#include "unit/text/jinja/values.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace familiar;
using namespace familiar::text::jinja;
using Catch::Contains;

namespace {

std::string shape(const Expression& e) {
    using Kind = Expression::Kind;
    const auto part = [&](std::size_t i) { return e.parts[i] ? shape(*e.parts[i]) : std::string("-"); };
    const auto all = [&](std::size_t from, const char* between) {
        std::string out;
        for (std::size_t i = from; i < e.parts.size(); ++i) out += (i > from ? between : "") + part(i);
        for (const auto& [name, value] : e.keywords) out += (out.empty() ? "" : between) + name + "=" + shape(*value);
        return out;
    };
    switch (e.kind) {
    case Kind::literal:
        return tests::shown(e.value);
    case Kind::name:
        return e.name;
    case Kind::list:
        return "[" + all(0, ",") + "]";
    case Kind::tuple:
        return "tuple(" + all(0, ",") + ")";
    case Kind::dictionary:
        return "{" + all(0, ",") + "}";
    case Kind::attribute:
        return part(0) + "." + e.name;
    case Kind::item:
        return part(0) + "[" + part(1) + "]";
    case Kind::slice:
        return part(0) + "[" + part(1) + ":" + part(2) + ":" + part(3) + "]";
    case Kind::call:
        return part(0) + "(" + all(1, ",") + ")";
    case Kind::filter:
        return "(" + part(0) + "|" + e.name +
               (e.parts.size() > 1 || !e.keywords.empty() ? "(" + all(1, ",") + ")" : "") + ")";
    case Kind::test:
        return "(" + part(0) + " is " + e.name + (e.parts.size() > 1 ? "(" + all(1, ",") + ")" : "") + ")";
    case Kind::unary:
        return "(" + e.name + " " + part(0) + ")";
    case Kind::binary:
        return "(" + part(0) + " " + e.name + " " + part(1) + ")";
    case Kind::compare: {
        std::string out = "(" + part(0);
        for (std::size_t i = 0; i < e.operators.size(); ++i) out += " " + e.operators[i] + " " + part(i + 1);
        return out + ")";
    }
    case Kind::conditional:
        return "(" + part(0) + " if " + part(1) + " else " + part(2) + ")";
    }
    return "?";
}

std::string shape(const std::string& expression) {
    const auto statements = Parser::parse("{{ " + expression + " }}", "some template");
    REQUIRE(statements.size() == 1);
    return shape(*statements[0].condition);
}

} // namespace

TEST_CASE("Operators bind as Jinja binds them", "[text]") {
    CHECK(shape("1 + 2 * 3 ** 4") == "(1 + (2 * (3 ** 4)))");
    CHECK(shape("a - b - c") == "((a - b) - c)");
    CHECK(shape("a ~ b + c") == "((a ~ b) + c)");
    CHECK(shape("a or b and not c == d") == "(a or (b and (not (c == d))))");
    CHECK(shape("1 < a <= b") == "(1 < a <= b)");
    CHECK(shape("a not in b") == "(a not in b)");
    CHECK(shape("-a.b | c") == "((- a.b)|c)");
    CHECK(shape("a if b else c if d else e") == "(a if b else (c if d else e))");
    CHECK(shape("a if b") == "(a if b else -)");
    CHECK(shape("a | b(1, x=2) | c") == "((a|b(1,x=2))|c)");
    CHECK(shape("a is not b(1) and c") == "((not (a is b(1))) and c)");
    CHECK(shape("a is divisibleby 3") == "(a is divisibleby(3))");
}

TEST_CASE("Literals, calls, items and slices are told apart", "[text]") {
    CHECK(shape("[1, 'a' 'b', true, none, 2.5,]") == R"([1,"ab",true,null,2.5])");
    CHECK(shape("()") == "tuple()");
    CHECK(shape("(1,)") == "tuple(1)");
    CHECK(shape("(1)") == "1");
    CHECK(shape("{'a': 1, b: 2}") == R"({"a",1,b,2})");
    CHECK(shape("a.b['c'].0(d, e=f)") == R"(a.b["c"][0](d,e=f))");
    CHECK(shape("a[1:2:3]") == "a[1:2:3]");
    CHECK(shape("a[:]") == "a[-:-:-]");
    CHECK(shape("a[::b]") == "a[-:-:b]");
    CHECK(shape("a[1:]") == "a[1:-:-]");
}

TEST_CASE("Statements keep their parts and lines", "[text]") {
    const auto out = Parser::parse("x\n{% for a, b in c if d %}{{ a }}{% else %}y{% endfor %}{% set n.m = 1 %}"
                                   "{% macro f(p, q=2) %}{% endmacro %}{% set t %}z{% endset %}",
                                   "t");
    using Kind = Statement::Kind;
    REQUIRE(out.size() == 5);
    CHECK(out[0].kind == Kind::text);
    CHECK(out[1].kind == Kind::loop);
    CHECK(out[1].line == 2);
    CHECK(out[1].targets == std::vector<std::string>{"a", "b"});
    CHECK(shape(*out[1].condition) == "c");
    CHECK(shape(*out[1].filter) == "d");
    CHECK(out[1].body.size() == 1);
    CHECK(out[1].otherwise.size() == 1);
    CHECK(out[2].kind == Kind::assign_member);
    CHECK(out[2].targets == std::vector<std::string>{"n", "m"});
    CHECK(out[3].kind == Kind::macro);
    CHECK(out[3].targets == std::vector<std::string>{"f", "p", "q"});
    REQUIRE(out[3].defaults.size() == 2);
    CHECK(out[3].defaults[0] == nullptr);
    CHECK(out[4].kind == Kind::capture);
}

TEST_CASE("elif is an if inside of else", "[text]") {
    const auto out = Parser::parse("{% if a %}1{% elif b %}2{% else %}3{% endif %}", "t");
    REQUIRE(out.size() == 1);
    REQUIRE(out[0].otherwise.size() == 1);
    CHECK(out[0].otherwise[0].kind == Statement::Kind::branch);
    CHECK(shape(*out[0].otherwise[0].condition) == "b");
    CHECK(out[0].otherwise[0].otherwise.size() == 1);
}

TEST_CASE("Syntax errors name what was expected, what came, and the line", "[text]") {
    const auto refused = [](const char* source, const char* message) {
        INFO(source);
        CHECK_THROWS_WITH(Parser::parse(source, "some template"), Contains(message) && Contains("some template, line"));
    };
    refused("{{ }}", "an expression expected, the end of a tag found");
    refused("{{ a b }}", "`b` found");
    refused("{{ [1 2] }}", "`,` expected, `2` found");
    refused("{{ a. }}", "a name expected");
    refused("{{ a[] }}", "an expression expected");
    refused("{% %}", "the name of a statement");
    refused("{% for in x %}", "`in` expected");
    refused("{% for a b %}", "`in` expected, `b` found");
    refused("{% endif %}", "`endif` without its beginning");
    refused("\n{% if a %}", "`endif` is missing");
    refused("{% if a %}{% endfor %}", "`endif` is missing");
    refused("{% break %}", "outside of a loop");
    refused("{% for a in b %}{% macro f() %}{% break %}{% endmacro %}{% endfor %}", "outside of a loop");
    refused("{% frobnicate %}", "statement `frobnicate` is not known");
    refused("{% for a in b recursive %}{% endfor %}", "recursive");
    refused("{{ f(*a) }}", "unpacked");
    refused("{{ 99999999999999999999 }}", "too large");
    refused("{{ 1e999 }}", "too large");
}

TEST_CASE("Nesting is bounded in every way that a tree can grow", "[text]") {
    const auto deep = [](const std::string& open, const std::string& middle, const std::string& close) {
        std::string source = "{{ ";
        for (int i = 0; i < 5000; ++i) source += open;
        source += middle;
        for (int i = 0; i < 5000; ++i) source += close;
        return source + " }}";
    };
    CHECK_THROWS_WITH(Parser::parse(deep("(", "1", ")"), "t"), Contains("nesting deeper than 100"));
    CHECK_THROWS_WITH(Parser::parse(deep("not ", "a", ""), "t"), Contains("deeper"));
    CHECK_THROWS_WITH(Parser::parse(deep("-", "a", ""), "t"), Contains("deeper"));
    CHECK_THROWS_WITH(Parser::parse(deep("", "a", ".b"), "t"), Contains("more than 400 levels"));
    CHECK_THROWS_WITH(Parser::parse(deep("", "a", " ~ b"), "t"), Contains("more than 400 levels"));
    std::string wide = "{{ [1";
    for (int i = 0; i < 5000; ++i) wide += ",1";
    CHECK_NOTHROW(Parser::parse(wide + "] }}", "t")); // no nesting
}
