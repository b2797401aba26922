#include <familiar/decision/any_decision.hpp>

#include "unit/pipeline/toy_policies.hpp"

#include <familiar/decision/ask_when_unsure.hpp>

#include <catch2/catch.hpp>

using namespace familiar;
using namespace familiar::tests;

TEST_CASE("An erased decision decides as the decision does") {
    const decision::AskWhenUnsure plain;
    const decision::AnyDecision erased{decision::AskWhenUnsure()};
    const Task task = colour_task();
    CHECK(erased.identity() == plain.identity());
    for (const double confidence : {0.1, 0.89, 0.9, 1.0}) {
        const std::optional<Prediction> prediction = Prediction{1, confidence, {}};
        CHECK(erased.asks(prediction) == plain.asks(prediction));
        for (const auto& verdict : {std::optional<LlmVerdict>(), std::optional(LlmVerdict{2, "blue", {}})}) {
            CHECK(erased.decide(task, prediction, verdict) == plain.decide(task, prediction, verdict));
        }
    }
}
