#pragma once

#include <familiar/transport/llm_transport.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace familiar::transport {

/// An LLM whose answers are written beforehand, for tests and examples: a function of the request, or a list of texts
/// given out in order. Remembers what it was asked. Copies share script and memory; any number of threads.
class Scripted {
  public:
    using Script = std::function<Result<LlmReply>(const LlmRequest&)>;

    /// @param script      called from the asking threads, from several at once where `concurrency` > 1
    /// @param concurrency how many requests a pipeline may have under way
    explicit Scripted(Script script, std::size_t concurrency = 1)
        : state_(std::make_shared<State>()), concurrency_(concurrency) {
        state_->script = std::move(script);
    }

    /// The texts in order; a request after the last one is a failure (not_recorded).
    explicit Scripted(std::vector<std::string> texts)
        : Scripted([texts = std::move(texts), next = std::make_shared<Next>()](const LlmRequest&) {
              const std::lock_guard lock(next->mutex);
              if (next->index < texts.size()) return Result<LlmReply>(reply(texts[next->index++]));
              return Result<LlmReply>(
                  Failure{ErrorCode::not_recorded,
                          "the script has " + std::to_string(texts.size()) + " replies, and one more was asked for"});
          }) {}

    /// A plain reply of generated text; a token is counted for each started four bytes, so that sums can be tested.
    [[nodiscard]] static LlmReply reply(std::string text) {
        LlmReply reply;
        reply.usage.completion = (text.size() + 3) / 4;
        reply.text = std::move(text);
        reply.finish_reason = "stop";
        return reply;
    }

    [[nodiscard]] Result<LlmReply> ask(const LlmRequest& request) {
        {
            const std::lock_guard lock(state_->mutex);
            state_->asked.push_back(request);
        }
        return state_->script(request);
    }

    /// All requests so far, in the order in which they came.
    [[nodiscard]] std::vector<LlmRequest> asked() const {
        const std::lock_guard lock(state_->mutex);
        return state_->asked;
    }

    [[nodiscard]] std::string identity() const { return "scripted"; }
    [[nodiscard]] std::size_t concurrency() const noexcept { return concurrency_; }

  private:
    struct Next {
        std::mutex mutex;
        std::size_t index = 0;
    };
    struct State {
        Script script;
        mutable std::mutex mutex;
        std::vector<LlmRequest> asked;
    };

    std::shared_ptr<State> state_;
    std::size_t concurrency_;
};

static_assert(LlmTransport<Scripted>);

} // namespace familiar::transport
