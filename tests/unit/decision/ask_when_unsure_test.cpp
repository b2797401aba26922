#include <familiar/decision/ask_when_unsure.hpp>

#include <laws/decision_laws.hpp>

#include <catch2/catch.hpp>

#include <limits>

using namespace familiar;
using decision::AskWhenUnsure;

namespace {

AskWhenUnsure below(double threshold) {
    AskWhenUnsure::Parameters parameters;
    parameters.threshold = threshold;
    return AskWhenUnsure(parameters);
}

} // namespace

TEST_CASE("asking when unsure keeps the laws of decisions") {
    Task task;
    task.labels = {"yes", "no", "maybe"};
    for (const double threshold : {0.0, 0.5, 1.0}) laws::check_decision_laws(below(threshold), task);
}

TEST_CASE("the LLM is asked exactly where the confidence is below the threshold") {
    const auto decision = below(0.9);
    CHECK(decision.asks(Prediction{0, 0.899999, {}}));
    CHECK_FALSE(decision.asks(Prediction{0, 0.9, {}}));
    CHECK_FALSE(decision.asks(Prediction{0, 1.0, {}}));
    CHECK(decision.asks(std::nullopt));
    CHECK_FALSE(below(0.0).asks(Prediction{0, 0.0, {}}));
    CHECK_FALSE(below(1.0).asks(Prediction{0, 1.0, {}}));
}

TEST_CASE("a threshold outside 0 to 1 is an error that names it") {
    for (const double threshold : {-0.1, 7.0, std::numeric_limits<double>::quiet_NaN()}) {
        CHECK_THROWS_AS(below(threshold), Error);
    }
    CHECK_THROWS_WITH(below(7.0), Catch::Contains("7"));
    CHECK(below(0.9).identity() == "unsure(threshold=0.9)");
}
