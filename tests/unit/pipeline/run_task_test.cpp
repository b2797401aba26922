#include <familiar/pipeline/run_task.hpp>

#include <familiar/pipeline/run_plan.hpp>

#include <catch2/catch.hpp>
#include <httplib.h>

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <functional>
#include <mutex>
#include <set>
#include <sstream>
#include <thread>

using namespace familiar;
using nlohmann::json;
using pipeline::plan_task;
using pipeline::run_task;
using pipeline::RunOptions;
using pipeline::RunOutcome;

namespace {

std::string read_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

std::vector<json> read_rows(const std::filesystem::path& path) {
    std::istringstream lines(read_file(path));
    std::vector<json> rows;
    for (std::string line; std::getline(lines, line);) rows.push_back(json::parse(line));
    return rows;
}

/// A task of `count` test rows "query N", whose labels are up and down in turn; the plug-in says down for all of them,
/// with a confidence of N percent.
class TaskFolder {
  public:
    explicit TaskFolder(std::size_t count = 12) {
        std::string name = (std::filesystem::temp_directory_path() / "familiar-task-XXXXXX").string();
        path = ::mkdtemp(name.data());
        write("task.json",
              R"({"name": "ups", "description": "Up or down?", "labels": ["up", "down"], "fields": ["text"]})");
        std::string train, test, predictions;
        for (std::size_t i = 0; i < 9; ++i) train += row("shown " + std::to_string(i), i) + "\n";
        for (std::size_t i = 0; i < count; ++i) test += row("query " + std::to_string(i), i) + "\n";
        for (std::size_t i = 0; i < 9; ++i) predictions += said("shown " + std::to_string(i), i) + "\n";
        for (std::size_t i = 0; i < count; ++i) predictions += said("query " + std::to_string(i), i) + "\n";
        write("train.jsonl", train);
        write("test.jsonl", test);
        write("predictions.in", predictions);
    }
    TaskFolder(const TaskFolder&) = delete;
    TaskFolder& operator=(const TaskFolder&) = delete;
    ~TaskFolder() { std::filesystem::remove_all(path); }

    void write(const char* name, const std::string& text) const {
        std::ofstream(path / name, std::ios::binary) << text;
    }

    [[nodiscard]] RunOptions options(const std::string& llm, const char* out = "out") const {
        RunOptions options;
        options.task = path;
        options.plugin = "precomputed:" + (path / "predictions.in").string();
        options.llm = llm;
        options.demonstrations = 4;
        options.out = path / out;
        options.cache = path / "cache.sqlite";
        return options;
    }

    std::filesystem::path path;

  private:
    static std::string row(const std::string& text, std::size_t i) {
        return json{{"text", text}, {"label", i % 2 == 0 ? "up" : "down"}}.dump();
    }
    static std::string said(const std::string& text, std::size_t i) {
        return json{{"text", text}, {"label", "down"}, {"confidence", double(i) / 100}}.dump();
    }
};

/// An endpoint in this process: `answer` gives status and text for a prompt.
class Endpoint {
  public:
    using Answer = std::function<std::pair<int, std::string>(const std::string& prompt)>;

    explicit Endpoint(Answer answer) : answer_(std::move(answer)) {
        server_.Post(".*", [this](const httplib::Request& request, httplib::Response& response) {
            const json body = json::parse(request.body);
            std::string prompt;
            for (const auto& message : body.at("messages")) prompt += message.at("content").get<std::string>() + "\n";
            {
                const std::lock_guard lock(mutex_);
                prompts_.push_back(prompt);
            }
            const auto [status, text] = answer_(prompt);
            response.status = status;
            const json reply = status == 200
                                   ? json{{"choices", {{{"message", {{"role", "assistant"}, {"content", text}}}}}},
                                          {"usage", {{"prompt_tokens", 7}, {"completion_tokens", 1}}}}
                                   : json{{"error", {{"message", text}}}};
            response.set_content(reply.dump(), "application/json");
        });
        port_ = server_.bind_to_any_port("127.0.0.1");
        thread_ = std::thread([this] { server_.listen_after_bind(); });
        while (!server_.is_running()) std::this_thread::yield();
    }
    Endpoint(const Endpoint&) = delete;
    Endpoint& operator=(const Endpoint&) = delete;
    ~Endpoint() {
        server_.stop();
        thread_.join();
    }

    [[nodiscard]] std::string spec(const json& more = json::object()) const {
        json spec = {
            {"type", "http"}, {"base_url", "http://127.0.0.1:" + std::to_string(port_) + "/v1"}, {"model", "m"}};
        spec.update(more);
        return spec.dump();
    }

    [[nodiscard]] std::vector<std::string> prompts() {
        const std::lock_guard lock(mutex_);
        return prompts_;
    }

  private:
    Answer answer_;
    httplib::Server server_;
    std::mutex mutex_;
    std::vector<std::string> prompts_;
    int port_ = 0;
    std::thread thread_;
};

std::size_t number_of(const std::string& prompt) {
    const auto at = prompt.rfind("query ");
    return at == std::string::npos ? 0 : std::stoul(prompt.substr(at + 6));
}

std::pair<int, std::string> right(const std::string& prompt) {
    return {200, number_of(prompt) % 2 == 0 ? "up" : "down"};
}

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
    Endpoint endpoint(right);
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
    Endpoint endpoint(right);
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
    Endpoint endpoint(right);
    (void)run_options(task.options(endpoint.spec()));
    CHECK(run_options(task.options(endpoint.spec({{"timeout", 5}, {"concurrency", 2}}))).exit_status() == 0);
}

TEST_CASE("Another run with the same prompts asks nothing, and its cached calls are counted") {
    const TaskFolder task;
    Endpoint endpoint(right);
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
        return right(prompt);
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
        return right(prompt);
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
    Endpoint endpoint(right);
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

TEST_CASE("A plan counts the calls and asks nothing, writes nothing") {
    const TaskFolder task;
    Endpoint endpoint(right);
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

TEST_CASE("Wrong options are errors that name the option and the nearest known value, before anything is asked") {
    const TaskFolder task;
    Endpoint endpoint(right);
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
    refused([&](auto& o) { o.out = task.path / "test.jsonl" / "out"; }, E::file_unwritable, {"test.jsonl"});
    CHECK(endpoint.prompts().empty());
}

TEST_CASE("Broken data is refused before anything is asked") {
    Endpoint endpoint(right);
    const auto refused = [&](const char* file, const char* text, std::initializer_list<const char*> words) {
        const TaskFolder task;
        task.write(file, text);
        const Error error = error_of(task.options(endpoint.spec()));
        INFO(error.what());
        for (const char* word : words) CHECK(std::string(error.what()).find(word) != std::string::npos);
        CHECK_FALSE(std::filesystem::exists(task.path / "out"));
    };
    refused("train.jsonl", "{\"text\": \"a\", \"label\": \"purple\"}\n", {"purple", "train.jsonl"});
    refused("train.jsonl", "", {"train.jsonl"});
    refused("test.jsonl", "", {"test.jsonl"});
    refused("test.jsonl", "{\"label\": \"up\"}\n", {"test.jsonl"});
    refused("test.jsonl", "{\"text\": \"a\", \"label\": \"up\"}\n\n{broken\n", {"test.jsonl", "3"});
    refused("task.json", "{\"name\": ", {"task.json"});
    CHECK(endpoint.prompts().empty());
}
