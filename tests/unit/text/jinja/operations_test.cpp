#include <familiar/text/jinja/operations.hpp>

#include "unit/text/jinja/values.hpp"

#include <catch2/catch.hpp>

#include <limits>
#include <string>

using namespace familiar;
using namespace familiar::text::jinja;
using Catch::Contains;
using tests::shown;
using tests::value;

namespace {

std::string operated(const char* a, std::string_view op, const char* b) {
    Context context = tests::context();
    return shown(operate(context, op, value(a), value(b)));
}

std::string printed(const Value& value) {
    Context context = tests::context();
    return to_text(context, value).bytes();
}

bool are_equal(const char* a, const char* b) {
    Context context = tests::context();
    return equal(context, value(a), value(b));
}

} // namespace

TEST_CASE("Arithmetic is Python's", "[text]") {
    CHECK(operated("7", "//", "2") == "3");
    CHECK(operated("-7", "//", "2") == "-4");
    CHECK(operated("7", "//", "-2") == "-4");
    CHECK(operated("-7", "%", "3") == "2");
    CHECK(operated("7", "%", "-3") == "-2");
    CHECK(operated("-7.5", "%", "2") == "0.5");
    CHECK(operated("7", "/", "2") == "3.5");
    CHECK(operated("6", "/", "2") == "3.0");
    CHECK(operated("7.0", "//", "2") == "3.0");
    CHECK(operated("2", "**", "10") == "1024");
    CHECK(operated("2", "**", "-1") == "0.5");
    CHECK(operated("true", "+", "1") == "2");
    CHECK(operated("-9223372036854775808", "%", "-1") == "0");
}

TEST_CASE("Numbers that cannot be are errors", "[text]") {
    CHECK_THROWS_WITH(operated("9223372036854775807", "+", "1"), Contains("too large"));
    CHECK_THROWS_WITH(operated("-9223372036854775808", "-", "1"), Contains("too large"));
    CHECK_THROWS_WITH(operated("4611686018427387904", "*", "2"), Contains("too large"));
    CHECK_THROWS_WITH(operated("-9223372036854775808", "//", "-1"), Contains("too large"));
    CHECK_THROWS_WITH(operated("10", "**", "19"), Contains("too large"));
    for (const char* const op : {"/", "//", "%"}) {
        CHECK_THROWS_WITH(operated("1", op, "0"), Contains("division by zero"));
        CHECK_THROWS_WITH(operated("1.5", op, "0.0"), Contains("division by zero"));
    }
    CHECK_THROWS_WITH(operated("\"a\"", "+", "1"), Contains("between a string and a integer"));
    CHECK_THROWS_WITH(operated("\"%s\"", "%", "1"), Contains("operator on strings"));
    Context context = tests::context();
    CHECK_THROWS_WITH(operate(context, "+", Value(Undefined{"x"}), value("1")), Contains("`x` is undefined"));
}

TEST_CASE("Texts and lists are joined and repeated", "[text]") {
    CHECK(operated("\"a\"", "+", "\"b\"") == "\"ab\"");
    CHECK(operated("[1]", "+", "[2]") == "[1, 2]");
    CHECK(operated("\"ab\"", "*", "2") == "\"abab\"");
    CHECK(operated("2", "*", "[1]") == "[1, 1]");
    CHECK(operated("\"ab\"", "*", "-1") == "\"\"");
    Context context = tests::context(1000);
    CHECK_THROWS_WITH(operate(context, "*", value("\"ab\""), value("9223372036854775807")), Contains("too many steps"));
    CHECK_THROWS_WITH(operate(context, "*", value("[1, 2]"), value("1000000")), Contains("too many steps"));
    CHECK(shown(operate(context, "*", value("\"\""), value("9223372036854775807"))) == "\"\"");
}

TEST_CASE("Values are equal as in Python", "[text]") {
    CHECK(are_equal("1", "1.0"));
    CHECK(are_equal("true", "1"));
    CHECK(are_equal("[1, [2]]", "[1.0, [2]]"));
    CHECK(are_equal(R"({"a": 1, "b": 2})", R"({"b": 2, "a": 1})"));
    CHECK(are_equal("null", "null"));
    CHECK_FALSE(are_equal("\"1\"", "1"));
    CHECK_FALSE(are_equal("null", "false"));
    CHECK_FALSE(are_equal("[1]", "[1, 2]"));
    CHECK_FALSE(are_equal(R"({"a": 1})", R"({"a": 2})"));
    CHECK_FALSE(are_equal(R"({"a": 1})", R"({"b": 1})"));
}

TEST_CASE("Numbers, texts and lists have an order, nothing else has", "[text]") {
    Context context = tests::context();
    CHECK((order(context, value("1"), value("1.5")) < 0));
    CHECK((order(context, value("\"b\""), value("\"abc\"")) > 0));
    CHECK((order(context, value("[1, 2]"), value("[1]")) > 0));
    CHECK((order(context, value("[1, 2]"), value("[1, 2]")) == 0));
    CHECK_THROWS_WITH(order(context, value("1"), value("\"a\"")), Contains("a integer and a string have no order"));
    CHECK_THROWS_AS(order(context, value("null"), value("null")), Error);
}

TEST_CASE("in looks into texts, lists and keys", "[text]") {
    Context context = tests::context();
    CHECK(contains(context, value("\"abc\""), value("\"bc\"")));
    CHECK(contains(context, value("\"abc\""), value("\"\"")));
    CHECK(contains(context, value("[1, 2]"), value("2.0")));
    CHECK(contains(context, value(R"({"a": 1})"), value("\"a\"")));
    CHECK_FALSE(contains(context, value(R"({"a": 1})"), value("1")));
    CHECK_FALSE(contains(context, Value(), value("1")));
    CHECK_THROWS_WITH(contains(context, value("\"1\""), value("1")), Contains("cannot stand in a string"));
    CHECK_THROWS_WITH(contains(context, value("1"), value("1")), Contains("nothing can stand in a integer"));
}

TEST_CASE("Values are put out as Python's str has them", "[text]") {
    CHECK(printed(value("null")) == "None");
    CHECK(printed(value("true")) == "True");
    CHECK(printed(value("2.0")) == "2.0");
    CHECK(printed(Value()).empty());
    CHECK(printed(value("[1, \"a\", [null]]")) == "[1, 'a', [None]]");
    CHECK(printed(value(R"({"k": "it's", "q": "\"", "b": "'\""})")) == R"({'k': "it's", 'q': '"', 'b': '\'"'})");
    CHECK(printed(value(R"(["a\n\\"])")) == R"(['a\n\\'])");
    List one;
    one.is_tuple = true;
    one.items.push_back(value("1"));
    CHECK(printed(Value(one)) == "(1,)");
    CHECK_THROWS_WITH(printed(Value(Function::range)), Contains("a function cannot be put out"));
}

TEST_CASE("Items and lengths are those of Python", "[text]") {
    Context context = tests::context();
    CHECK(items_of(context, value("\"a\u00e9\"")).size() == 2);
    CHECK(shown(items_of(context, value(R"({"a": 1, "b": 2})")).back()) == "\"b\"");
    CHECK(items_of(context, Value()).empty());
    CHECK(length_of(context, value("\"a\u00e9\"")) == 2);
    CHECK(length_of(context, value("[1, 2, 3]")) == 3);
    CHECK(length_of(context, Value()) == 0);
    CHECK_THROWS_WITH(items_of(context, value("5")), Contains("a integer has no items"));
    CHECK_THROWS_WITH(length_of(context, value("5")), Contains("no length"));
}
