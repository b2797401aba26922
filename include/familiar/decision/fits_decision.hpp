#pragma once

#include <familiar/core/answer.hpp>
#include <familiar/core/prediction.hpp>
#include <familiar/core/task.hpp>
#include <familiar/decision/decision_policy.hpp>
#include <familiar/decision/log_linear_fusion.hpp>

#include <concepts>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace familiar::decision {

/// What plug-in and LLM say of a row that a decision is fitted on.
struct FittingRow {
    std::optional<Prediction> prediction; ///< by a plug-in that has not learned from it
    std::vector<double> label_logprobs;   ///< the LLM's, one a label
};

/// All that was said with one kind of prompt.
struct DecisionTrial {
    bool plugin_line = true; ///< whether prompts showed the plug-in's predictions
    std::vector<FittingRow> rows;
    std::vector<std::size_t> gold; ///< label of each row
    std::vector<double> prior;     ///< the LLM's logarithms where there is nothing to read; may be empty
};

/// What a decision has learned: which prompts are to be asked, and the weights.
struct FittedDecision {
    bool plugin_line = true;
    FusionWeights weights;
    std::vector<double> prior;
    std::size_t right = 0; ///< of the rows
    double loss = 0.0;     ///< mean, in nats
    std::size_t rows = 0;

    friend bool operator==(const FittedDecision&, const FittedDecision&) = default;
};

/// Capability: learns from rows with known labels that are not those to be answered, and needs the LLM's label
/// probabilities. `fit_rows` is how many rows it wants at most (0: it is not fitted), `top_logprobs` how many
/// log-probabilities of the first token are asked of an LLM that scores no candidates.
template <class D>
concept FitsDecision = DecisionPolicy<D> && requires(D& d, const D& c, const Task& task,
                                                     std::span<const DecisionTrial> trials, FittedDecision fitted) {
    { c.fit_rows() } -> std::convertible_to<std::size_t>;
    { c.top_logprobs() } -> std::convertible_to<std::size_t>;
    { d.fit(task, trials) } -> std::same_as<FittedDecision>;
    { d.use(fitted) } -> std::same_as<void>;
};

} // namespace familiar::decision
