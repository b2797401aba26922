#pragma once

#include <familiar/core/task.hpp>
#include <familiar/demonstration/demonstration_selector.hpp>
#include <familiar/plugin/plugin_model.hpp>
#include <familiar/transport/scripted.hpp>

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <vector>

/// Small policies whose every answer is known beforehand.
namespace familiar::tests {

inline Task colour_task() {
    Task task;
    task.name = "colours";
    task.description = "Say which colour the text is about.";
    task.labels = {"red", "green", "blue"};
    task.fields = {{"text", "Text"}};
    return task;
}

/// `count` examples of "NAME-i label", their labels in turn.
inline std::vector<Example> colour_examples(const std::string& name, std::size_t count) {
    const Task task = colour_task();
    std::vector<Example> examples(count);
    for (std::size_t i = 0; i < count; ++i) {
        examples[i].id = std::to_string(i);
        examples[i].label = task.labels[i % 3];
        examples[i].text = name + "-" + std::to_string(i) + " " + *examples[i].label;
    }
    return examples;
}

/// Reads the label in the text, but says the next one for every example whose number is divisible by 4; confidence by
/// number. Counts what it was asked.
class ColourPlugin {
  public:
    void prepare(const Task& task, std::span<const Example> train) {
        task_ = task;
        *trained_ += train.size();
    }

    [[nodiscard]] std::vector<Prediction> predict(std::span<const Example> examples) {
        std::vector<Prediction> predictions;
        for (const auto& example : examples) {
            const auto dash = example.text.find('-'), space = example.text.find(' ');
            const std::size_t number = std::stoul(example.text.substr(dash + 1, space - dash - 1));
            Prediction prediction;
            prediction.label = (*task_.label_index(example.text.substr(space + 1)) + (number % 4 == 0 ? 1 : 0)) % 3;
            prediction.confidence = 0.5 + 0.01 * double(number % 50);
            predictions.push_back(prediction);
        }
        *predicted_ += examples.size();
        return predictions;
    }

    [[nodiscard]] std::string identity() const { return "colours"; }
    [[nodiscard]] std::size_t predicted() const { return *predicted_; }

  private:
    Task task_;
    std::shared_ptr<std::atomic<std::size_t>> predicted_ = std::make_shared<std::atomic<std::size_t>>(0);
    std::shared_ptr<std::atomic<std::size_t>> trained_ = std::make_shared<std::atomic<std::size_t>>(0);
};

/// Shows the first examples of the pool.
struct FirstSelector {
    static constexpr bool depends_on_query = false;
    std::size_t pool = 0;
    void prepare(const Task&, std::span<const Example> examples, std::uint64_t) { pool = examples.size(); }
    [[nodiscard]] std::vector<std::vector<std::size_t>> select(std::span<const Example> queries, std::size_t count) {
        std::vector<std::size_t> first(std::min(count, pool));
        std::iota(first.begin(), first.end(), std::size_t{0});
        return std::vector<std::vector<std::size_t>>(queries.size(), first);
    }
    [[nodiscard]] std::string identity() const { return "first"; }
};

/// Shows every query others: those from the query's own number on.
struct OwnSelector {
    static constexpr bool depends_on_query = true;
    std::size_t pool = 0;
    void prepare(const Task&, std::span<const Example> examples, std::uint64_t) { pool = examples.size(); }
    [[nodiscard]] std::vector<std::vector<std::size_t>> select(std::span<const Example> queries, std::size_t count) {
        std::vector<std::vector<std::size_t>> all;
        for (const auto& query : queries) {
            auto& chosen = all.emplace_back();
            for (std::size_t i = 0; i < std::min(count, pool); ++i) {
                chosen.push_back((std::stoul(query.id) + i) % pool);
            }
        }
        return all;
    }
    [[nodiscard]] std::string identity() const { return "own"; }
};

/// The last message or line that names an example, without what stands before its text.
inline std::string query_text(const transport::LlmRequest& request) {
    std::string all;
    if (request.prompt.form == prompt::Form::text) {
        all = request.prompt.text();
    } else {
        for (const auto& message : request.prompt.messages()) all += message.content + "\n";
    }
    const auto at = all.rfind("Text: ");
    if (at == std::string::npos) return {};
    return all.substr(at + 6, all.find('\n', at) - at - 6);
}

inline std::string whole_text(const transport::LlmRequest& request) {
    if (request.prompt.form == prompt::Form::text) return request.prompt.text();
    std::string all;
    for (const auto& message : request.prompt.messages()) {
        all += "<" + std::string(to_string(message.role)) + ">" + message.content;
    }
    return all;
}

/// An LLM that always reads the right label out of the query.
inline transport::Scripted right_llm(std::size_t concurrency = 1) {
    return transport::Scripted(
        [](const transport::LlmRequest& request) {
            const std::string text = query_text(request);
            auto reply = transport::Scripted::reply(text.substr(text.find(' ') + 1));
            reply.usage.prompt = whole_text(request).size();
            return Result<transport::LlmReply>(std::move(reply));
        },
        concurrency);
}

/// An LLM that scores the task's labels, the right one best, and takes several requests at once. A query that says
/// "ill" fails, one that says "fatal" ends the run. Copies share what they remember.
class BatchLlm {
  public:
    explicit BatchLlm(std::size_t concurrency = 1) : concurrency_(concurrency) {}

    [[nodiscard]] Result<transport::LlmReply> ask(const transport::LlmRequest& request) {
        ++*alone_;
        return reply_to(request);
    }
    [[nodiscard]] std::vector<Result<transport::LlmReply>> ask(std::span<const transport::LlmRequest> requests) {
        batches_->push_back(requests.size());
        std::vector<Result<transport::LlmReply>> replies;
        for (const auto& request : requests) replies.push_back(reply_to(request));
        if (after_batch) after_batch();
        return replies;
    }
    [[nodiscard]] std::string identity() const { return "batches"; }
    [[nodiscard]] std::size_t concurrency() const noexcept { return concurrency_; }
    [[nodiscard]] bool scores_labels() const noexcept { return true; }

    [[nodiscard]] const std::vector<std::size_t>& batches() const noexcept { return *batches_; }
    [[nodiscard]] std::size_t alone() const noexcept { return *alone_; }

    std::function<void()> after_batch;

  private:
    static Result<transport::LlmReply> reply_to(const transport::LlmRequest& request) {
        const std::string text = query_text(request);
        if (text.find("ill") != std::string::npos) return Failure{ErrorCode::text_too_long, "ill"};
        if (text.find("fatal") != std::string::npos) {
            return Failure{ErrorCode::numeric_failure, "fatal", FailureScope::run};
        }
        if (request.candidates.empty()) return transport::Scripted::reply("for it says so");
        transport::LlmReply reply;
        for (const auto& candidate : request.candidates) {
            const bool right = text.find(candidate.substr(candidate.find_first_not_of(' '))) != std::string::npos;
            reply.candidate_logprobs.push_back((right ? -0.5 : -2.0) - 0.001 * double(text.size()));
            reply.candidate_tokens.push_back(1);
        }
        reply.usage.prompt = whole_text(request).size();
        return reply;
    }

    std::shared_ptr<std::vector<std::size_t>> batches_ = std::make_shared<std::vector<std::size_t>>();
    std::shared_ptr<std::atomic<std::size_t>> alone_ = std::make_shared<std::atomic<std::size_t>>(0);
    std::size_t concurrency_;
};

static_assert(transport::CompletesInBatches<BatchLlm>);

} // namespace familiar::tests
