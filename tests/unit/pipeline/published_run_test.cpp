#include <familiar/pipeline/published_run.hpp>

#include "task_folder.hpp"

#include <support/resources.hpp>
#include <support/scratch_folder.hpp>

#include <catch2/catch.hpp>

#include <fstream>

using namespace familiar;
using namespace familiar::tests;
using nlohmann::json;

TEST_CASE("data sets are found by the scripts' names") {
    CHECK(pipeline::published_glue("mnli-m", "data").folder == std::filesystem::path("data/mnli"));
    CHECK(pipeline::published_glue("cola", "data").task.metric == "matthews");
    CHECK(pipeline::published_xnli("de", "data").folder == std::filesystem::path("data/xnli_de"));
    CHECK(pipeline::published_xnli("de", "data").out == std::filesystem::path("de"));
    CHECK_THROWS_AS(pipeline::published_glue("sst5", "data"), Error);
    CHECK_THROWS_AS(pipeline::published_xnli("en/..", "data"), Error);
}

TEST_CASE("the three methods share demonstrations and predictions, and ask as the scripts do") {
    REQUIRE_RESOURCE(model, golden("encoders/bert"));
    const ScratchFolder scratch;
    const auto folder = scratch.path() / "xnli_en";
    std::filesystem::create_directories(folder);
    const char* const labels[] = {"entailment", "neutral", "contradiction"};
    for (const std::string split : {"dev", "test"}) { // no train split: demonstrations are of dev
        std::ofstream file(folder / (split + ".jsonl"));
        for (int i = 0; i < 6; ++i) {
            file << json{{"text_a", split + " a" + std::to_string(i)}, {"text_b", "b"}, {"label", labels[i % 3]}}.dump()
                 << "\n";
        }
    }
    Endpoint endpoint([](const std::string&) { return std::pair(200, std::string(" neutral\n")); });
    pipeline::PublishedOptions options;
    options.script = "xnli";
    options.model_path = model.string();
    options.model_name = "XLM-V";
    options.examples = 4;
    options.limit = 5;
    options.llm = endpoint.spec();
    options.cache = scratch.path() / "cache.sqlite";
    ThreadPool pool(1);
    pipeline::PublishedRuns runs(options, pool, kernels::Dispatched());
    const auto task = pipeline::published_xnli("en", scratch.path());
    for (const auto& method : runs.methods()) CHECK(runs.run(task, method, scratch.path() / "out").exit_status() == 0);
    const auto out = scratch.path() / "out" / "en";
    const auto plugin = read_rows(out / "plugin" / "predictions.jsonl"),
               both = read_rows(out / "supericl" / "predictions.jsonl");
    REQUIRE(plugin.size() == 5);
    REQUIRE(both.size() == 5);
    for (std::size_t i = 0; i < 5; ++i) {
        CHECK(plugin[i]["plugin"] == both[i]["plugin"]);
        CHECK(both[i]["label"] == "neutral");
        CHECK(plugin[i]["decided_by"] == "plugin");
    }
    for (const char* method : {"icl", "supericl"}) {
        const json report = json::parse(read_file(out / method / "report.json"));
        CHECK(report["parameters"]["demonstrations_from"] == "dev");
        CHECK(report["parameters"]["demos"] == 4);
    }
    options.limit = 0;
    CHECK_THROWS_AS(pipeline::PublishedRuns(options, pool, kernels::Dispatched()), Error);
    options.limit = 1;
    options.llm = "none";
    CHECK_THROWS_AS(pipeline::PublishedRuns(options, pool, kernels::Dispatched()), Error);
}
