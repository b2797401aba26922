#include <familiar/text/jinja/filters.hpp>

#include "unit/text/jinja/values.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace familiar;
using namespace familiar::text::jinja;
using Catch::Contains;
using tests::own;
using tests::shown;
using tests::value;

namespace {

std::string filtered(const Value& value, std::string_view name, std::vector<Value> positional = {},
                     std::vector<std::pair<std::string, Value>> named = {}) {
    Context context = tests::context();
    return shown(Filters::apply(context, name, value, tests::arguments(std::move(positional), std::move(named))));
}

std::string filtered(const char* json, std::string_view name, std::vector<Value> positional = {},
                     std::vector<std::pair<std::string, Value>> named = {}) {
    return filtered(value(json), name, std::move(positional), std::move(named));
}

} // namespace

TEST_CASE("A default stands in for what is not there, for what is false when asked", "[text]") {
    CHECK(filtered(Value(), "default", {own("d")}) == "\"d\"");
    CHECK(filtered(Value(), "d") == "\"\"");
    CHECK(filtered("null", "default", {own("d")}) == "null");
    CHECK(filtered("\"\"", "default", {own("d")}) == "\"\"");
    CHECK(filtered("\"\"", "default", {own("d"), value("true")}) == "\"d\"");
    CHECK(filtered("\"\"", "default", {own("d")}, {{"boolean", value("true")}}) == "\"d\"");
}

TEST_CASE("Numbers are read, rounded and measured", "[text]") {
    CHECK(filtered("\" +5 \"", "int") == "5");
    CHECK(filtered("\"2.9\"", "int") == "2");
    CHECK(filtered("\"x\"", "int") == "0");
    CHECK(filtered("\"x\"", "int", {value("7")}) == "7");
    CHECK(filtered("-2.7", "int") == "-2");
    CHECK(filtered("1e300", "int") == "0"); // no integer of 64 bits
    CHECK(filtered("\"2.5\"", "float") == "2.5");
    CHECK(filtered("[]", "float") == "0.0");
    CHECK(filtered("2.567", "round", {value("2")}) == "2.57");
    CHECK(filtered("2.5", "round") == "2.0"); // to even, as Python rounds
    CHECK(filtered("-3", "abs") == "3");
    CHECK(filtered("-3.5", "abs") == "3.5");
    CHECK_THROWS_WITH(filtered("-9223372036854775808", "abs"), Contains("too large"));
    CHECK_THROWS_WITH(filtered("\"x\"", "abs"), Contains("`abs` takes a number"));
}

