#include <familiar/pipeline/row_outcome.hpp>

#include <catch2/catch.hpp>

using namespace familiar;

TEST_CASE("An answer without a label is no failure, a reason for none is") {
    pipeline::RowOutcome outcome;
    outcome.answer.emplace();
    CHECK_FALSE(outcome.failed());
    outcome.failure = Failure{ErrorCode::endpoint_failed, "500", FailureScope::row};
    CHECK(outcome.failed());
    CHECK_FALSE(outcome == pipeline::RowOutcome{});
}
