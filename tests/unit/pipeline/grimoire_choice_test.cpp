#include <familiar/pipeline/grimoire_choice.hpp>

#include <familiar/grimoire/grimoire_store.hpp>
#include <familiar/pipeline/run_plan.hpp>
#include <familiar/pipeline/run_task.hpp>

#include "task_folder.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>

using namespace familiar;
using tests::Endpoint;
using tests::number_of;
using tests::TaskFolder;

namespace {

/// A task whose store has these grimoires, and a dev split.
struct Shelf {
    explicit Shelf(std::initializer_list<std::pair<const char*, const char*>> grimoires) {
        grimoire::GrimoireStore shelf(task.path / "grimoires");
        for (const auto& [name, text] : grimoires) {
            grimoire::StoredGrimoire stored;
            stored.grimoire = {name, text};
            stored.provenance.strategy = "profound";
            stored.provenance.prompt_hash = store::sha256("");
            shelf.put(stored);
        }
        std::string dev;
        for (std::size_t i = 100; i < 110; ++i) {
            dev += nlohmann::json{{"text", "query " + std::to_string(i)}, {"label", i % 2 == 0 ? "up" : "down"}}.dump();
            dev += "\n";
        }
        task.write("dev.jsonl", dev);
    }

    [[nodiscard]] pipeline::RunOptions options(const Endpoint& endpoint, const std::string& grimoire) const {
        auto options = task.options(endpoint.spec(), grimoire.substr(0, 4).c_str());
        options.method = "grimoire";
        options.demonstrations.reset();
        options.grimoire = grimoire;
        return options;
    }

    static pipeline::RunOutcome run(const pipeline::RunOptions& options) {
        ThreadPool pool(1);
        return pipeline::run_task(options, pool, kernels::Dispatched());
    }

    TaskFolder task;
};

std::pair<int, std::string> by_notes(const std::string& prompt) {
    const bool even = number_of(prompt) % 2 == 0;
    if (prompt.find("all of it") != std::string::npos) return {200, even ? "up" : "down"};
    if (prompt.find("only up") != std::string::npos) return {200, "up"};
    return {200, "down"};
}

} // namespace

TEST_CASE("The best grimoire is chosen by dev rows, once, and the report names it") {
    const Shelf shelf{{"a", "Say only up."}, {"b", "Look at all of it."}, {"c", "Say down."}};
    Endpoint endpoint(by_notes);
    auto options = shelf.options(endpoint, "best");
    {
        ThreadPool pool(1);
        CHECK(pipeline::plan_task(options, pool, kernels::Dispatched()).calls == 12 + 3 * 10);
        CHECK(endpoint.prompts().empty());
    }
    const auto outcome = Shelf::run(options);
    REQUIRE(outcome.report);
    CHECK(outcome.report->accuracy == 1.0);
    CHECK(outcome.report->run.calls == 42);
    CHECK(outcome.report->run.notes_lines_dropped == 0);
    CHECK(outcome.report->run.parameters["grimoire"]["name"] == "b");
    CHECK(outcome.report->run.parameters["grimoire"]["dev_rows_right"]["a"] == 5);
    const auto prompts = endpoint.prompts();
    CHECK(prompts.size() == 42);
    CHECK(std::all_of(prompts.begin(), prompts.end(), [](const std::string& prompt) {
        return number_of(prompt) >= 100 || prompt.find("all of it") != std::string::npos;
    }));
    options.cache = shelf.task.path / "another.sqlite";
    const auto again = Shelf::run(options);
    CHECK(endpoint.prompts().size() == 42);
    CHECK(again.report->run.parameters == outcome.report->run.parameters);
    CHECK(again.report->run.calls == 42);
}

TEST_CASE("The oracle shows each row notes that make it right, and asks nothing twice") {
    const Shelf shelf{{"downs", "Say down."}, {"ups", "Say only up."}};
    Endpoint endpoint(by_notes);
    auto options = shelf.options(endpoint, "oracle");
    options.use_cache = false;
    const auto outcome = Shelf::run(options);
    REQUIRE(outcome.report);
    CHECK(outcome.report->accuracy == 1.0);
    CHECK(outcome.report->run.parameters["grimoire"]["upper_bound"] == true);
    CHECK(outcome.report->run.calls == 24);
    CHECK(endpoint.prompts().size() == 24);
}

TEST_CASE("A grimoire is named, read from a file, or missing; an edited one is told of") {
    const Shelf shelf{{"mine", "Look at all of it."}, {"other", "Say down."}};
    Endpoint endpoint(by_notes);
    std::ofstream(shelf.task.path / "grimoires" / "mine.md", std::ios::app) << "Every word.\n";
    const auto named = Shelf::run(shelf.options(endpoint, "mine"));
    CHECK(named.report->accuracy == 1.0);
    REQUIRE(named.remarks.size() == 1);
    CHECK_THAT(named.remarks[0], Catch::Contains("mine"));
    const auto prompts = endpoint.prompts();
    CHECK(prompts.size() == 12);
    CHECK_THAT(prompts[0], Catch::Contains("Look at all of it.\nEvery word.") && !Catch::Contains("shown "));

    shelf.task.write("plain.txt", "\xef\xbb\xbfLook at all of it.\r\nEvery word.\r\n");
    for (const char* file : {"plain.txt", "grimoires/mine.md"}) {
        auto options = shelf.options(endpoint, "file:" + (shelf.task.path / file).string());
        options.out = shelf.task.path / (std::string("out-") + (file[0] == 'p' ? "plain" : "stored"));
        CHECK(Shelf::run(options).report->run.cached_calls == 12); // the same prompts
    }
    for (const char* wrong : {"mien", "file:nowhere.md", "ranked:size", "file:"})
        CHECK_THROWS_AS(Shelf::run(shelf.options(endpoint, wrong)), Error);
    std::filesystem::remove(shelf.task.path / "dev.jsonl");
    CHECK_THROWS_AS(Shelf::run(shelf.options(endpoint, "best")), Error);
    std::filesystem::remove_all(shelf.task.path / "grimoires");
    CHECK_THROWS_AS(Shelf::run(shelf.options(endpoint, "best")), Error);
    CHECK(endpoint.prompts().size() == 12);
}