TEST_CASE("Texts are changed as Jinja changes them", "[text]") {
    CHECK(filtered("\" a \"", "trim") == "\"a\"");
    CHECK(filtered("\"xax\"", "trim", {own("x")}) == "\"a\"");
    CHECK(filtered("\"aB\"", "upper") == "\"AB\"");
    CHECK(filtered("\"ab ab\"", "replace", {own("a"), own("c"), value("1")}) == "\"cb ab\"");
    CHECK(filtered(R"("a\nb\n\nc")", "indent", {value("2")}) == R"("a\n  b\n\n  c")");
    CHECK(filtered(R"("a\n\nb")", "indent", {value("1"), value("true"), value("true")}) == R"(" a\n \n b")");
    CHECK(filtered("\"<'&\\\">\"", "e") == R"("&lt;&#39;&amp;&#34;&gt;")");
    CHECK(filtered("7", "string") == "\"7\"");
    CHECK(filtered("\"a\u00e9\"", "length") == "2");
    CHECK(filtered("\"ab\u00e9\"", "reverse") == "\"\u00e9ba\"");
    CHECK_THROWS_WITH(filtered("\"a\"", "replace", {own("a")}), Contains("two strings"));
}

TEST_CASE("Lists are picked from, ordered and summed", "[text]") {
    CHECK(filtered("[3, 1, 2]", "sort") == "[1, 2, 3]");
    CHECK(filtered("[3, 1, 2]", "sort", {value("true")}) == "[3, 2, 1]");
    CHECK(filtered(R"(["b", "A", "c"])", "sort") == R"(["A", "b", "c"])"); // without regard to case
    CHECK(filtered(R"([{"a": {"b": 2}}, {"a": {"b": 1}}])", "sort", {}, {{"attribute", own("a.b")}}) ==
          R"([{"a": {"b": 1}}, {"a": {"b": 2}}])");
    CHECK(filtered("[1, 2]", "first") == "1");
    CHECK(filtered("[1, 2]", "last") == "2");
    CHECK(filtered("[]", "first") == "undefined");
    CHECK(filtered("[1, 2.5]", "sum") == "3.5");
    CHECK(filtered("[]", "sum") == "0");
    CHECK(filtered("[2, 3, 1]", "min") == "1");
    CHECK(filtered("[2, 3, 1]", "max") == "3");
    CHECK(filtered("[]", "max") == "undefined");
    CHECK(filtered("[1, 1.0, 2]", "unique") == "[1, 2]");
    CHECK(filtered("\"ab\"", "list") == R"(["a", "b"])");
    CHECK(filtered(R"({"b": 1, "A": 2})", "dictsort") == R"([["A", 2], ["b", 1]])");
    CHECK(filtered(R"({"b": 1})", "items") == R"([["b", 1]])");
    CHECK_THROWS_WITH(filtered("[1, \"a\"]", "sort"), Contains("no order"));
    CHECK_THROWS_WITH(filtered("5", "list"), Contains("no items"));
}

TEST_CASE("Filters go through lists by attribute and test", "[text]") {
    const char* const rows = R"([{"r": "u", "n": 1}, {"r": "s", "n": 2}, {"n": 3}])";
    CHECK(filtered(rows, "selectattr", {own("r"), own("=="), own("u")}) == R"([{"r": "u", "n": 1}])");
    CHECK(filtered(rows, "rejectattr", {own("n"), own("<"), value("3")}) == R"([{"n": 3}])");
    CHECK(filtered(rows, "selectattr", {own("r")}) == R"([{"r": "u", "n": 1}, {"r": "s", "n": 2}])");
    CHECK(filtered("[0, 1, 2]", "select") == "[1, 2]");
    CHECK(filtered("[0, 1, 2]", "reject", {own("even")}) == "[1]");
    CHECK(filtered(rows, "map", {}, {{"attribute", own("n")}}) == "[1, 2, 3]");
    CHECK(filtered(rows, "map", {}, {{"attribute", own("r")}, {"default", own("-")}}) == R"(["u", "s", "-"])");
    CHECK(filtered(R"(["a"])", "map", {own("upper")}) == R"(["A"])");
    CHECK(filtered("[1, 2]", "join", {own("-")}) == "\"1-2\"");
    CHECK(filtered(rows, "join", {own(""), own("n")}) == "\"123\"");
    CHECK_THROWS_WITH(filtered(rows, "map"), Contains("`attribute` must be a string"));
    CHECK_THROWS_WITH(filtered(rows, "map", {own("frobnicate")}), Contains("filter `frobnicate`"));
    CHECK_THROWS_WITH(filtered(rows, "select", {own("frobnicate")}), Contains("test `frobnicate`"));
    CHECK_THROWS_WITH(filtered("[[1]]", "map", {own("map"), own("abs")}), Contains("`map`")); // no recursion
}

TEST_CASE("JSON of a message's texts is a message's, markup cannot be made by it", "[text]") {
    Context context = tests::context();
    const Value out = Filters::apply(context, "tojson", value(R"(["<|end|>"])"), tests::arguments({}));
    CHECK(out.text()->marks().find('1') == std::string::npos);
    CHECK(shown(Filters::apply(context, "tojson", value("[1]"), tests::arguments({}, {{"indent", value("1")}}))) ==
          "\"[\\n 1\\n]\"");
    CHECK_THROWS_WITH(Filters::apply(context, "tojson", Value(), tests::arguments({})),
                      Contains("cannot be written as JSON"));
}

TEST_CASE("An unknown filter is named with the line", "[text]") {
    CHECK_THROWS_WITH(filtered("1", "frobnicate"), Contains("filter `frobnicate`") && Contains("line 3"));
}
