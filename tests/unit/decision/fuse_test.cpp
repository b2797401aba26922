#include <familiar/decision/fuse.hpp>

#include <laws/decision_laws.hpp>

#include <familiar/core/random.hpp>
#include <familiar/decision/any_decision.hpp>

#include <catch2/catch.hpp>

using namespace familiar;
using namespace familiar::decision;

namespace {

Task two_labels() {
    Task task;
    task.labels = {"no", "yes"};
    return task;
}

FittingRow row(double plugin_yes, double llm_yes) {
    FittingRow out;
    out.prediction =
        Prediction{plugin_yes > 0.5 ? 1U : 0U, std::max(plugin_yes, 1 - plugin_yes), {1 - plugin_yes, plugin_yes}};
    out.label_logprobs = {std::log(1 - llm_yes), std::log(llm_yes)};
    return out;
}

/// The plug-in is right for 8 of 10 rows, the LLM for as many as it is told, or says what the plug-in says.
DecisionTrial trial(bool line, double llm, bool copies = false) {
    Random random(1);
    DecisionTrial out;
    out.plugin_line = line;
    for (int i = 0; i < 200; ++i) {
        const std::size_t gold = random.below(2);
        const auto say = [&](double right) { return (random.uniform() < right) == (gold == 1) ? 0.9 : 0.1; };
        const double plugin = say(0.8), own = say(llm);
        out.rows.push_back(row(plugin, copies ? plugin : own));
        out.gold.push_back(gold);
    }
    out.prior = {std::log(0.5), std::log(0.5)};
    return out;
}

std::size_t right(const Fuse& fuse, const DecisionTrial& t, bool plugin, bool llm) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < t.rows.size(); ++i) {
        LlmVerdict verdict;
        verdict.label_logprobs = t.rows[i].label_logprobs;
        verdict.label = verdict.label_logprobs[1] > verdict.label_logprobs[0] ? 1 : 0;
        const std::size_t label = plugin && llm ? fuse.decide(two_labels(), t.rows[i].prediction, verdict).label.value()
                                  : plugin      ? t.rows[i].prediction->label
                                                : *verdict.label;
        count += label == t.gold[i] ? 1 : 0;
    }
    return count;
}

} // namespace

TEST_CASE("a fusion keeps the laws of decisions, fitted or not") {
    laws::check_decision_laws(Fuse(), two_labels());
    Fuse fitted;
    fitted.use({true, {1.0, 0.5, 0.2}, {}, 0, 0.0, 0});
    laws::check_decision_laws(fitted, two_labels());
    laws::check_decision_laws(AnyDecision(Fuse()), two_labels());
}

TEST_CASE("fused answers are right at least as often as the better of both, on the rows that they are fitted on") {
    for (const double llm : {0.3, 0.5, 0.8, 0.95}) {
        const std::vector<DecisionTrial> trials = {trial(true, llm)};
        Fuse fuse;
        const auto fitted = fuse.fit(two_labels(), trials);
        const std::size_t both = right(fuse, trials[0], true, true);
        CHECK(both >= right(fuse, trials[0], true, false));
        CHECK(both >= right(fuse, trials[0], false, true));
        CHECK(fitted.right == both);
        CHECK(fitted.rows == 200);
    }
}

TEST_CASE("where the LLM copies the plug-in's line, prompts do without it") {
    const std::vector<DecisionTrial> copied = {trial(true, 0.5, true), trial(false, 0.8)};
    CHECK_FALSE(Fuse().fit(two_labels(), copied).plugin_line);
    const std::vector<DecisionTrial> helped = {trial(true, 0.95), trial(false, 0.6)};
    CHECK(Fuse().fit(two_labels(), helped).plugin_line);
}

TEST_CASE("both decide where both have spoken, and the probability is the fused one") {
    Fuse fuse;
    fuse.use({true, {1.0, 1.0, 0.0}, {}, 0, 0.0, 0});
    LlmVerdict verdict;
    verdict.label = 0;
    verdict.label_logprobs = {std::log(0.6), std::log(0.4)};
    const auto answer = fuse.decide(two_labels(), Prediction{1, 0.9, {0.1, 0.9}}, verdict);
    CHECK(answer.label == 1U);
    CHECK(answer.decided_by == DecidedBy::both);
    CHECK_FALSE(answer.overridden);
    CHECK(answer.probability == Approx(0.36 / 0.42));
    CHECK(fuse.decide(two_labels(), Prediction{1, 0.9, {}}, verdict).probability == Approx(0.36 / 0.42));
    CHECK(fuse.decide(two_labels(), std::nullopt, verdict).decided_by == DecidedBy::llm);
    CHECK(fuse.decide(two_labels(), Prediction{1, 0.9, {}}, std::nullopt).decided_by == DecidedBy::plugin);
}

TEST_CASE("nothing to fit to is an error") {
    Fuse::Parameters parameters;
    parameters.rows = 0;
    CHECK_THROWS_AS(Fuse(parameters), Error);
    parameters.rows = 1;
    parameters.top_logprobs = 0;
    CHECK_THROWS_AS(Fuse(parameters), Error);
    Fuse fuse;
    CHECK_THROWS_AS(fuse.fit(two_labels(), {}), Error);
    const std::vector<DecisionTrial> empty(2);
    CHECK_THROWS_AS(fuse.fit(two_labels(), empty), Error);
}
