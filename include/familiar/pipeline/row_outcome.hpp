#pragma once

#include <familiar/core/answer.hpp>
#include <familiar/core/prediction.hpp>
#include <familiar/core/result.hpp>
#include <familiar/transport/llm_request.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace familiar::pipeline {

/// Which question a request asks about an example: each is asked once at most.
enum class Step { label, explanation };

/// All that is known of one example when the pipeline is done with it: an answer, or why there is none.
struct RowOutcome {
    std::optional<Prediction> prediction; ///< the plug-in's, where there is one
    std::optional<LlmVerdict> verdict;    ///< the LLM's, where it was asked and has replied
    std::optional<Answer> answer;
    std::optional<Failure> failure;
    std::uint64_t demonstrations_dropped = 0; ///< whole, because the context was too short
    std::uint64_t notes_lines_dropped = 0;    ///< of the grimoire, from its end, for the same reason
    std::uint64_t calls = 0;                  ///< requests that were answered, by nobody's cache
    std::uint64_t cached_calls = 0;           ///< requests that a cache answered
    std::uint64_t failed_calls = 0;           ///< requests that failed, those of earlier attempts at the row too
    transport::TokenUsage usage;              ///< of `calls` alone: cached replies cost nothing

    [[nodiscard]] bool failed() const noexcept { return failure.has_value(); }
    friend bool operator==(const RowOutcome&, const RowOutcome&) = default;
};

} // namespace familiar::pipeline
