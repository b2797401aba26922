#include <familiar/pipeline/write_grimoire.hpp>

#include <familiar/data/text_file.hpp>

#include "task_folder.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <string>

using namespace familiar;
using pipeline::WriteOptions;
using pipeline::WriteOutcome;
using tests::Endpoint;
using tests::TaskFolder;

namespace {

struct Room {
    TaskFolder task;
    Endpoint strong{[this](const std::string& prompt) {
        return std::pair<int, std::string>(status,
                                           status == 200 ? "- rule " + store::sha256(prompt).substr(0, 8) : "no");
    }};
    Endpoint weak{[](const std::string&) { return std::pair<int, std::string>(200, "up"); }}; // wrong every other time
    std::atomic<int> status{200};

    [[nodiscard]] WriteOptions options(const std::string& strategy, const std::string& name) const {
        WriteOptions options;
        options.task = task.path;
        options.strategy = strategy;
        options.strong = strong.spec({{"retries", 0}});
        options.weak = weak.spec();
        options.select = "random";
        options.samples = 2;
        options.name = name;
        options.cache = task.path / "cache.sqlite";
        return options;
    }

    [[nodiscard]] WriteOutcome write(const WriteOptions& options) {
        ThreadPool pool(1);
        return pipeline::write_grimoire(options, pool, kernels::Dispatched());
    }
    [[nodiscard]] grimoire::GrimoireStore shelf() const { return grimoire::GrimoireStore(task.path / "grimoires"); }
};

} // namespace

TEST_CASE("What a strategy writes is stored with its provenance; the same again asks nothing and keeps edits") {
    Room room;
    const auto options = room.options("profound", "mine");
    const auto outcome = room.write(options);
    CHECK_FALSE(outcome.known);
    REQUIRE(room.strong.prompts().size() == 1);
    const auto stored = room.shelf().require("mine");
    CHECK(stored.provenance.task == "ups");
    CHECK(stored.provenance.samples.size() == 4);
    CHECK(stored.provenance.weak.empty());
    CHECK_THAT(stored.grimoire.text, Catch::StartsWith("- rule "));

    std::ofstream(outcome.file, std::ios::app) << "By hand.\n";
    auto fresh = options;
    fresh.cache = room.task.path / "fresh.sqlite";
    const auto again = room.write(fresh);
    CHECK(again.known);
    REQUIRE(again.remarks.size() == 1);
    CHECK(room.strong.prompts().size() == 1);
    CHECK_THAT(room.shelf().require("mine").grimoire.text, Catch::EndsWith("\nBy hand."));

    for (auto change :
         {+[](WriteOptions& o) { o.seed = 7; }, +[](WriteOptions& o) { o.samples = 3; },
          +[](WriteOptions& o) { o.strategy = "zero-shot"; }, +[](WriteOptions& o) { o.select = "balanced"; },
          +[](WriteOptions& o) { o.format = "original"; }}) {
        auto other = options;
        change(other);
        try {
            (void)room.write(other);
            FAIL("a grimoire was replaced");
        } catch (const Error& error) {
            CHECK(error.code() == ErrorCode::conflicting_run);
            CHECK_THAT(error.what(), Catch::Contains("mine"));
        }
    }
    CHECK(room.strong.prompts().size() == 1);
}

TEST_CASE("Simple condenses the profound one of the same parameters, and writes it where it is missing") {
    Room room;
    (void)room.write(room.options("simple", "short"));
    CHECK(room.strong.prompts().size() == 2);
    const auto parent = room.shelf().require("short-profound");
    CHECK(room.shelf().require("short").provenance.parent == "short-profound");
    CHECK_THAT(room.strong.prompts()[1], Catch::Contains(parent.grimoire.text));
    std::ofstream(parent.file, std::ios::app) << "Mind the irony.\n";
    (void)room.write(room.options("simple", "shorter"));
    REQUIRE(room.strong.prompts().size() == 3);
    CHECK_THAT(room.strong.prompts()[2], Catch::Contains("Mind the irony."));
}

