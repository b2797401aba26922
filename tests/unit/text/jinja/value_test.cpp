#include <familiar/text/jinja/value.hpp>

#include "unit/text/jinja/values.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace familiar::text::jinja;
using familiar::tests::value;

TEST_CASE("Values count as true as in Python", "[text]") {
    for (const char* const json : {"true", "1", "-1", "0.5", "\"x\"", "[0]", "{\"a\": 0}"}) {
        INFO(json);
        CHECK(value(json).truth());
    }
    for (const char* const json : {"false", "0", "0.0", "\"\"", "[]", "{}", "null"}) {
        INFO(json);
        CHECK_FALSE(value(json).truth());
    }
    CHECK_FALSE(Value().truth());
    CHECK(Value(Function::range).truth());
    Dictionary names;
    names.is_namespace = true;
    CHECK(Value(names).truth()); // an object, however empty
}

TEST_CASE("Truth values count as numbers, nothing else does", "[text]") {
    CHECK(value("true").integer() == 1);
    CHECK(value("true").number() == 1.0);
    CHECK(value("7").number() == 7.0);
    CHECK(value("7.5").number() == 7.5);
    CHECK_FALSE(value("7.0").integer().has_value());
    CHECK_FALSE(value("\"7\"").number().has_value());
    CHECK_FALSE(value("null").number().has_value());
}

TEST_CASE("Types have the names that messages use", "[text]") {
    CHECK(Value().type_name() == "undefined");
    CHECK(value("null").type_name() == "none");
    CHECK(value("true").type_name() == "boolean");
    CHECK(value("1").type_name() == "integer");
    CHECK(value("1.0").type_name() == "float");
    CHECK(value("\"\"").type_name() == "string");
    CHECK(value("[]").type_name() == "list");
    CHECK(value("{}").type_name() == "dictionary");
    CHECK(Value(Macro{}).type_name() == "macro");
    CHECK(Value(Function::range).type_name() == "function");
}

TEST_CASE("Members keep the order in which they came", "[text]") {
    Dictionary dictionary;
    dictionary.set("b", Value(std::int64_t{1}));
    dictionary.set("a", Value(std::int64_t{2}));
    dictionary.set("b", Value(std::int64_t{3}));
    REQUIRE(dictionary.items.size() == 2);
    CHECK(dictionary.items[0].first == "b");
    CHECK(dictionary.find("b")->integer() == 3);
    CHECK(dictionary.find("c") == nullptr);
}

TEST_CASE("A value knows how deep it nests", "[text]") {
    CHECK(value("1").depth() == 0);
    CHECK(value("[]").depth() == 1);
    CHECK(value("[1, {\"a\": [[]]}, []]").depth() == 4);
    Dictionary names;
    names.is_namespace = true;
    CHECK(Value(names).depth() > 1000000);
}

TEST_CASE("A namespace alone can be changed, and copies of it with it", "[text]") {
    CHECK(value("{}").mutable_namespace() == nullptr);
    CHECK(value("[]").mutable_namespace() == nullptr);
    Dictionary names;
    names.is_namespace = true;
    const Value one(names);
    const Value two = one;
    REQUIRE(one.mutable_namespace() != nullptr);
    one.mutable_namespace()->set("x", Value(true));
    CHECK(two.dictionary()->find("x")->truth());
}
