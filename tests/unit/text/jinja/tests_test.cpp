#include <familiar/text/jinja/tests.hpp>

#include "unit/text/jinja/values.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace familiar;
using namespace familiar::text::jinja;
using Catch::Contains;
using familiar::tests::value;

namespace {

bool is(const Value& subject, std::string_view name, std::vector<Value> arguments = {}) {
    Context context = familiar::tests::context();
    return Tests::apply(context, name, subject, familiar::tests::arguments(std::move(arguments)));
}

/// The names of those tests that hold.
std::string held(const Value& subject) {
    std::string out;
    for (const char* const name : {"defined", "undefined", "none", "true", "false", "boolean", "string", "number",
                                   "integer", "float", "mapping", "sequence", "iterable", "callable"}) {
        if (is(subject, name)) out += (out.empty() ? "" : " ") + std::string(name);
    }
    return out;
}

} // namespace

TEST_CASE("Every type answers to the tests that Jinja has for it", "[text]") {
    CHECK(held(Value()) == "undefined iterable");
    CHECK(held(value("null")) == "defined none");
    CHECK(held(value("true")) == "defined true boolean number");
    CHECK(held(value("false")) == "defined false boolean number");
    CHECK(held(value("1")) == "defined number integer");
    CHECK(held(value("1.0")) == "defined number float");
    CHECK(held(value("\"\"")) == "defined string sequence iterable");
    CHECK(held(value("[]")) == "defined sequence iterable");
    CHECK(held(value("{}")) == "defined mapping sequence iterable");
    CHECK(held(Value(Function::range)) == "defined callable");
    CHECK(held(Value(Macro{})) == "defined callable");
}

TEST_CASE("Numbers are tested by their rest", "[text]") {
    CHECK(is(value("3"), "odd"));
    CHECK(is(value("-3"), "odd"));
    CHECK(is(value("0"), "even"));
    CHECK(is(value("9"), "divisibleby", {value("3")}));
    CHECK_FALSE(is(value("9"), "divisibleby", {value("2")}));
    CHECK_THROWS_WITH(is(value("1.5"), "odd"), Contains("`odd` takes an integer"));
    CHECK_THROWS_WITH(is(value("9"), "divisibleby", {value("0")}), Contains("division by zero"));
}

TEST_CASE("Comparisons are tests too", "[text]") {
    CHECK(is(value("1"), "equalto", {value("1.0")}));
    CHECK(is(value("1"), "eq", {value("1")}));
    CHECK(is(value("1"), "ne", {value("2")}));
    CHECK(is(value("1"), "lt", {value("2")}));
    CHECK(is(value("2"), "le", {value("2")}));
    CHECK(is(value("3"), "gt", {value("2")}));
    CHECK(is(value("2"), "ge", {value("2")}));
    CHECK(is(value("\"a\""), "in", {value("\"cab\"")}));
    CHECK_FALSE(is(value("2"), "lessthan", {value("2")}));
    CHECK_FALSE(is(value("2"), "greaterthan", {value("2")}));
}

TEST_CASE("A test that is unknown or lacks its argument is named with the line", "[text]") {
    CHECK_THROWS_WITH(is(value("1"), "frobnicated"), Contains("test `frobnicated`") && Contains("line 3"));
    CHECK_THROWS_WITH(is(value("1"), "eq"), Contains("the test `eq` takes an argument"));
    CHECK_THROWS_WITH(is(value("1"), "lt", {value("\"a\"")}), Contains("no order"));
}
