#include <familiar/core/parameters_json.hpp>

#include <catch2/catch.hpp>

#include <cstdint>
#include <limits>

using familiar::Error;
using familiar::ErrorCode;
using nlohmann::json;

namespace {

struct Inner {
    BOOST_HANA_DEFINE_STRUCT(Inner, (double, rate), (std::vector<std::string>, names));
    Inner() : rate(0.25) {}
};

struct Outer {
    BOOST_HANA_DEFINE_STRUCT(Outer, (bool, loud), (std::size_t, count), (std::int8_t, small), (float, share),
                             (std::string, title), (std::optional<double>, limit), (std::vector<int>, numbers),
                             (Inner, inner));
    Outer() : loud(true), count(8), small(-3), share(0.1F), title("x") {}
};

Error error_of(const json& value) {
    try {
        familiar::parameters_from_json<Outer>(value, "--thing");
    } catch (const Error& error) {
        return error;
    }
    FAIL("no error for " << value.dump());
    return {ErrorCode::invalid_argument, ""};
}

} // namespace

TEST_CASE("Parameters go to JSON and come back equal") {
    Outer outer;
    outer.loud = false;
    outer.count = std::numeric_limits<std::size_t>::max();
    outer.small = std::numeric_limits<std::int8_t>::min();
    outer.limit = 1e-300;
    outer.numbers = {3, -1};
    outer.inner.names = {"a", "b\n"};
    const json written = familiar::parameters_to_json(outer);
    const Outer read = familiar::parameters_from_json<Outer>(json::parse(written.dump()));
    CHECK(familiar::parameters_to_json(read) == written);
    CHECK(read.count == outer.count);
    CHECK(read.small == outer.small);
    CHECK(read.share == outer.share);
    CHECK(read.limit == outer.limit);
    CHECK(read.inner.names == outer.inner.names);
    CHECK(written["share"].dump() == "0.1");
}

TEST_CASE("Keys that are not named keep their defaults") {
    const Outer read = familiar::parameters_from_json<Outer>(json{{"inner", {{"rate", 2}}}});
    CHECK(read.inner.rate == 2.0);
    CHECK(read.count == 8);
    CHECK_FALSE(read.limit.has_value());
}

TEST_CASE("An unknown key is an error with its place and the nearest known one") {
    const Error top = error_of({{"cuont", 3}});
    CHECK(top.code() == ErrorCode::unknown_name);
    CHECK(std::string(top.what()).find("cuont") != std::string::npos);
    CHECK(top.advice().find("Did you mean count?") != std::string::npos);
    const Error nested = error_of({{"inner", {{"raet", 3}}}});
    CHECK(nested.where() == "--thing.inner");
    CHECK(nested.advice().find("Did you mean rate?") != std::string::npos);
}

TEST_CASE("Ill-typed and out-of-range values are errors with their path") {
    const std::vector<std::pair<json, std::string>> cases = {
        {{{"loud", 1}}, "--thing.loud"},
        {{{"count", -1}}, "--thing.count"},
        {{{"count", 1.5}}, "--thing.count"},
        {{{"count", "8"}}, "--thing.count"},
        {{{"small", 128}}, "--thing.small"},
        {{{"small", -129}}, "--thing.small"},
        {{{"share", 1e39}}, "--thing.share"},
        {{{"title", 4}}, "--thing.title"},
        {{{"limit", "none"}}, "--thing.limit"},
        {{{"numbers", {1, "two"}}}, "--thing.numbers[1]"},
        {{{"numbers", 3}}, "--thing.numbers"},
        {{{"inner", 3}}, "--thing.inner"},
        {{{"inner", {{"names", {"a", nullptr}}}}}, "--thing.inner.names[1]"},
    };
    for (const auto& [value, where] : cases) {
        const Error error = error_of(value);
        INFO(value.dump());
        CHECK(error.where() == where);
        CHECK(error.code() == ErrorCode::invalid_argument);
    }
    CHECK(error_of({{"count", -1}}).problem().find("-1") != std::string::npos);
    CHECK(error_of(json::array()).where() == "--thing");
}

TEST_CASE("The listing has every parameter with type and default") {
    const json listing = familiar::parameters_listing<Outer>();
    REQUIRE(listing.size() == 8);
    CHECK(listing[1] == json{{"name", "count"}, {"type", "integer"}, {"default", 8}});
    CHECK(listing[5]["type"] == "number or null");
    CHECK(listing[6]["type"] == "list of integer");
}

TEST_CASE("A short argument sets one parameter of any type") {
    Outer outer;
    familiar::update_from_text(outer, "count", "12", "thing");
    familiar::update_from_text(outer, "title", "12", "thing");
    familiar::update_from_text(outer, "limit", "0.5", "thing");
    familiar::update_from_text(outer.inner, "names", "a,b", "thing");
    CHECK(outer.count == 12);
    CHECK(outer.title == "12");
    CHECK(outer.limit == 0.5);
    CHECK(outer.inner.names == std::vector<std::string>{"a", "b"});
    CHECK_THROWS_AS(familiar::update_from_text(outer, "count", "many", "thing"), Error);
    CHECK_THROWS_AS(familiar::update_from_text(outer, "limit", "many", "thing"), Error);
}
