#include <familiar/pipeline/run_plan.hpp>

#include "task_folder.hpp"

#include <catch2/catch.hpp>

using namespace familiar;
using namespace familiar::tests;
using pipeline::plan_task;
using pipeline::RunOptions;

TEST_CASE("A plan counts the calls and asks nothing, writes nothing") {
    const TaskFolder task;
    Endpoint endpoint(right_reply);
    ThreadPool pool(1);
    RunOptions options = task.options(endpoint.spec({{"price_per_million_prompt_tokens", 2.0}}));
    const auto plan = plan_task(options, pool, kernels::Dispatched());
    CHECK(plan.calls == 12);
    CHECK(plan.prompt_tokens > 12 * 20);
    CHECK(*plan.cost == Approx(double(plan.prompt_tokens) * 2e-6));
    CHECK(plan.explanations_at_most == 0);
    CHECK(endpoint.prompts().empty());
    CHECK_FALSE(std::filesystem::exists(task.path / "out"));
    options.decision = "unsure:0.05";
    CHECK(plan_task(options, pool, kernels::Dispatched()).calls == 5);
    options.method = "plugin";
    CHECK(plan_task(options, pool, kernels::Dispatched()).calls == 0);
}
