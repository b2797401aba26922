#include <familiar/pipeline/runner.hpp>

#include "toy_policies.hpp"

#include <familiar/pipeline/compose.hpp>
#include <familiar/pipeline/run_store.hpp>

#include <support/scratch_folder.hpp>

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

using namespace familiar;
using namespace familiar::tests;
using pipeline::PipelineOptions;
using pipeline::RunResult;
using pipeline::RunSettings;
using pipeline::RunStore;
using pipeline::Step;
using transport::LlmReply;
using transport::LlmRequest;
using transport::Scripted;

namespace {

const nlohmann::json kParameters = {{"seed", 1}}, kHashes = {{"train", "abc"}};

template <class Llm> auto supericl(Llm llm, bool explain = false) {
    PipelineOptions options;
    options.demonstrations = 3;
    options.explain = explain;
    return compose(ColourPlugin(), OwnSelector(), llm, options);
}

template <class Pipeline, class Store>
RunResult run_stored(Pipeline& pipeline, const std::vector<Example>& examples, Store& store,
                     RunSettings settings = {}) {
    return pipeline::run(pipeline, examples, store, settings,
                         [&] { pipeline.prepare(colour_task(), colour_examples("train", 7)); });
}

std::vector<std::string> outcomes_of(const RunResult& result) {
    std::vector<std::string> texts;
    for (const auto& row : result.rows) texts.push_back(row ? pipeline::to_json(*row).dump() : "none");
    return texts;
}

} // namespace

TEST_CASE("Outputs are in the order of the rows and do not depend on the number of threads") {
    const auto examples = colour_examples("test", 60);
    std::vector<std::string> wanted;
    for (const std::size_t threads : {1U, 2U, 7U, 100U}) {
        auto pipeline = supericl(right_llm(threads));
        pipeline.prepare(colour_task(), colour_examples("train", 7));
        const RunResult result = pipeline::run(pipeline, examples);
        CHECK(result.complete());
        for (std::size_t i = 0; i < 60; ++i) CHECK(result.rows[i]->answer->label == i % 3);
        if (wanted.empty()) wanted = outcomes_of(result);
        CHECK(outcomes_of(result) == wanted);
    }
}

