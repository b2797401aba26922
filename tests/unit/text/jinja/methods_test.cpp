#include <familiar/text/jinja/methods.hpp>

#include "unit/text/jinja/values.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace familiar;
using namespace familiar::text::jinja;
using Catch::Contains;
using tests::given;
using tests::own;
using tests::shown;
using tests::value;

namespace {

std::string called(const Value& object, std::string_view name, std::vector<Value> positional = {},
                   std::vector<std::pair<std::string, Value>> named = {}) {
    Context context = tests::context();
    return shown(Methods::call(context, object, name, tests::arguments(std::move(positional), std::move(named))));
}

std::string on(const std::string& text, std::string_view name, const std::vector<std::string>& arguments = {}) {
    std::vector<Value> values;
    for (const auto& argument : arguments) values.push_back(own(argument));
    return called(given(text), name, std::move(values));
}

} // namespace

TEST_CASE("Strings are split as in Python", "[text]") {
    CHECK(on("  a  b\tc ", "split") == R"(["a", "b", "c"])");
    CHECK(on("a  b ", "split", {" "}) == R"(["a", "", "b", ""])");
    CHECK(on("", "split") == "[]");
    CHECK(on("", "split", {","}) == R"([""])");
    CHECK(called(given(" a  b  c "), "split", {Value(None{}), value("1")}) == R"(["a", "b  c"])");
    CHECK(called(given("a,b,c"), "split", {own(",")}, {{"maxsplit", value("1")}}) == R"(["a", "b,c"])");
    CHECK(called(given("a,b,c"), "rsplit", {own(","), value("1")}) == R"(["a,b", "c"])");
    CHECK(on("aaa", "rsplit", {"aa"}) == R"(["a", ""])");
    CHECK(on("a\nb\r\nc\rd\n", "splitlines") == R"(["a", "b", "c", "d"])");
    CHECK(on("", "splitlines") == "[]");
    CHECK_THROWS_WITH(on("a", "split", {""}), Contains("empty separator"));
    CHECK_THROWS_WITH(on("a", "rsplit"), Contains("`sep` must be a string"));
    CHECK_THROWS_WITH(called(given("a"), "split", {own(","), own("1")}), Contains("`maxsplit` must be an integer"));
}

TEST_CASE("Strings are searched, stripped and changed as in Python", "[text]") {
    CHECK(on("\u00e9a-b", "find", {"-"}) == "2"); // in characters
    CHECK(on("a", "find", {"b"}) == "-1");
    CHECK(on("banana", "count", {"ana"}) == "1");
    CHECK(on("xaxx", "lstrip", {"x"}) == "\"axx\"");
    CHECK(on("xaxx", "rstrip", {"x"}) == "\"xa\"");
    CHECK(on(" a ", "strip") == "\"a\"");
    CHECK(on("abc", "startswith", {"ab"}) == "true");
    CHECK(on("abc", "endswith", {"ab"}) == "false");
    CHECK(called(given("abc"), "endswith", {value(R"(["x", "bc"])")}) == "true");
    CHECK(on("aXbX", "replace", {"X", "yy"}) == "\"ayybyy\"");
    CHECK(called(given("aXbX"), "replace", {own("X"), own("y"), value("1")}) == "\"aybX\"");
    CHECK(on("\u00e9COLE two", "title") == "\"\u00c9cole Two\"");
    CHECK(on("\u00c9COLE two", "capitalize") == "\"\u00c9cole two\"");
    CHECK(on("\u00c4b", "lower") == "\"\u00e4b\"");
    CHECK(on("\u00e4b", "upper") == "\"\u00c4B\"");
    CHECK(on("12", "isdigit") == "true");
    CHECK(on("", "isdigit") == "false");
    CHECK(on("1.", "isdigit") == "false");
    CHECK(called(own(", "), "join", {value(R"(["a", "b"])")}) == "\"a, b\"");
    CHECK_THROWS_WITH(on("a", "replace", {"", "x"}), Contains("empty string"));
    CHECK_THROWS_WITH(on("a", "count", {""}), Contains("empty string"));
    CHECK_THROWS_WITH(called(own(","), "join", {value("[1]")}), Contains("`join` takes strings"));
    CHECK_THROWS_WITH(on("a", "startswith"), Contains("`startswith` takes a string"));
}

TEST_CASE("What a method makes of texts keeps their marks", "[text]") {
    Context context = tests::context();
    const MarkedText text = *given("a-b").text();
    const auto replaced = Methods::replaced(context, text, *own("-").text(), *own("<>").text(), -1);
    CHECK(replaced.bytes() == "a<>b");
    CHECK(replaced.marks() == "0110");
    CHECK(Methods::upper(text).marks() == "000");
    CHECK_FALSE(Methods::call(context, given("a b"), "split", {}).list()->items[0].text()->is_trusted());
}

TEST_CASE("Dictionaries and lists have the methods that templates call", "[text]") {
    const Value person = value(R"({"name": "Ann", "age": 30})");
    CHECK(called(person, "items") == R"([["name", "Ann"], ["age", 30]])");
    CHECK(called(person, "keys") == R"(["name", "age"])");
    CHECK(called(person, "values") == R"(["Ann", 30])");
    CHECK(called(person, "get", {own("age")}) == "30");
    CHECK(called(person, "get", {own("zip")}) == "null");
    CHECK(called(person, "get", {own("zip"), own("none")}) == "\"none\"");
    CHECK(called(value("[1, 2, 1]"), "index", {value("2")}) == "1");
    CHECK(called(value("[1, 2, 1]"), "count", {value("1")}) == "2");
    CHECK_THROWS_WITH(called(value("[1]"), "index", {value("2")}), Contains("does not hold"));
    CHECK(Methods::is_method(person, "items"));
    CHECK_FALSE(Methods::is_method(person, "name"));
    CHECK_FALSE(Methods::is_method(value("[]"), "items"));
}

TEST_CASE("A method that is unknown, or of nothing, is named", "[text]") {
    CHECK_THROWS_WITH(on("a", "frobnicate"), Contains("method of a string `frobnicate`"));
    CHECK_THROWS_WITH(called(value("{}"), "pop"), Contains("method of a dictionary `pop`"));
    CHECK_THROWS_WITH(called(value("[]"), "append", {value("1")}),
                      Contains("method of a list `append`")); // nothing changes
    CHECK_THROWS_WITH(called(value("1"), "bit_length"), Contains("`bit_length`"));
    CHECK_THROWS_WITH(called(Value(Undefined{"who"}), "items"), Contains("`who` is undefined"));
}

TEST_CASE("Methods pay for what they make", "[text]") {
    Context context = tests::context(1000);
    const Value text = given(std::string(300, 'a'));
    CHECK_THROWS_WITH(Methods::call(context, text, "replace", tests::arguments({own("a"), own(std::string(100, 'b'))})),
                      Contains("too many steps"));
}