TEST_CASE("A plan asks nothing and is never exceeded; what fails is not stored, what was answered not asked again") {
    Room room;
    const std::string strategy = GENERATE("simple", "mistakes", "validated", "playbook");
    CAPTURE(strategy);
    const auto options = room.options(strategy, "mine");
    ThreadPool pool(1);
    const auto plan = pipeline::plan_grimoire(options, pool, kernels::Dispatched());
    CHECK(room.strong.prompts().size() + room.weak.prompts().size() == 0);
    CHECK(plan.prompt_tokens > 0);

    room.status = 400;
    CHECK_THROWS_AS(room.write(options), Error);
    CHECK(room.shelf().entries().empty());
    const std::size_t failed = room.strong.prompts().size();
    room.status = 200;
    (void)room.write(options);
    CHECK(room.strong.prompts().size() - failed <= plan.strong_calls);
    auto weak = room.weak.prompts();
    CHECK(weak.size() <= plan.weak_calls);
    std::sort(weak.begin(), weak.end());
    CHECK(std::adjacent_find(weak.begin(), weak.end()) == weak.end());
    CHECK(room.shelf().find("mine") != nullptr);
    CHECK(pipeline::plan_grimoire(options, pool, kernels::Dispatched()).strong_calls == 0);
}

TEST_CASE("Wrong options are told before anything is asked") {
    Room room;
    for (auto change : {+[](WriteOptions& o) { o.strategy = "profund"; }, +[](WriteOptions& o) { o.weak.clear(); },
                        +[](WriteOptions& o) { o.strong = "none"; }, +[](WriteOptions& o) { o.name = "../x"; },
                        +[](WriteOptions& o) { o.samples = 0; }, +[](WriteOptions& o) { o.select = "randon"; },
                        +[](WriteOptions& o) { o.format = "theirs"; }}) {
        auto options = room.options("mistakes", "mine");
        change(options);
        CHECK_THROWS_AS(room.write(options), Error);
    }
    CHECK(room.strong.prompts().size() + room.weak.prompts().size() == 0);
    CHECK(room.shelf().entries().empty());
}

TEST_CASE("hard samples are those that the weak LLM gets wrong; --plan counts its calls") {
    Room room;
    Endpoint weak(
        [](const std::string& prompt) { // wrong about 1 and 3, which are down, and about 0 and 2, which are up
            const auto number = std::stoul(prompt.substr(prompt.rfind("shown ") + 6));
            return std::pair<int, std::string>(200, (number % 2 == 0) == (number > 3) ? "up" : "down");
        });
    auto options = room.options("profound", "hard");
    options.weak = weak.spec();
    options.select = R"({"type": "hss", "share": 1, "judge": "llm"})";
    ThreadPool pool(1);
    const auto plan = pipeline::plan_grimoire(options, pool, kernels::Dispatched());
    CHECK(plan.weak_calls == 9);
    CHECK(plan.strong_calls == 1);
    CHECK(weak.prompts().empty());
    (void)room.write(options);
    CHECK(weak.prompts().size() == 9);
    auto shown = room.shelf().require("hard").provenance.samples;
    std::sort(shown.begin(), shown.end());
    CHECK(shown == std::vector<std::string>{"0", "1", "2", "3"});
    CHECK_FALSE(room.shelf().require("hard").provenance.weak.empty());
    options.weak.clear();
    options.name = "other";
    CHECK_THROWS_WITH(room.write(options), Catch::Contains("--weak"));
}

TEST_CASE("generated samples are judged by the plug-in, and what was dropped is said") {
    Room room;
    Endpoint strong([](const std::string& prompt) {
        const bool up = prompt.find("right answer is \"up\"") != std::string::npos;
        const bool down = prompt.find("right answer is \"down\"") != std::string::npos;
        return std::pair<int, std::string>(200, up     ? "- query 0\n- query 1"
                                                : down ? "- query 3\n- query 5\n- query 5"
                                                       : "- notes");
    });
    auto options = room.options("generated", "own");
    options.strong = strong.spec();
    options.plugin = "precomputed:" + (room.task.path / "predictions.in").string(); // says down of everything
    options.strategy = R"({"type": "generated", "nearness": 2})";                   // no embeddings, then
    ThreadPool pool(1);
    CHECK(pipeline::plan_grimoire(options, pool, kernels::Dispatched()).strong_calls == 3);
    const auto outcome = room.write(options);
    CHECK(room.shelf().require("own").grimoire.text == "- notes");
    REQUIRE(outcome.remarks.size() == 2);
    CHECK_THAT(outcome.remarks[0],
               Catch::Contains("2 shown, 0 unreadable, 1 copies, 2 of another label by the plug-in"));
    CHECK_THAT(outcome.remarks[1], Catch::Contains("label up"));
    options.plugin = "none";
    CHECK_THROWS_WITH(room.write(options), Catch::Contains("other parameters"));
}
