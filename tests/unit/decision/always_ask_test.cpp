#include <familiar/decision/always_ask.hpp>

#include <laws/decision_laws.hpp>

#include <catch2/catch.hpp>

using namespace familiar;

TEST_CASE("always asking keeps the laws of decisions") {
    Task task;
    task.labels = {"yes", "no", "maybe"};
    laws::check_decision_laws(decision::AlwaysAsk(), task);
}

TEST_CASE("the LLM is asked however sure the plug-in is") {
    CHECK(decision::AlwaysAsk().asks(Prediction{0, 1.0, {}}));
    CHECK(decision::AlwaysAsk().asks(std::nullopt));
    CHECK(decision::AlwaysAsk().identity() == "always");
}
