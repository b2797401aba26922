#include <familiar/pipeline/assembly.hpp>

#include "task_folder.hpp"

#include <catch2/catch.hpp>

using namespace familiar;
using namespace familiar::tests;
using pipeline::assemble;
using pipeline::RunOptions;

namespace {

Error error_of(const RunOptions& options) {
    ThreadPool pool(1);
    try {
        (void)assemble(options, pool, kernels::Dispatched());
    } catch (const Error& error) {
        return error;
    }
    FAIL("no error");
    return {ErrorCode::cancelled, ""};
}

} // namespace

TEST_CASE("Wrong options are errors that name the option and the nearest known value, before anything is asked") {
    const TaskFolder task;
    Endpoint endpoint(right_reply);
    const auto refused = [&](auto change, ErrorCode code, std::initializer_list<const char*> words) {
        RunOptions options = task.options(endpoint.spec());
        change(options);
        const Error error = error_of(options);
        INFO(error.what());
        CHECK(error.code() == code);
        for (const char* word : words) CHECK(std::string(error.what()).find(word) != std::string::npos);
    };
    using E = ErrorCode;
    refused([](auto& o) { o.method = "supricl"; }, E::unknown_name, {"supricl", "supericl"});
    refused([](auto& o) { o.select = "balenced"; }, E::unknown_name, {"balenced", "balanced", "--select"});
    refused([](auto& o) { o.plugin = "liner:x"; }, E::unknown_name, {"liner", "linear"});
    refused([](auto& o) { o.decision = "unsre:0.9"; }, E::unknown_name, {"unsre", "unsure"});
    refused([](auto& o) { o.decision = "unsure:7"; }, E::invalid_argument, {"7", "--decision"});
    refused([](auto& o) { o.llm = R"({"type":"http",)"; }, E::invalid_spec, {"--llm"});
    refused([](auto& o) { o.llm = R"({"type":"http","base_ulr":"x"})"; }, E::unknown_name, {"base_ulr", "base_url"});
    refused([](auto& o) { o.ablate = {"everything"}; }, E::unknown_name, {"everything"});
    refused([](auto& o) { o.format = "orignal"; }, E::unknown_name, {"original"});
    refused([](auto& o) { o.limit = 0; }, E::invalid_argument, {"--limit"});
    refused([](auto& o) { o.split = "tset"; }, E::file_not_found, {"tset"});
    refused([](auto& o) { o.plugin = "linear:/gone"; }, E::file_not_found, {"gone", "--plugin"});
    refused([](auto& o) { o.plugin = "precomputed:/gone"; }, E::file_not_found, {"gone"});
    refused([](auto& o) { o.llm = "embedded:/gone.gguf"; }, E::file_not_found, {"gone"});
    refused([](auto& o) { o.llm = "recorded:/gone"; }, E::file_not_found, {"gone"});
    refused(
        [](auto& o) {
            o.method = "plugin";
            o.plugin = "none";
        },
        E::invalid_argument, {"--plugin"});
    CHECK(endpoint.prompts().empty());
}

TEST_CASE("Broken data is refused before anything is asked") {
    Endpoint endpoint(right_reply);
    const auto refused = [&](const char* file, const char* text, std::initializer_list<const char*> words) {
        const TaskFolder task;
        task.write(file, text);
        const Error error = error_of(task.options(endpoint.spec()));
        INFO(error.what());
        for (const char* word : words) CHECK(std::string(error.what()).find(word) != std::string::npos);
    };
    refused("train.jsonl", "{\"text\": \"a\", \"label\": \"purple\"}\n", {"purple", "train.jsonl"});
    refused("train.jsonl", "", {"train.jsonl"});
    refused("test.jsonl", "", {"test.jsonl"});
    refused("test.jsonl", "{\"label\": \"up\"}\n", {"test.jsonl"});
    refused("test.jsonl", "{\"text\": \"a\", \"label\": \"up\"}\n\n{broken\n", {"test.jsonl", "3"});
    refused("task.json", "{\"name\": ", {"task.json"});
    CHECK(endpoint.prompts().empty());
}

TEST_CASE("How the LLM is reached tells no run from another, what it is does") {
    const TaskFolder task;
    Endpoint endpoint(right_reply);
    ThreadPool pool(1);
    const auto identity = [&](const nlohmann::json& more, std::uint64_t seed = 0) {
        RunOptions options = task.options(endpoint.spec(more));
        options.seed = seed;
        return pipeline::run_identity(assemble(options, pool, kernels::Dispatched()));
    };
    const auto plain = identity(nlohmann::json::object());
    CHECK(identity({{"timeout", 7}, {"retries", 0}}) == plain);
    CHECK(identity({{"model", "other"}}) != plain);
    CHECK(identity(nlohmann::json::object(), 1) != plain);
}
