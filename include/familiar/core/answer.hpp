#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace familiar {

enum class DecidedBy { plugin, llm, both };

/// What the LLM said of one example.
struct LlmVerdict {
    std::optional<std::size_t> label;   ///< index into the task's labels; none where the reply is no label
    std::string text;                   ///< the reply as it came; empty where the labels were scored instead
    std::vector<double> label_logprobs; ///< natural log-probability a label, in their order; empty where not scored

    friend bool operator==(const LlmVerdict&, const LlmVerdict&) = default;
};

/// The outcome of one example.
struct Answer {
    std::optional<std::size_t>
        label;                ///< index into the task's labels; none where the reply is invalid, or for generation
    std::string text;         ///< for generation: the reply
    double probability = 0.0; ///< of `label`, in [0, 1]; 1 where nothing is known
    DecidedBy decided_by = DecidedBy::llm;
    bool overridden = false; ///< the answer is not the plug-in's label
    std::optional<std::string> explanation;
    std::vector<double> distribution; ///< one probability a label, sum 1; empty where only `probability` is known

    friend bool operator==(const Answer&, const Answer&) = default;
};

} // namespace familiar
