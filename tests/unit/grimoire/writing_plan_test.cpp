#include <familiar/grimoire/writing_plan.hpp>

#include <familiar/grimoire/validated_strategy.hpp>

#include <support/toy_desk.hpp>

#include <catch2/catch.hpp>

using namespace familiar;

TEST_CASE("a plan counts what is asked where the weak LLM gets every row wrong", "[writing_plan]") {
    const tests::ToyDesk toy;
    grimoire::WritingMeasure measure;
    measure.reply_tokens = 100;
    measure.strong_tokens = [](const std::string&) { return 1000; };
    measure.weak_tokens = [](const Example&, const Grimoire* notes) { return notes == nullptr ? 1 : 10; };
    const auto plan = grimoire::plan_writing(grimoire::ValidatedStrategy(), toy.desk, measure);
    CHECK(plan.strong_calls == 4);
    CHECK(plan.weak_calls == 3 * 10 + 2 * 10); // candidates on one part, best and refined on the other
    CHECK(plan.prompt_tokens == 4 * 1000 + 50 * 10);
    CHECK(plan.completion_tokens == 400);
}
