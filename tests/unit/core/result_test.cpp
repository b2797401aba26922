#include <familiar/core/result.hpp>

#include <catch2/catch.hpp>

#include <memory>
#include <string>

using familiar::Error;
using familiar::ErrorCode;
using familiar::Failure;
using familiar::FailureScope;
using familiar::Result;

TEST_CASE("a result holds a value or the failure in its place", "[result]") {
    const Result<std::string> good(std::string("yes"));
    REQUIRE(good);
    CHECK(*good == "yes");
    CHECK(good->size() == 3);

    const Result<std::string> bad(Failure{ErrorCode::endpoint_timeout, "no reply in 5 s", FailureScope::row});
    REQUIRE_FALSE(bad.has_value());
    CHECK(bad.failure().message == "no reply in 5 s");
}

TEST_CASE("the value of a failure is an error with its code", "[result]") {
    const Result<int> bad(Failure{ErrorCode::endpoint_unauthorized, "401", FailureScope::run});
    try {
        (void)bad.value();
        FAIL("nothing was thrown");
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::endpoint_unauthorized);
        CHECK(std::string(error.what()) == "401");
    }
}

TEST_CASE("a result moves values that cannot be copied", "[result]") {
    Result<std::unique_ptr<int>> result(std::make_unique<int>(3));
    const std::unique_ptr<int> taken = std::move(result).value();
    CHECK(*taken == 3);
}
