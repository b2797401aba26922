#pragma once

#include <familiar/prompt/prompt.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace familiar::transport {

/// One question to an LLM.
struct LlmRequest {
    prompt::Prompt prompt;
    std::vector<std::string> candidates; ///< answers to score, in order; empty: text is generated
    std::size_t max_tokens = 16;
    double temperature = 0.0; ///< 0 = greedy
    double top_p = 1.0;
    std::uint64_t seed = 0;
    std::vector<std::string> stop;
    std::size_t top_logprobs = 0; ///< how many of the first token's log-probabilities are asked for
};

struct TokenUsage {
    std::uint64_t prompt = 0;     ///< tokens of the prompt, those reused counted too
    std::uint64_t completion = 0; ///< tokens generated
    std::uint64_t reused = 0;     ///< tokens of the prompt whose work was kept from an earlier request

    TokenUsage& operator+=(const TokenUsage& other) noexcept {
        prompt += other.prompt;
        completion += other.completion;
        reused += other.reused;
        return *this;
    }
    friend bool operator==(const TokenUsage&, const TokenUsage&) = default;
};

struct LlmReply {
    std::string text;                          ///< as generated; empty where candidates were scored
    std::vector<double> candidate_logprobs;    ///< natural log, summed over a candidate's tokens; as many as candidates
    std::vector<std::size_t> candidate_tokens; ///< tokens of each candidate; as many as candidates
    std::map<std::string, double> first_token; ///< log-probabilities of the likeliest first tokens, where asked for
    std::string finish_reason;                 ///< `stop`, `length`
    TokenUsage usage;
    bool cached = false; ///< came from a cache: nobody was asked
};

} // namespace familiar::transport
