#pragma once

#include <familiar/transport/llm_transport.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace familiar::tests {

/// Can everything, so that it shows what a decorator passes on. Counts the batches it is asked.
struct Capable {
    static constexpr bool kSharesPrefix = true;
    std::string name = "capable";
    std::shared_ptr<std::atomic<int>> batches = std::make_shared<std::atomic<int>>(0);

    Result<transport::LlmReply> ask(const transport::LlmRequest& request) {
        transport::LlmReply reply;
        reply.candidate_logprobs.assign(request.candidates.size(), -1.5);
        reply.candidate_tokens.assign(request.candidates.size(), 2);
        return reply;
    }
    std::vector<Result<transport::LlmReply>> ask(std::span<const transport::LlmRequest> requests) {
        ++*batches;
        std::vector<Result<transport::LlmReply>> replies;
        replies.reserve(requests.size());
        for (const auto& request : requests) replies.push_back(ask(request));
        return replies;
    }
    [[nodiscard]] std::string identity() const { return name; }
    [[nodiscard]] std::size_t concurrency() const { return 3; }
    [[nodiscard]] bool scores_labels() const { return true; }
    [[nodiscard]] std::optional<std::size_t> context() const { return 77; }
    [[nodiscard]] std::size_t count_tokens(const transport::LlmRequest&) const { return 7; }
};

} // namespace familiar::tests