TEST_CASE("Several requests are under way at once, as many as the transport may use") {
    std::atomic<int> now{0}, most{0};
    Scripted llm(
        [&](const LlmRequest&) {
            const int here = ++now;
            for (int seen = most; seen < here && !most.compare_exchange_weak(seen, here);) {
            }
            for (int i = 0; i < 2000 && most < 4; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
            --now;
            return Result<LlmReply>(Scripted::reply("red"));
        },
        4);
    auto pipeline = supericl(llm);
    pipeline.prepare(colour_task(), colour_examples("train", 7));
    CHECK(pipeline::run(pipeline, colour_examples("test", 12)).complete());
    CHECK(most == 4);
}

TEST_CASE("Progress comes from the calling thread, in order, up to the last row") {
    auto pipeline = supericl(right_llm(3));
    pipeline.prepare(colour_task(), colour_examples("train", 7));
    std::size_t done = 0, total = 0;
    bool other_thread = false, backwards = false;
    const auto caller = std::this_thread::get_id();
    RunSettings settings;
    settings.progress = [&](const ProgressEvent& event) {
        other_thread = other_thread || std::this_thread::get_id() != caller;
        if (event.stage != "llm") return;
        backwards = backwards || event.done <= done; // every event tells something new
        done = event.done;
        total = event.total;
    };
    CHECK(pipeline::run(pipeline, colour_examples("test", 20), settings).complete());
    CHECK_FALSE(other_thread);
    CHECK_FALSE(backwards);
    CHECK(done == 20);
    CHECK(total == 20);
}

TEST_CASE("An exception of the sink or of a policy ends the run and is thrown to the caller") {
    auto pipeline = supericl(right_llm(3));
    pipeline.prepare(colour_task(), colour_examples("train", 7));
    RunSettings settings;
    settings.progress = [](const ProgressEvent& event) {
        if (event.stage == "llm") throw std::runtime_error("sink");
    };
    CHECK_THROWS_WITH(pipeline::run(pipeline, colour_examples("test", 20), settings), "sink");

    auto throwing = supericl(Scripted([](const LlmRequest&) -> Result<LlmReply> { throw std::logic_error("llm"); }, 3));
    throwing.prepare(colour_task(), colour_examples("train", 7));
    CHECK_THROWS_WITH(pipeline::run(throwing, colour_examples("test", 20)), "llm");
}

TEST_CASE("Rows that fail are kept with their reason, and a later run asks about them alone") {
    const ScratchFolder folder;
    const auto examples = colour_examples("test", 10);
    auto broken = std::make_shared<std::atomic<bool>>(true);
    Scripted right = right_llm();
    Scripted llm(
        [=](const LlmRequest& request) mutable -> Result<LlmReply> {
            const bool fifth = query_text(request).starts_with("test-2 ") || query_text(request).starts_with("test-7 ");
            if (*broken && fifth) return Failure{ErrorCode::malformed_reply, "garbage", FailureScope::row};
            return right.ask(request);
        },
        2);
    {
        RunStore store(folder, kParameters, kHashes);
        auto pipeline = supericl(llm);
        const RunResult result = run_stored(pipeline, examples, store);
        CHECK(result.complete());
        CHECK(result.failed() == 2);
        CHECK(result.rows[7]->failure->message == "garbage");
        CHECK(result.rows[7]->failed_calls == 1);
    }
    *broken = false;
    const std::size_t before = llm.asked().size();
    RunStore store(folder, kParameters, kHashes);
    auto pipeline = supericl(llm);
    const RunResult result = run_stored(pipeline, examples, store);
    CHECK(llm.asked().size() == before + 2);
    CHECK(pipeline.plugin().predicted() <= 2 + 7); // the two rows, and demonstrations
    CHECK(result.failed() == 0);
    CHECK(result.rows[7]->answer->label == 1U);
    CHECK(result.rows[7]->failed_calls == 1); // of the first attempt
}

TEST_CASE("A failure that every request shares ends the run, finished rows are kept") {
    const ScratchFolder folder;
    const auto examples = colour_examples("test", 50);
    auto count = std::make_shared<std::atomic<int>>(0);
    Scripted right = right_llm();
    Scripted llm(
        [=](const LlmRequest& request) mutable -> Result<LlmReply> {
            if (++*count > 5) return Failure{ErrorCode::endpoint_unauthorized, "401", FailureScope::run};
            return right.ask(request);
        },
        4);
    RunStore store(folder, kParameters, kHashes);
    auto pipeline = supericl(llm);
    const RunResult result = run_stored(pipeline, examples, store);
    CHECK(result.ended_by->message == "401");
    CHECK_FALSE(result.complete());
    CHECK(llm.asked().size() <= 5 + 4);
    CHECK(store.rows().size() == 5);
}

TEST_CASE("Cancellation ends the run soon; the next one asks only what is missing") {
    const ScratchFolder folder;
    const auto examples = colour_examples("test", 40);
    Cancellation cancellation;
    Scripted right = right_llm();
    auto count = std::make_shared<std::atomic<int>>(0);
    Scripted llm(
        [=, &cancellation](const LlmRequest& request) mutable {
            if (++*count == 9) cancellation.request();
            return right.ask(request);
        },
        2);
    RunSettings settings;
    settings.cancellation = &cancellation;
    {
        RunStore store(folder, kParameters, kHashes);
        auto pipeline = supericl(llm);
        const RunResult result = run_stored(pipeline, examples, store, settings);
        CHECK(result.cancelled);
        CHECK_FALSE(result.complete());
        CHECK(llm.asked().size() <= 10);
    }
    RunStore store(folder, kParameters, kHashes);
    auto pipeline = supericl(llm);
    CHECK(run_stored(pipeline, examples, store).complete());
    CHECK(llm.asked().size() == 40);
}

TEST_CASE("A finished run asks, predicts and prepares nothing when it is run again") {
    const ScratchFolder folder;
    const auto examples = colour_examples("test", 12);
    auto llm = right_llm(2);
    auto first = supericl(llm, true);
    std::vector<std::string> wanted;
    {
        RunStore store(folder, kParameters, kHashes);
        wanted = outcomes_of(run_stored(first, examples, store));
    }
    const std::size_t asked = llm.asked().size();
    RunStore store(folder, kParameters, kHashes);
    auto again = supericl(llm, true);
    CHECK(outcomes_of(run_stored(again, examples, store)) == wanted);
    CHECK(llm.asked().size() == asked);
    CHECK(again.plugin().predicted() == 0);
}

TEST_CASE("A reply that came before its row was done is not asked for again") {
    const ScratchFolder folder;
    const auto examples = colour_examples("test", 1); // overridden: an explanation is asked for
    RunStore store(folder, kParameters, kHashes);
    auto stopped = std::make_shared<std::atomic<bool>>(true);
    Scripted llm([=](const LlmRequest& request) -> Result<LlmReply> {
        if (request.max_tokens != 100) return Scripted::reply("red");
        if (*stopped) return Failure{ErrorCode::endpoint_failed, "down", FailureScope::row};
        return Scripted::reply("because");
    });
    auto pipeline = supericl(llm, true);
    CHECK(run_stored(pipeline, examples, store).failed() == 1);
    *stopped = false;
    const RunResult mended = run_stored(pipeline, examples, store);
    CHECK(mended.rows[0]->answer->explanation == "because");
    CHECK(mended.rows[0]->calls == 2);
    CHECK(mended.rows[0]->failed_calls == 1);
    CHECK(llm.asked().size() == 3); // the label once, the explanation twice
}

namespace {

/// What the child asks and hears is appended to a file that outlives it; replies from number `hang` on never come.
struct Remembered {
    std::filesystem::path log;
    std::shared_ptr<std::atomic<std::size_t>> replies = std::make_shared<std::atomic<std::size_t>>(0);
    std::size_t hang = ~std::size_t{0};

    Result<LlmReply> ask(const LlmRequest& request) {
        if ((*replies)++ >= hang) {
            for (;;) ::pause();
        }
        const std::string text = query_text(request);
        const bool label = request.max_tokens != 100;
        const std::string line = (label ? "label " : "explanation ") + text + "\n";
        const int file = ::open(log.c_str(), O_WRONLY | O_APPEND | O_CREAT, 0600);
        const bool written = ::write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size());
        ::close(file);
        if (!written) return Failure{ErrorCode::file_unwritable, "log", FailureScope::run};
        auto reply = Scripted::reply(label ? text.substr(text.find(' ') + 1) : "because of " + text);
        reply.usage.prompt = 10;
        return reply;
    }
    std::string identity() const { return "remembered"; }
    std::size_t concurrency() const { return 3; }
};

std::vector<std::string> lines_of(const std::filesystem::path& path) {
    std::ifstream file(path);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
}

} // namespace

