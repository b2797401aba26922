#include <familiar/pipeline/run_task.hpp>

#include "task_folder.hpp"

#include <catch2/catch.hpp>

#include <atomic>

using namespace familiar;
using namespace familiar::tests;
using nlohmann::json;
using pipeline::run_task;
using pipeline::RunOptions;
using pipeline::RunOutcome;

namespace {

RunOutcome run_options(const RunOptions& options, std::size_t threads = 1) {
    ThreadPool pool(threads);
    return run_task(options, pool, kernels::Dispatched());
}

Error error_of(const RunOptions& options) {
    try {
        (void)run_options(options);
    } catch (const Error& error) {
        return error;
    }
    FAIL("no error");
    return {ErrorCode::cancelled, ""};
}

} // namespace

TEST_CASE("A run writes predictions and a report whose figures follow from them") {
    const TaskFolder task;
    Endpoint endpoint(right_reply);
    const RunOutcome outcome = run_options(task.options(endpoint.spec()));
    CHECK(outcome.exit_status() == 0);
    const auto rows = read_rows(task.path / "out" / "predictions.jsonl");
    REQUIRE(rows.size() == 12);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        CHECK(rows[i]["id"] == i);
        CHECK(rows[i]["label"] == (i % 2 == 0 ? "up" : "down"));
        CHECK(rows[i]["label"] == rows[i]["gold"]);
        CHECK(rows[i]["plugin"]["label"] == "down");
        CHECK(rows[i]["overridden"] == (i % 2 == 0));
        CHECK(rows[i]["decided_by"] == "llm");
        CHECK(rows[i]["error"].is_null());
    }
    const json report = json::parse(read_file(task.path / "out" / "report.json"));
    CHECK(report["accuracy"] == 1.0);
    CHECK(report["override_rate"] == 0.5);
    CHECK(report["calls"] == 12);
    CHECK(report["cached_calls"] == 0);
    CHECK(report["tokens"]["prompt"] == 12 * 7);
    CHECK(report["mcnemar"]["b"] == 6);
    CHECK(report["mcnemar"]["c"] == 0);
    CHECK(report["parameters"]["llm"]["model"] == "m");
    CHECK(report["hashes"].contains("train"));
    CHECK(endpoint.prompts().size() == 12);
}

TEST_CASE("The same run again asks nothing and writes the same; other options are refused and change nothing") {
    const TaskFolder task;
    Endpoint endpoint(right_reply);
    const RunOptions options = task.options(endpoint.spec());
    (void)run_options(options);
    const std::string before = read_file(task.path / "out" / "predictions.jsonl");
    RunOptions uncached = options;
    uncached.cache = task.path / "fresh.sqlite";
    const RunOutcome again = run_options(uncached, 2);
    CHECK(endpoint.prompts().size() == 12);
    CHECK(again.report->run.calls == 12);
    CHECK(read_file(task.path / "out" / "predictions.jsonl") == before);

    RunOptions other = uncached;
    other.seed = 9;
    CHECK(error_of(other).code() == ErrorCode::conflicting_run);
    task.write("train.jsonl", read_file(task.path / "train.jsonl") + "{\"text\": \"new\", \"label\": \"up\"}\n");
    CHECK(error_of(uncached).code() == ErrorCode::conflicting_run);
    CHECK(endpoint.prompts().size() == 12);
    CHECK(read_file(task.path / "out" / "predictions.jsonl") == before);
}

TEST_CASE("How the endpoint is reached may change while a run is continued") {
    const TaskFolder task;
    Endpoint endpoint(right_reply);
    (void)run_options(task.options(endpoint.spec()));
    CHECK(run_options(task.options(endpoint.spec({{"timeout", 5}, {"concurrency", 2}}))).exit_status() == 0);
}

TEST_CASE("Another run with the same prompts asks nothing, and its cached calls are counted") {
    const TaskFolder task;
    Endpoint endpoint(right_reply);
    (void)run_options(task.options(endpoint.spec(), "first"));
    const RunOutcome second = run_options(task.options(endpoint.spec(), "second"));
    CHECK(endpoint.prompts().size() == 12);
    CHECK(second.report->run.calls == 0);
    CHECK(second.report->run.cached_calls == 12);
    CHECK(read_file(task.path / "first" / "predictions.jsonl") ==
          read_file(task.path / "second" / "predictions.jsonl"));
}

