#include <familiar/core/spec.hpp>

#include <catch2/catch.hpp>

using familiar::Error;
using familiar::ErrorCode;

namespace {

struct Policy {
    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (std::string, url), (double, timeout));
        Parameters() : timeout(60) {}
        static constexpr std::string_view kArgument = "url";
    };
};

struct Plain {
    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (std::size_t, count));
        Parameters() : count(1) {}
    };
};

ErrorCode code_of(std::string_view text) {
    try {
        familiar::parameters_from_spec<Plain>(familiar::parse_spec(text, "--x"));
    } catch (const Error& error) {
        CHECK(error.where().find("--x") == 0);
        return error.code();
    }
    FAIL("no error for " << text);
    return ErrorCode::cancelled;
}

} // namespace

TEST_CASE("The short form splits at the first colon") {
    const auto spec = familiar::parse_spec("http:http://localhost:8080/v1");
    CHECK(spec.name == "http");
    CHECK(familiar::parameters_from_spec<Policy>(spec).url == "http://localhost:8080/v1");
    CHECK(familiar::parameters_from_spec<Policy>(familiar::parse_spec("http")).url.empty());
}

TEST_CASE("The JSON form sets parameters by name") {
    const auto spec = familiar::parse_spec(R"( {"type": "http", "timeout": 2})");
    CHECK(spec.name == "http");
    CHECK(familiar::parameters_from_spec<Policy>(spec).timeout == 2.0);
}

TEST_CASE("What cannot be read is an error that names the option") {
    CHECK(code_of("") == ErrorCode::invalid_spec);
    CHECK(code_of("  ") == ErrorCode::invalid_spec);
    CHECK(code_of(":x") == ErrorCode::invalid_spec);
    CHECK(code_of(R"({"type":"http",)") == ErrorCode::invalid_spec);
    CHECK(code_of(R"({"name":"http"})") == ErrorCode::invalid_spec);
    CHECK(code_of(R"({"type":3})") == ErrorCode::invalid_spec);
    CHECK(code_of("plain:argument") == ErrorCode::invalid_spec);
    CHECK(code_of(R"({"type":"plain","coutn":3})") == ErrorCode::unknown_name);
    CHECK(code_of(R"({"type":"plain","count":-3})") == ErrorCode::invalid_argument);
}
