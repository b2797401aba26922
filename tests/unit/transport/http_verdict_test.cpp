#include <familiar/transport/http_verdict.hpp>

#include "manual_clock.hpp"

#include <catch2/catch.hpp>

using namespace familiar;
using namespace familiar::transport;
using Do = HttpVerdict::Do;
using Kind = HttpOutcome::Kind;

namespace {

const HttpJudge kJudge({BaseUrl::parse("http://localhost:8080/v1"), OpenAiApi::chat, "SOME_KEY",
                        std::chrono::seconds(90), std::chrono::seconds(60)},
                       ApiKey("the-secret"));

HttpVerdict judge(HttpOutcome outcome) {
    return kJudge.judge(outcome, tests::ManualClock::kEpoch);
}

HttpVerdict judge_status(int status, const std::string& retry_after = "") {
    HttpOutcome outcome;
    outcome.kind = Kind::answered;
    outcome.status = status;
    outcome.body = R"({"error":{"message":"says so, the-secret"}})";
    outcome.retry_after = retry_after;
    return judge(outcome);
}

} // namespace

TEST_CASE("each status has its consequence") {
    for (const int status : {408, 409, 429, 500, 502, 503, 504, 529}) {
        INFO(status);
        const auto verdict = judge_status(status);
        CHECK(verdict.what == Do::again);
        CHECK(verdict.failure.code == ErrorCode::endpoint_failed);
        CHECK(verdict.failure.scope == FailureScope::row);
        CHECK_FALSE(verdict.closes);
    }
    for (const int status : {400, 413, 422}) {
        INFO(status);
        const auto verdict = judge_status(status);
        CHECK(verdict.what == Do::give_up);
        CHECK(verdict.failure.code == ErrorCode::endpoint_refused);
        CHECK(verdict.failure.scope == FailureScope::row);
        CHECK_FALSE(verdict.closes);
    }
    for (const int status : {401, 402, 403, 404, 405, 410, 301, 307}) {
        INFO(status);
        const auto verdict = judge_status(status);
        CHECK(verdict.what == Do::give_up);
        CHECK(verdict.failure.scope == FailureScope::run);
        CHECK(verdict.closes);
    }
    CHECK(judge_status(401).failure.code == ErrorCode::endpoint_unauthorized);
    CHECK(judge_status(404).failure.code == ErrorCode::endpoint_refused);
    CHECK(judge_status(200).what == Do::again_once); // an error dressed up as success
}

TEST_CASE("a message holds address, status and the endpoint's words, but not the key") {
    for (const int status : {400, 401, 404, 429, 500}) {
        const auto message = judge_status(status).failure.message;
        CHECK_THAT(message, Catch::Matchers::StartsWith("http://localhost:8080/v1 answered " + std::to_string(status) +
                                                        ": says so, [key removed]"));
        CHECK_THAT(message, !Catch::Matchers::Contains("the-secret"));
    }
    CHECK_THAT(judge_status(401).failure.message, Catch::Matchers::Contains("SOME_KEY"));
}

TEST_CASE("Retry-After is passed on; one that is too long ends the run") {
    CHECK(judge_status(429, "7").wait == std::chrono::seconds(7));
    CHECK(judge_status(503, "Sun, 06 Nov 1994 08:49:47 GMT").wait == std::chrono::seconds(10));
    CHECK_FALSE(judge_status(429, "whenever").wait);
    CHECK(judge_status(429, "60").what == Do::again);
    const auto verdict = judge_status(429, "3600");
    CHECK(verdict.what == Do::give_up);
    CHECK(verdict.failure.scope == FailureScope::run);
    CHECK_THAT(verdict.failure.message, Catch::Matchers::Contains("3600 s"));
}

TEST_CASE("what is no answer has its consequence") {
    const auto of = [](Kind kind) {
        HttpOutcome outcome;
        outcome.kind = kind;
        return judge(outcome);
    };
    CHECK(of(Kind::unreachable).what == Do::again);
    CHECK(of(Kind::unreachable).failure.code == ErrorCode::endpoint_unreachable);
    CHECK(of(Kind::broken).what == Do::again);
    CHECK(of(Kind::timed_out).what == Do::again_once);
    CHECK(of(Kind::timed_out).failure.code == ErrorCode::endpoint_timeout);
    CHECK_THAT(of(Kind::timed_out).failure.message, Catch::Matchers::Contains("90 s"));
    CHECK(of(Kind::too_long).what == Do::give_up);
    CHECK(of(Kind::too_long).failure.scope == FailureScope::row);
    CHECK(of(Kind::untrusted).what == Do::give_up);
    CHECK(of(Kind::untrusted).closes);
    CHECK(of(Kind::cancelled).failure == Failure{ErrorCode::cancelled, "cancelled", FailureScope::run});
}
