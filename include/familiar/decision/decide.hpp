#pragma once

#include <familiar/core/answer.hpp>
#include <familiar/core/error.hpp>
#include <familiar/core/prediction.hpp>
#include <familiar/core/task.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <span>

namespace familiar::decision {

/// Probability of one of several answers whose log-probabilities were scored: softmax over all of them. NaN and minus
/// infinity for all give 0.
inline double softmax_probability(std::span<const double> logprobs, std::size_t index) {
    const double largest = *std::max_element(logprobs.begin(), logprobs.end());
    if (!std::isfinite(largest)) return 0.0;
    double total = 0.0;
    for (const double x : logprobs) total += std::exp(x - largest);
    return std::exp(logprobs[index] - largest) / total;
}

/// The answer where the LLM has the last word: its label, whatever the plug-in says. A reply that is no label is an
/// answer without one (it counts as wrong and as invalid, and the plug-in's label is not put in its place).
/// `overridden` says that the answer is not the plug-in's label, so such a reply overrides too.
///
/// `probability` is the softmax over the labels' log-probabilities where they were scored, else 1; 0 without a label.
inline Answer llm_decides(const Task& task, const std::optional<Prediction>& prediction, const LlmVerdict& verdict) {
    Answer answer;
    answer.decided_by = DecidedBy::llm;
    if (task.is_generation()) {
        answer.text = verdict.text;
        answer.probability = 1.0;
        return answer;
    }
    answer.label = verdict.label;
    if (verdict.label) {
        const bool scored = *verdict.label < verdict.label_logprobs.size();
        answer.probability = scored ? softmax_probability(verdict.label_logprobs, *verdict.label) : 1.0;
    }
    answer.overridden = prediction && verdict.label != prediction->label;
    return answer;
}

/// The answer where the plug-in has the last word.
inline Answer plugin_decides(const Prediction& prediction) {
    Answer answer;
    answer.label = prediction.label;
    answer.probability = prediction.confidence;
    answer.decided_by = DecidedBy::plugin;
    return answer;
}

/// The LLM's answer where it was asked, else the plug-in's. Throws Error (invalid_argument) where there is neither.
inline Answer whoever_was_asked(const Task& task, const std::optional<Prediction>& prediction,
                                const std::optional<LlmVerdict>& verdict) {
    if (verdict) return llm_decides(task, prediction, *verdict);
    if (prediction) return plugin_decides(*prediction);
    throw Error(ErrorCode::invalid_argument, "neither plug-in nor LLM has said anything of an example", {},
                "Compose a pipeline with a plug-in, an LLM, or both");
}

} // namespace familiar::decision
