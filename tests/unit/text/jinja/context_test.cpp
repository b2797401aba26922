#include <familiar/text/jinja/context.hpp>

#include "unit/text/jinja/values.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace familiar;
using namespace familiar::text::jinja;
using Catch::Contains;

TEST_CASE("Steps are spent to the last and no further", "[text]") {
    Context context("t", 10);
    context.spend(4);
    context.spend(6);
    context.spend(0);
    CHECK_THROWS_WITH(context.spend(1), Contains("too many steps"));
    Context other("t", 10);
    CHECK_THROWS_AS(other.spend(static_cast<std::size_t>(-1)), Error); // no sum that wraps around
    other.spend(10);                                                   // what was refused was not taken
}

TEST_CASE("What a template makes is paid for by its size", "[text]") {
    Context context("t", 20);
    CHECK_NOTHROW(context.own(std::string(10, 'x')));
    CHECK_THROWS_AS(context.own(std::string(10, 'x')), Error);
    Context lists("t", 4);
    List list;
    list.items.assign(4, Value(true));
    CHECK_THROWS_AS(lists.made(list), Error);
    list.items.pop_back();
    CHECK_NOTHROW(lists.made(list));
}

TEST_CASE("Values nested too deep are refused when they are made", "[text]") {
    Context context = tests::context();
    Value value(true);
    for (std::size_t i = 0; i < Context::kDeepestValue; ++i) {
        List list;
        list.items.push_back(value);
        value = context.made(std::move(list));
    }
    CHECK(value.depth() == Context::kDeepestValue);
    List list;
    list.items.push_back(value);
    CHECK_THROWS_WITH(context.made(list), Contains("nested deeper than 64"));
    Dictionary self;
    self.is_namespace = true;
    CHECK_THROWS_AS(context.checked(Value(self)), Error); // it could be put into itself
}

TEST_CASE("Errors name template and line, in print", "[text]") {
    Context context = tests::context();
    const Error error = context.error("a\x1b \xff");
    CHECK(error.code() == ErrorCode::malformed_model);
    CHECK_THAT(error.what(), Contains("some template, line 3") && Contains("a\\x1b \\xff"));
    const Error unknown = context.unknown("filter", "x");
    CHECK(unknown.code() == ErrorCode::unsupported_model);
    CHECK_THAT(unknown.what(), Contains("the filter `x` is not known"));
    CHECK(std::string(context.error(std::string(100000, 'x')).what()).size() < 2000);
}

TEST_CASE("An argument is found by its place, else by its name", "[text]") {
    const Arguments given = tests::arguments({tests::own("a")}, {{"sep", tests::own("b")}, {"first", tests::own("c")}});
    CHECK(given.find(0, "first")->text()->bytes() == "a");
    CHECK(given.find(1, "sep")->text()->bytes() == "b");
    CHECK(given.find(1, "other") == nullptr);
    CHECK(Arguments().find(0, "x") == nullptr);
}
