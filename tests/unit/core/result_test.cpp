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

TEST_CASE("values and failures of several requests become one list", "[result]") {
    std::vector<std::string> values = {"a", "", "c"};
    std::vector<std::optional<Failure>> failures(3);
    failures[1] = Failure{ErrorCode::text_too_long, "long"};
    const auto results = results_of(values, failures);
    REQUIRE(results.size() == 3);
    CHECK(*results[0] == "a");
    REQUIRE_FALSE(results[1]);
    CHECK(results[1].failure().message == "long");
    CHECK(*results[2] == "c");
}
