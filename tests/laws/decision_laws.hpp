#pragma once

#include <familiar/decision/decision_policy.hpp>
#include <familiar/decision/fits_decision.hpp>

#include <catch2/catch.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace familiar::laws {

/// The laws of `DecisionPolicy`: a probability lies in [0, 1]; `overridden` says exactly whether the answer is not the
/// plug-in's label, and never without a plug-in; where the LLM was not asked the plug-in's label stands; where there is
/// no plug-in the LLM is asked and decides; the same gives the same. One that is fitted needs the labels'
/// probabilities.
template <decision::DecisionPolicy D> void check_decision_laws(const D& decision, const Task& task) {
    REQUIRE(task.labels.size() >= 2);
    CHECK_FALSE(std::string(decision.identity()).empty());
    const std::size_t labels = task.labels.size();

    std::vector<std::optional<Prediction>> predictions = {std::nullopt};
    for (std::size_t label = 0; label < labels; ++label) {
        for (const double confidence : {0.0, 0.4, 0.90, 1.0}) {
            predictions.emplace_back(Prediction{label, confidence, {}});
            std::vector<double> distribution(labels, (1.0 - confidence) / double(labels - 1));
            distribution[label] = confidence;
            predictions.emplace_back(Prediction{label, confidence, distribution});
        }
    }
    std::vector<std::optional<LlmVerdict>> verdicts = {std::nullopt, LlmVerdict{std::nullopt, "no label at all", {}}};
    for (std::size_t label = 0; label < labels; ++label) {
        verdicts.emplace_back(LlmVerdict{label, task.labels[label], {}});
        std::vector<double> logprobs(labels, -7.5);
        logprobs[label] = -0.25;
        verdicts.emplace_back(LlmVerdict{label, {}, logprobs});
    }
    CHECK(decision.asks(std::nullopt));
    if constexpr (decision::FitsDecision<D>) CHECK((decision.fit_rows() > 0) == (decision.top_logprobs() > 0));
    for (const auto& prediction : predictions) {
        CHECK(decision.asks(prediction) == decision.asks(prediction));
        for (const auto& verdict : verdicts) {
            if (!prediction && !verdict) continue;
            const Answer answer = decision.decide(task, prediction, verdict);
            CHECK(answer.probability >= 0.0);
            CHECK(answer.probability <= 1.0);
            if (answer.label) CHECK(*answer.label < labels);
            CHECK(answer.overridden == (prediction && answer.label != prediction->label));
            if (!verdict) {
                CHECK(answer.label == prediction->label);
                CHECK(answer.decided_by == DecidedBy::plugin);
            }
            if (!prediction) {
                CHECK(answer.label == verdict->label);
                CHECK(answer.decided_by == DecidedBy::llm);
            }
            CHECK(decision.decide(task, prediction, verdict) == answer);
        }
    }
}

} // namespace familiar::laws
