#include <familiar/pipeline/row_outcome_json.hpp>

#include <catch2/catch.hpp>

#include <limits>

using namespace familiar;
using nlohmann::json;
using pipeline::RowOutcome;

TEST_CASE("An outcome comes back from JSON as it was, to the bit") {
    RowOutcome outcome;
    outcome.prediction = Prediction{2, 1.0 / 3, {0.1, 5e-324, std::numeric_limits<double>::quiet_NaN()}};
    outcome.verdict = LlmVerdict{0, "cut \xe2\x82", {-std::numeric_limits<double>::infinity(), -0.0}};
    outcome.answer =
        Answer{std::nullopt, "t", 0.1 + 0.2, DecidedBy::both, true, std::string("why \xff"), {0.3, 5e-324}};
    outcome.failure = Failure{ErrorCode::endpoint_failed, "500 \x80", FailureScope::run};
    outcome.demonstrations_dropped = 1;
    outcome.calls = 2;
    outcome.cached_calls = 3;
    outcome.failed_calls = 4;
    outcome.usage = {std::numeric_limits<std::uint64_t>::max(), 0, 1};
    RowOutcome back = pipeline::row_outcome_from_json(json::parse(pipeline::to_json(outcome).dump()));
    CHECK(std::isnan(back.prediction->distribution[2]));
    back.prediction->distribution[2] = outcome.prediction->distribution[2] = 0; // NaN is equal to nothing
    CHECK(back == outcome);
    CHECK(std::signbit(back.verdict->label_logprobs[1]));
    CHECK(pipeline::row_outcome_from_json(pipeline::to_json(RowOutcome{})) == RowOutcome{});
}

TEST_CASE("What is no outcome is an error") {
    for (const char* text : {"{}", "[]", "3", R"({"dropped": -1, "calls": [], "usage": []})"}) {
        CHECK_THROWS_AS(pipeline::row_outcome_from_json(json::parse(text)), Error);
    }
}