TEST_CASE("Rows that fail are named, exit status 3, and a later run asks about them alone") {
    const TaskFolder task;
    std::atomic<bool> broken{true};
    Endpoint endpoint([&](const std::string& prompt) {
        if (broken && number_of(prompt) % 5 == 2) return std::pair<int, std::string>(400, "too long for me");
        return right_reply(prompt);
    });
    const RunOutcome outcome = run_options(task.options(endpoint.spec()));
    CHECK(outcome.exit_status() == 3);
    CHECK(outcome.report->failed == 2);
    auto rows = read_rows(task.path / "out" / "predictions.jsonl");
    CHECK(rows[7]["error"].get<std::string>().find("too long for me") != std::string::npos);
    CHECK(rows[7]["label"].is_null());
    broken = false;
    CHECK(run_options(task.options(endpoint.spec())).exit_status() == 0);
    CHECK(endpoint.prompts().size() == 14);
    rows = read_rows(task.path / "out" / "predictions.jsonl");
    CHECK(rows[7]["error"].is_null());
    CHECK(rows[7]["label"] == "down");
}

TEST_CASE("A refused key ends the run without files") {
    const TaskFolder task(40);
    Endpoint endpoint([](const std::string&) { return std::pair<int, std::string>(401, "who are you"); });
    const RunOutcome outcome = run_options(task.options(endpoint.spec()));
    CHECK(outcome.exit_status() == 1);
    REQUIRE(outcome.ended_by.has_value());
    CHECK(outcome.ended_by->message.find("401") != std::string::npos);
    CHECK(endpoint.prompts().size() <= 8);
    CHECK_FALSE(std::filesystem::exists(task.path / "out" / "report.json"));
}

TEST_CASE("An interrupted run says so, and the next one asks what is missing") {
    const TaskFolder task(30);
    Cancellation cancellation;
    std::atomic<int> count{0};
    Endpoint endpoint([&](const std::string& prompt) {
        if (++count == 10) cancellation.request();
        return right_reply(prompt);
    });
    ThreadPool pool(1);
    const auto options = task.options(endpoint.spec({{"concurrency", 2}}));
    const RunOutcome outcome = run_task(options, pool, kernels::Dispatched(), {}, &cancellation);
    CHECK(outcome.exit_status() == 130);
    CHECK(outcome.done < 30);
    CHECK_FALSE(std::filesystem::exists(task.path / "out" / "predictions.jsonl"));
    const std::size_t before = endpoint.prompts().size();
    CHECK(run_options(options).exit_status() == 0);
    CHECK(endpoint.prompts().size() - before <= 30 - outcome.done);
}

TEST_CASE("Methods have the parts that their names say") {
    const TaskFolder task;
    Endpoint endpoint(right_reply);
    const auto prompt_of = [&](const char* method, std::vector<std::string> ablate = {}) {
        RunOptions options =
            task.options(endpoint.spec(), ("out-" + std::string(method) + std::to_string(ablate.size())).c_str());
        options.method = method;
        options.ablate = std::move(ablate);
        options.limit = 1;
        const std::size_t before = endpoint.prompts().size();
        CHECK(run_options(options).exit_status() == 0);
        const auto prompts = endpoint.prompts();
        return prompts.size() == before ? std::string() : prompts.back();
    };
    const auto demonstrations = [](const std::string& prompt) {
        std::size_t count = 0;
        for (auto at = prompt.find("shown "); at != std::string::npos; at = prompt.find("shown ", at + 1)) ++count;
        return count;
    };
    const std::string zero = prompt_of("zero-shot"), icl = prompt_of("icl"), supericl = prompt_of("supericl");
    CHECK(demonstrations(zero) == 0);
    CHECK(demonstrations(icl) == 4);
    CHECK(demonstrations(supericl) == 4);
    CHECK(icl.find("Classifier") == std::string::npos);
    CHECK(supericl.find("Classifier") != std::string::npos);
    CHECK(prompt_of("plugin").empty());
    CHECK(demonstrations(prompt_of("supericl", {"demonstrations"})) == 0);
    CHECK(prompt_of("supericl", {"demonstrations", "confidence"}).find("sure)") == std::string::npos);
}

TEST_CASE("An output folder that cannot be made is an error that names it, before anything is asked") {
    const TaskFolder task;
    Endpoint endpoint(right_reply);
    RunOptions options = task.options(endpoint.spec());
    options.out = task.path / "test.jsonl" / "out";
    const Error error = error_of(options);
    CHECK(error.code() == ErrorCode::file_unwritable);
    CHECK(std::string(error.what()).find("test.jsonl") != std::string::npos);
    CHECK(endpoint.prompts().empty());
}

TEST_CASE("A run over the train split shows no example its own label") {
    const TaskFolder task;
    Endpoint endpoint([](const std::string&) { return std::pair<int, std::string>(200, "up"); });
    RunOptions options = task.options(endpoint.spec());
    options.split = "train";
    options.demonstrations = 9; // the whole pool
    CHECK(run_options(options).exit_status() == 0);
    const auto prompts = endpoint.prompts();
    CHECK(prompts.size() == 9);
    for (const auto& prompt : prompts) {
        const auto last = prompt.rfind("shown ");
        const std::string query = prompt.substr(last, prompt.find('\n', last) - last);
        CHECK(prompt.find(query + "\n") == last);
    }
}