TEST_CASE("kill -9 at any moment loses nothing and nothing is asked twice") {
    const ScratchFolder folder, untouched;
    const auto examples = colour_examples("test", 24);
    const auto log = folder / "asked.log";
    std::vector<std::string> wanted;
    {
        RunStore store(untouched, kParameters, kHashes);
        auto pipeline = supericl(Remembered{untouched / "asked.log"}, true);
        wanted = outcomes_of(run_stored(pipeline, examples, store));
    }
    for (const std::size_t hang : {0U, 1U, 2U, 5U, 6U, 3U, 4U}) {
        const std::size_t replies_before = lines_of(log).size();
        const pid_t child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            try {
                RunStore store(folder, kParameters, kHashes);
                auto pipeline = supericl(Remembered{log, std::make_shared<std::atomic<std::size_t>>(0), hang}, true);
                (void)run_stored(pipeline, examples, store);
            } catch (const std::exception&) {
                ::_exit(1);
            }
            ::_exit(0);
        }
        // All replies but those that never come are out; the moment after, and half a second of grace, then the kill.
        const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        while (lines_of(log).size() < replies_before + hang && std::chrono::steady_clock::now() < give_up) {
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(500));
        REQUIRE(::kill(child, SIGKILL) == 0);
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        REQUIRE(WIFSIGNALED(status));
    }
    RunStore store(folder, kParameters, kHashes);
    auto pipeline = supericl(Remembered{log}, true);
    const RunResult result = run_stored(pipeline, examples, store);
    CHECK(outcomes_of(result) == wanted);
    const auto asked = lines_of(log);
    CHECK(std::set<std::string>(asked.begin(), asked.end()).size() == asked.size());
    CHECK(asked.size() == 24 + 6); // six rows are overridden and explained
}

