#include <familiar/pipeline/run_store.hpp>

#include <support/scratch_folder.hpp>

#include <catch2/catch.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <limits>

using namespace familiar;
using nlohmann::json;
using pipeline::RowOutcome;
using pipeline::RunStore;
using pipeline::Step;

namespace {

RowOutcome full_outcome() {
    RowOutcome outcome;
    outcome.prediction = Prediction{2, 1.0 / 3, {0.1, 1e-320, 0.9}};
    outcome.verdict = LlmVerdict{
        std::nullopt, std::string("half a character \xc3"), {-std::numeric_limits<double>::infinity(), -0.1}};
    outcome.answer = Answer{1, "text", 0.25, DecidedBy::both, true, std::string("why\n\"not\""), {}};
    outcome.demonstrations_dropped = 3;
    outcome.calls = 1;
    outcome.cached_calls = 2;
    outcome.failed_calls = 4;
    outcome.usage = {std::numeric_limits<std::uint64_t>::max(), 5, 6};
    return outcome;
}

transport::LlmRequest request_of(const std::string& text) {
    transport::LlmRequest request;
    auto shared = std::make_shared<prompt::PromptPart>();
    shared->text = text;
    request.prompt = {prompt::Form::text, shared, {}};
    return request;
}

ErrorCode code_of(const std::filesystem::path& folder, const json& parameters, const json& hashes, std::string& text) {
    try {
        RunStore store(folder, parameters, hashes);
    } catch (const Error& error) {
        text = error.what();
        return error.code();
    }
    return ErrorCode::cancelled;
}

} // namespace

TEST_CASE("Outcomes come back as they were kept, by row") {
    const tests::ScratchFolder folder;
    RowOutcome failed;
    failed.failure = Failure{ErrorCode::endpoint_failed, "500", FailureScope::row};
    {
        RunStore store(folder / "a" / "b", json::object(), json::object());
        store.keep_row(7, full_outcome());
        store.keep_row(0, full_outcome());
        store.keep_row(0, failed);
    }
    RunStore store(folder / "a" / "b", json::object(), json::object());
    const auto rows = store.rows();
    REQUIRE(rows.size() == 2);
    CHECK(rows.at(7) == full_outcome());
    CHECK(rows.at(0) == failed);
}

TEST_CASE("Replies are found by row, step and request") {
    const tests::ScratchFolder folder;
    RunStore store(folder.path(), json::object(), json::object());
    transport::LlmReply reply;
    reply.text = "red";
    reply.cached = true;
    reply.usage.prompt = 4;
    store.keep_reply(3, Step::label, request_of("a"), reply);
    REQUIRE(store.find_reply(3, Step::label, request_of("a")).has_value());
    CHECK(store.find_reply(3, Step::label, request_of("a"))->text == "red");
    CHECK(store.find_reply(3, Step::label, request_of("a"))->cached);
    CHECK(store.find_reply(3, Step::label, request_of("a"))->usage.prompt == 4);
    CHECK_FALSE(store.find_reply(3, Step::label, request_of("b")).has_value());
    CHECK_FALSE(store.find_reply(3, Step::explanation, request_of("a")).has_value());
    CHECK_FALSE(store.find_reply(4, Step::label, request_of("a")).has_value());
}

TEST_CASE("Another run in the same folder is refused, and the message says what differs") {
    const tests::ScratchFolder folder;
    { RunStore store(folder.path(), {{"seed", 1}, {"demos", 4}}, {{"train", "a"}}); }
    std::string text;
    CHECK(code_of(folder.path(), {{"seed", 2}, {"demos", 4}}, {{"train", "a"}}, text) == ErrorCode::conflicting_run);
    CHECK(text.find("seed") != std::string::npos);
    CHECK(text.find("demos") == std::string::npos);
    CHECK(code_of(folder.path(), {{"seed", 1}, {"demos", 4}}, {{"train", "b"}}, text) == ErrorCode::conflicting_run);
    CHECK(text.find("train") != std::string::npos);
    CHECK(code_of(folder.path(), {{"seed", 1}, {"demos", 4}}, {{"train", "a"}}, text) == ErrorCode::cancelled);
}

TEST_CASE("A folder with the files of a run but without its store is refused") {
    const tests::ScratchFolder folder;
    std::ofstream(folder / "report.json") << "{}";
    std::string text;
    CHECK(code_of(folder.path(), json::object(), json::object(), text) == ErrorCode::conflicting_run);
    CHECK_FALSE(std::filesystem::exists(folder / RunStore::kFile));
}

TEST_CASE("A folder that cannot be made is an error that names it") {
    const tests::ScratchFolder folder;
    std::ofstream(folder / "file") << "x";
    std::string text;
    CHECK(code_of(folder / "file" / "out", json::object(), json::object(), text) == ErrorCode::file_unwritable);
    CHECK(text.find("file") != std::string::npos);
}

TEST_CASE("A second process is kept out while the first works on the run") {
    const tests::ScratchFolder folder;
    RunStore store(folder.path(), json::object(), json::object());
    store.keep_row(0, full_outcome());
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        std::string text;
        ::_exit(code_of(folder.path(), json::object(), json::object(), text) == ErrorCode::store_failed ? 7 : 1);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WEXITSTATUS(status) == 7);
}

TEST_CASE("Seconds add up over the executions of a run") {
    const tests::ScratchFolder folder;
    {
        RunStore store(folder.path(), json::object(), json::object());
        CHECK(store.add_seconds(1.5) == 1.5);
    }
    RunStore store(folder.path(), json::object(), json::object());
    CHECK(store.add_seconds(0.25) == 1.75);
}
