#include <familiar/familiar.hpp>

#include <catch2/catch.hpp>

#if defined(CPPHTTPLIB_HTTPLIB_H) || defined(SQLITE_VERSION)
#error "the umbrella header stays light: no HTTP, no SQLite"
#endif

using namespace familiar;

TEST_CASE("The umbrella header is enough to compose a pipeline and to run it") {
    Task task;
    task.description = "Which colour?";
    task.labels = {"red", "green"};
    task.fields = {{"text", "Text"}};
    std::vector<Example> train(4), test(2);
    for (std::size_t i = 0; i < train.size(); ++i) {
        train[i] = {std::to_string(i), "shown", std::nullopt, task.labels[i % 2]};
    }
    for (auto& example : test) example.text = "asked";

    transport::Scripted llm(std::vector<std::string>{"red", "Green."});
    auto few_shot = compose(llm, demonstration::BalancedSelector());
    few_shot.prepare(task, train);
    const pipeline::RunResult all = pipeline::run(few_shot, test);
    REQUIRE(all.complete());
    CHECK(all.rows[0]->answer->label == 0U);
    CHECK(all.rows[1]->answer->label == 1U);
}
