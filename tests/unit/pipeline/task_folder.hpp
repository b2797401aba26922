#pragma once

#include <familiar/pipeline/run_options.hpp>

#include <httplib.h>
#include <nlohmann/json.hpp>

#include <support/scratch_folder.hpp>

#include <filesystem>
#include <fstream>
#include <functional>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace familiar::tests {

inline std::string read_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

inline std::vector<nlohmann::json> read_rows(const std::filesystem::path& path) {
    std::istringstream lines(read_file(path));
    std::vector<nlohmann::json> rows;
    for (std::string line; std::getline(lines, line);) rows.push_back(nlohmann::json::parse(line));
    return rows;
}

/// A task of `count` test rows "query N", whose labels are up and down in turn; the plug-in says down for all of them,
/// with a confidence of N percent.
class TaskFolder {
    ScratchFolder folder_;

  public:
    explicit TaskFolder(std::size_t count = 12) {
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

    void write(const char* name, const std::string& text) const { folder_.write(name, text); }

    [[nodiscard]] pipeline::RunOptions options(const std::string& llm, const char* out = "out") const {
        pipeline::RunOptions options;
        options.task = path;
        options.plugin = "precomputed:" + (path / "predictions.in").string();
        options.llm = llm;
        options.demonstrations = 4;
        options.out = path / out;
        options.cache = path / "cache.sqlite";
        return options;
    }

    const std::filesystem::path path = folder_.path();

  private:
    static std::string row(const std::string& text, std::size_t i) {
        return nlohmann::json{{"text", text}, {"label", i % 2 == 0 ? "up" : "down"}}.dump();
    }
    static std::string said(const std::string& text, std::size_t i) {
        return nlohmann::json{{"text", text}, {"label", "down"}, {"confidence", double(i) / 100}}.dump();
    }
};

/// An endpoint in this process: `answer` gives status and text for a prompt.
class Endpoint {
  public:
    using Answer = std::function<std::pair<int, std::string>(const std::string& prompt)>;

    explicit Endpoint(Answer answer) : answer_(std::move(answer)) {
        server_.Post(".*", [this](const httplib::Request& request, httplib::Response& response) {
            const nlohmann::json body = nlohmann::json::parse(request.body);
            std::string prompt;
            for (const auto& message : body.at("messages")) prompt += message.at("content").get<std::string>() + "\n";
            {
                const std::lock_guard lock(mutex_);
                prompts_.push_back(prompt);
            }
            const auto [status, text] = answer_(prompt);
            response.status = status;
            const nlohmann::json reply =
                status == 200 ? nlohmann::json{{"choices", {{{"message", {{"role", "assistant"}, {"content", text}}}}}},
                                               {"usage", {{"prompt_tokens", 7}, {"completion_tokens", 1}}}}
                              : nlohmann::json{{"error", {{"message", text}}}};
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

    [[nodiscard]] std::string spec(const nlohmann::json& more = nlohmann::json::object()) const {
        nlohmann::json spec = {
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

inline std::size_t number_of(const std::string& prompt) {
    const auto at = prompt.rfind("query ");
    return at == std::string::npos ? 0 : std::stoul(prompt.substr(at + 6));
}

inline std::pair<int, std::string> right_reply(const std::string& prompt) {
    return {200, number_of(prompt) % 2 == 0 ? "up" : "down"};
}

} // namespace familiar::tests