TEST_CASE("Rows asked in batches end as rows asked one by one do") {
    auto examples = colour_examples("test", 40);
    for (const std::size_t row : {5U, 17U, 39U}) examples[row].text += " ill";
    for (const bool explain : {false, true}) {
        BatchLlm alone, together;
        RunSettings one;
        one.window = 1;
        auto first = supericl(alone, explain), second = supericl(together, explain);
        const ScratchFolder a, b;
        RunStore store_a(a, kParameters, kHashes), store_b(b, kParameters, kHashes);
        std::vector<std::size_t> seen;
        RunSettings sixteen;
        sixteen.progress = [&](const ProgressEvent& event) {
            if (event.stage == "llm") seen.push_back(event.done);
        };
        const RunResult wanted = run_stored(first, examples, store_a, one);
        const RunResult got = run_stored(second, examples, store_b, sixteen);
        CHECK(wanted.failed() == 3);
        CHECK(outcomes_of(got) == outcomes_of(wanted));
        CHECK(alone.batches().empty());
        CHECK(together.batches() == std::vector<std::size_t>{16, 16, 8});
        CHECK(alone.alone() - 40 == together.alone()); // explanations, and nothing else
        CHECK((together.alone() > 0) == explain);
        CHECK(seen.back() == 40);
        CHECK(std::is_sorted(seen.begin(), seen.end()));

        // Failed rows alone are asked again.
        const RunResult again = run_stored(second, examples, store_b, sixteen);
        CHECK(together.batches().back() == 3);
        CHECK(again.rows[5]->failed_calls == 2);
    }
}

TEST_CASE("A failure of the whole run ends it at its row, and what its batch brought is not asked for again") {
    auto examples = colour_examples("test", 40);
    const ScratchFolder folder;
    RunStore store(folder, kParameters, kHashes);
    {
        auto ill = examples;
        BatchLlm llm;
        auto pipeline = supericl(llm);
        ill[20].text += " fatal";
        const RunResult result = run_stored(pipeline, ill, store);
        REQUIRE(result.ended_by);
        CHECK(result.ended_by->message == "fatal");
        for (std::size_t row = 0; row < 40; ++row) CHECK(result.rows[row].has_value() == (row < 20));
        CHECK(llm.batches() == std::vector<std::size_t>{16, 16});
    }
    BatchLlm llm;
    auto pipeline = supericl(llm);
    const RunResult result = run_stored(pipeline, examples, store);
    CHECK(result.complete());
    CHECK(llm.batches() == std::vector<std::size_t>{5, 4}); // 20 and 32 … 35; 36 … 39

    BatchLlm fresh;
    auto whole = supericl(fresh);
    const ScratchFolder other;
    RunStore empty(other, kParameters, kHashes);
    CHECK(outcomes_of(result) == outcomes_of(run_stored(whole, examples, empty)));
}

TEST_CASE("A cancelled run ends after the batch under way, and goes on where it ended") {
    const auto examples = colour_examples("test", 40);
    const ScratchFolder folder;
    RunStore store(folder, kParameters, kHashes);
    Cancellation cancellation;
    BatchLlm llm;
    llm.after_batch = [&] { cancellation.request(); };
    auto pipeline = supericl(llm);
    RunSettings settings;
    settings.cancellation = &cancellation;
    const RunResult cut = run_stored(pipeline, examples, store, settings);
    CHECK(cut.cancelled);
    for (std::size_t row = 0; row < 40; ++row) CHECK(cut.rows[row].has_value() == (row < 16));
    CHECK(run_stored(pipeline, examples, store).complete());
    CHECK(llm.batches() == std::vector<std::size_t>{16, 16, 8});
}

TEST_CASE("Several requests under way at once are not batched") {
    BatchLlm llm(2);
    auto pipeline = supericl(llm);
    pipeline.prepare(colour_task(), colour_examples("train", 7));
    CHECK(pipeline::run(pipeline, colour_examples("test", 20)).complete());
    CHECK(llm.batches().empty());
    CHECK(llm.alone() == 20);
}

TEST_CASE("A transport is asked by no more threads than it takes, whatever is wished for") {
    BatchLlm llm; // takes one
    auto pipeline = supericl(llm);
    pipeline.prepare(colour_task(), colour_examples("train", 7));
    RunSettings settings;
    settings.concurrency = 2;
    CHECK(pipeline::run(pipeline, colour_examples("test", 20), settings).complete());
    CHECK(llm.alone() == 0);
    CHECK(llm.batches() == std::vector<std::size_t>{16, 4});
}
