#include <familiar/transport/api_key.hpp>

#include <catch2/catch.hpp>

#include <cstdlib>

using familiar::Error;
using familiar::ErrorCode;
using familiar::transport::ApiKey;

namespace {
constexpr const char* kVariable = "FAMILIAR_TEST_API_KEY";
}

TEST_CASE("a key is read from the environment and sent as bearer") {
    ::setenv(kVariable, "sk-test-1234567890", 1);
    CHECK(ApiKey::from_environment(kVariable).authorization() == "Bearer sk-test-1234567890");
    ::unsetenv(kVariable);
    CHECK(ApiKey::from_environment("").authorization().empty());
    CHECK(ApiKey::from_environment(kVariable, true).empty());
}

TEST_CASE("a variable that is missing or holds no key is an error that names it and never shows its value") {
    SECTION("not set") {
        ::unsetenv(kVariable);
    }
    SECTION("empty") {
        ::setenv(kVariable, "", 1);
    }
    SECTION("with a line break, which could add headers") {
        ::setenv(kVariable, "secret\r\nX-Evil: 1", 1);
    }
    SECTION("with a space") {
        ::setenv(kVariable, "my secret", 1);
    }
    SECTION("with letters outside ASCII") {
        ::setenv(kVariable, "secret\xC3\xA9", 1);
    }
    try {
        (void)ApiKey::from_environment(kVariable);
        FAIL("no error");
    } catch (const Error& problem) {
        CHECK(problem.code() == ErrorCode::missing_environment);
        CHECK_THAT(problem.what(), Catch::Matchers::Contains(kVariable));
        CHECK_THAT(problem.what(), !Catch::Matchers::Contains("secret"));
    }
    ::unsetenv(kVariable);
}

TEST_CASE("the key is taken out of texts wherever it stands") {
    const ApiKey key("abc.DEF_123");
    CHECK(key.without_key("abc.DEF_123, twice: abc.DEF_123") == "[key removed], twice: [key removed]");
    CHECK(key.without_key("nothing here") == "nothing here");
    CHECK(key.without_key("sk-something-else stays in a reply") == "sk-something-else stays in a reply");
    CHECK(ApiKey().without_key("as it is") == "as it is");
}

TEST_CASE("what looks like a key is taken out of messages, whole or masked") {
    const ApiKey none;
    CHECK(none.redacted("Incorrect API key provided: sk-proj-abcdefgh12345678.") ==
          "Incorrect API key provided: [key removed]");
    CHECK(none.redacted("key sk-ab****** is wrong") == "key [key removed] is wrong");
    CHECK(none.redacted("Authorization: Bearer eyJhbGciOi.abc/def=, sorry") ==
          "Authorization: Bearer [key removed], sorry");
    CHECK(none.redacted("sk-1234567890abcdef sk-1234567890abcdef") == "[key removed] [key removed]");
    CHECK(none.redacted("a risk-averseness of desk-job; Bearer of bad news") ==
          "a risk-averseness of desk-job; Bearer of bad news");
}

TEST_CASE("a key that is part of the mark does no harm") {
    CHECK(ApiKey("key").without_key("key key") == "[key removed] [key removed]");
}
