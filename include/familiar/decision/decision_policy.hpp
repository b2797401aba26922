#pragma once

#include <familiar/core/answer.hpp>
#include <familiar/core/prediction.hpp>
#include <familiar/core/task.hpp>

#include <concepts>
#include <optional>
#include <string>

namespace familiar::decision {

/// Whether the LLM is to be asked about an example, given what the plug-in says (nothing without a plug-in).
template <class D>
concept DecidesToAsk = requires(const D& d, const std::optional<Prediction>& prediction) {
    { d.asks(prediction) } -> std::convertible_to<bool>;
};

/// Makes one answer of both. `verdict` is empty where the LLM was not asked; at least one of the two is there.
template <class D>
concept DecidesAnswer = requires(const D& d, const Task& task, const std::optional<Prediction>& prediction,
                                 const std::optional<LlmVerdict>& verdict) {
    { d.decide(task, prediction, verdict) } -> std::same_as<Answer>;
};

template <class D>
concept DecisionPolicy = DecidesToAsk<D> && DecidesAnswer<D> && requires(const D& d) {
    { d.identity() } -> std::convertible_to<std::string>;
};

} // namespace familiar::decision
