#pragma once

#include <familiar/core/demonstration.hpp>
#include <familiar/core/example.hpp>
#include <familiar/core/grimoire.hpp>
#include <familiar/core/prediction.hpp>
#include <familiar/core/task.hpp>
#include <familiar/prompt/prompt.hpp>

#include <concepts>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace familiar::prompt {

/// Which parts of a prompt are left out, for ablation studies (SuperICL, Table 4).
struct Ablation {
    bool test_prediction = false; ///< the plug-in's line of the query
    bool confidence = false;      ///< the confidence in every plug-in line
    bool demonstrations = false;
    bool grimoire = false;
    friend bool operator==(const Ablation&, const Ablation&) = default;
};

/// What comes before the query: the same for all queries that share demonstrations and grimoire.
struct PrefixParts {
    std::span<const Demonstration> demonstrations;
    const Grimoire* grimoire = nullptr;
};

/// Builds the part of a prompt that queries share.
template <class F>
concept FormatsPrefix = requires(const F& f, const Task& task, const PrefixParts& parts) {
    { f.prefix(task, parts) } -> std::same_as<std::shared_ptr<const PromptPart>>;
};

/// Builds the query's own part, and the question why the LLM's label differs from the plug-in's.
template <class F>
concept FormatsQuery =
    requires(const F& f, const Task& task, std::shared_ptr<const PromptPart> shared, const Example& example,
             const std::optional<Prediction>& prediction, std::string_view llm_label) {
        { f.query(task, shared, example, prediction) } -> std::same_as<Prompt>;
        { f.explanation(task, shared, example, prediction, llm_label) } -> std::same_as<Prompt>;
    };

/// Puts task, notes, demonstrations, query and plug-in lines into words. `candidate` says how a label is spelled where
/// an LLM scores it as a continuation of the prompt (with a leading space in a text form, say).
template <class F>
concept PromptFormat = FormatsPrefix<F> && FormatsQuery<F> && requires(const F& f, std::string_view label) {
    { f.candidate(label) } -> std::convertible_to<std::string>;
    { f.identity() } -> std::convertible_to<std::string>;
};

} // namespace familiar::prompt
