#include <familiar/decision/decide.hpp>

#include <catch2/catch.hpp>

#include <cmath>
#include <limits>
#include <vector>

using namespace familiar;
using namespace familiar::decision;

namespace {

Task two_labels() {
    Task task;
    task.labels = {"yes", "no"};
    return task;
}

} // namespace

TEST_CASE("the softmax of log-probabilities is a probability, whatever their size") {
    CHECK(label_distribution(std::vector<double>{std::log(0.2), std::log(0.6)})[1] == Approx(0.75));
    CHECK(label_distribution(std::vector<double>{-5000.0, -5001.0})[0] == Approx(1.0 / (1.0 + std::exp(-1.0))));
    const double none = -std::numeric_limits<double>::infinity();
    CHECK(label_distribution(std::vector<double>{none, -1.0}) == std::vector<double>{0.0, 1.0});
    CHECK(label_distribution(std::vector<double>{none, none}).empty());
    CHECK(label_distribution(std::vector<double>{-1.0, std::nan("")}).empty());
    CHECK(label_distribution({}).empty());
}

TEST_CASE("the LLM's label is the answer, and differs from the plug-in's or not") {
    const auto same = llm_decides(two_labels(), Prediction{1, 0.6, {}}, {1, "no", {}});
    CHECK(same.label == 1u);
    CHECK_FALSE(same.overridden);
    CHECK(same.probability == 1.0);
    CHECK(same.decided_by == DecidedBy::llm);
    const auto other = llm_decides(two_labels(), Prediction{1, 0.6, {}}, {0, "", {std::log(0.3), std::log(0.1)}});
    CHECK(other.overridden);
    CHECK(other.probability == Approx(0.75));
    CHECK_FALSE(llm_decides(two_labels(), std::nullopt, {0, "yes", {}}).overridden);
}

TEST_CASE("a reply that is no label is an answer without one") {
    const auto answer = llm_decides(two_labels(), Prediction{1, 0.6, {}}, {std::nullopt, "perhaps", {}});
    CHECK_FALSE(answer.label);
    CHECK(answer.probability == 0.0);
    CHECK(answer.overridden); // the answer is not the plug-in's label
    CHECK(answer.decided_by == DecidedBy::llm);
}

TEST_CASE("a generated text is the answer") {
    const auto answer = llm_decides(Task{}, std::nullopt, {std::nullopt, "Good day", {}});
    CHECK(answer.text == "Good day");
    CHECK_FALSE(answer.label);
}

TEST_CASE("where nobody was asked there is no answer") {
    CHECK_THROWS_AS(whoever_was_asked(two_labels(), std::nullopt, std::nullopt), Error);
    const auto plugin = whoever_was_asked(two_labels(), Prediction{0, 0.7, {}}, std::nullopt);
    CHECK(plugin.label == 0u);
    CHECK(plugin.probability == 0.7);
    CHECK(plugin.decided_by == DecidedBy::plugin);
    CHECK_FALSE(plugin.overridden);
}
