#pragma once

#include <familiar/core/answer.hpp>
#include <familiar/core/error.hpp>
#include <familiar/core/prediction.hpp>
#include <familiar/core/softmax.hpp>
#include <familiar/core/task.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace familiar::decision {

/// Probabilities of several answers whose log-probabilities were scored: softmax over all of them. Empty where that
/// says nothing: none was scored, NaN is among them, or minus infinity is all there is.
inline std::vector<double> label_distribution(std::span<const double> logprobs) {
    if (logprobs.empty()) return {};
    double largest = logprobs.front();
    for (const double x : logprobs) {
        if (std::isnan(x)) return {};
        largest = std::max(largest, x);
    }
    if (!std::isfinite(largest)) return {};
    std::vector<double> p(logprobs.size());
    softmax(logprobs, p);
    return p;
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
        answer.probability = 1.0;
        if (*verdict.label < verdict.label_logprobs.size()) {
            answer.distribution = label_distribution(verdict.label_logprobs);
            answer.probability = answer.distribution.empty() ? 0.0 : answer.distribution[*verdict.label];
        }
    }
    answer.overridden = prediction && verdict.label != prediction->label;
    return answer;
}

/// The answer where the plug-in has the last word.
inline Answer plugin_decides(const Prediction& prediction) {
    Answer answer;
    answer.label = prediction.label;
    answer.probability = prediction.confidence;
    answer.distribution = prediction.distribution;
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
