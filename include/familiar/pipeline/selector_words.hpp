#pragma once

#include <familiar/core/cancellation.hpp>
#include <familiar/core/error.hpp>
#include <familiar/core/progress.hpp>
#include <familiar/decision/decide.hpp>
#include <familiar/demonstration/asks_llm.hpp>
#include <familiar/pipeline/asking_cost.hpp>
#include <familiar/pipeline/batch.hpp>
#include <familiar/pipeline/capabilities.hpp>
#include <familiar/pipeline/considering.hpp>
#include <familiar/pipeline/row_outcome_json.hpp>
#include <familiar/pipeline/runner.hpp>
#include <familiar/pipeline/trial_rows.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

/// What a selector hears from the LLM before a run (demonstration/asks_llm.hpp): which examples are hard for it, which
/// order of demonstrations leads it least astray.
namespace familiar::pipeline {

struct SelectorWords {
    static constexpr const char* kFact = "selector"; ///< under which a run store remembers them

    bool known = false;                       ///< what follows has been heard before and nobody is asked again
    std::vector<demonstration::LlmWord> pool; ///< about the examples that the selector asked about
    std::optional<std::size_t> order;         ///< that was chosen, where orders were tried
    std::size_t asked = 0, failed = 0;        ///< examples, and those whose request failed
    AskingCost cost;
    /// Where there is one, it is given every request in the LLM's place, which then has said nothing of any example: to
    /// count what would be asked.
    std::function<void(const transport::LlmRequest&)> instead;
};

/// What the run store remembers, and back. Throws Error (malformed_json) for what `to_json` does not write.
[[nodiscard]] inline nlohmann::json to_json(const SelectorWords& words) {
    nlohmann::json json;
    auto& pool = json["pool"] = nlohmann::json::array();
    for (const auto& word : words.pool) {
        pool.push_back({{"label", detail::index_to_json(word.label)},
                        {"distribution", word.distribution},
                        {"failed", word.failed}});
    }
    json["order"] = detail::index_to_json(words.order);
    json["asked"] = words.asked;
    json["failed"] = words.failed;
    write_cost(words.cost, json);
    return json;
}

[[nodiscard]] inline SelectorWords selector_words_from_json(const nlohmann::json& json) {
    try {
        SelectorWords words;
        words.known = true;
        for (const auto& word : json.at("pool")) {
            words.pool.push_back({detail::index_from_json(word.at("label")),
                                  word.at("distribution").get<std::vector<double>>(), word.at("failed").get<bool>()});
        }
        words.order = detail::index_from_json(json.at("order"));
        words.asked = json.at("asked").get<std::size_t>();
        words.failed = json.at("failed").get<std::size_t>();
        words.cost = read_cost(json);
        return words;
    } catch (const nlohmann::json::exception& problem) {
        throw Error(ErrorCode::malformed_json, std::string("these are no words about a pool (") + problem.what() + ")");
    }
}

namespace detail {

/// What the LLM says of a batch's examples. Throws Error: cancelled, and what ends a run.
template <class Pipeline>
std::vector<demonstration::LlmWord> hear(Pipeline& pipeline, const Batch& batch, SelectorWords& words,
                                         const ProgressSink& progress, const Cancellation* cancellation) {
    std::vector<demonstration::LlmWord> heard(batch.size());
    words.asked += batch.size();
    if (words.instead) {
        for (std::size_t row = 0; row < batch.size(); ++row) words.instead(pipeline.question(batch, row).request);
        return heard;
    }
    RunSettings settings;
    settings.progress = progress;
    settings.cancellation = cancellation;
    NoStore nothing;
    Considering considered(pipeline, [&](const auto&...) { return batch; }); // it was considered beforehand
    const bool explains = std::exchange(pipeline.options().explain, false);  // nobody reads why
    const auto answered = trial_rows(considered, batch.examples, nothing, settings);
    pipeline.options().explain = explains;
    for (std::size_t row = 0; row < batch.size(); ++row) {
        const RowOutcome& outcome = answered[row];
        words.cost += cost_of(outcome);
        heard[row].failed = outcome.failed() || !outcome.verdict;
        words.failed += heard[row].failed ? 1 : 0;
        if (heard[row].failed) continue;
        heard[row].label = outcome.verdict->label;
        heard[row].distribution = decision::label_distribution(outcome.verdict->label_logprobs);
    }
    return heard;
}

/// About the examples with nothing shown: neither demonstrations nor notes nor what a plug-in says.
template <class Pipeline>
void hear_about_pool(Pipeline& pipeline, std::span<const Example> pool, SelectorWords& words,
                     const ProgressSink& progress, const Cancellation* cancellation) {
    auto& selector = pipeline.selector();
    const auto positions = selector.asks_about(pipeline.task(), pool, pipeline.options().seed);
    if (positions.empty()) return;
    if (!words.known || words.pool.size() != positions.size()) {
        std::vector<Example> examples;
        examples.reserve(positions.size());
        for (const std::size_t position : positions) examples.push_back(pool[position]);
        Batch batch;
        batch.examples = examples;
        batch.predictions.resize(examples.size());
        batch.asks.assign(examples.size(), true);
        batch.selections.resize(1);
        batch.grimoires.assign(1, nullptr);
        words.pool = hear(pipeline, batch, words, progress, cancellation);
    }
    selector.learn_words(positions, words.pool);
}

/// With the selection in each of several orders, without notes.
template <class Pipeline>
void try_orders(Pipeline& pipeline, std::span<const Example> pool, SelectorWords& words, const ProgressSink& progress,
                const Cancellation* cancellation) {
    auto& selector = pipeline.selector();
    const auto trials = selector.trials(pipeline.options().demonstrations);
    if (trials.orders == 0) return;
    if (!words.known || !words.order) {
        std::vector<Example> probes;
        std::vector<std::optional<Prediction>> predictions;
        const std::span<const Prediction> honest = out_of_fold(pipeline.plugin());
        for (const std::size_t position : trials.probes) {
            probes.push_back(pool[position]);
            if (honest.size() == pool.size()) predictions.emplace_back(honest[position]);
        }
        std::vector<std::vector<demonstration::LlmWord>> heard;
        for (std::size_t order = 0; order < trials.orders; ++order) {
            selector.show_order(order);
            Batch batch = pipeline.consider(probes, progress, cancellation,
                                            predictions.size() == probes.size() ? &predictions : nullptr);
            batch.asks.assign(probes.size(), true);
            batch.grimoires.assign(1, nullptr);
            heard.push_back(hear(pipeline, batch, words, progress, cancellation));
        }
        words.order = words.instead ? std::size_t{0} : selector.best_order(heard);
    }
    selector.show_order(*words.order);
}

} // namespace detail

/// Prepares a pipeline's selector, which hears from the LLM what it wants to hear: what is in `words` where that is
/// known, else it is asked and `words` is filled. Throws what the selector throws, and what ends a run.
template <class Pipeline>
void prepare_selector(Pipeline& pipeline, std::span<const Example> pool, SelectorWords& words,
                      const ProgressSink& progress, const Cancellation* cancellation) {
    using Selector = std::remove_cvref_t<decltype(pipeline.selector())>;
    if constexpr (demonstration::AsksAboutPool<Selector>)
        detail::hear_about_pool(pipeline, pool, words, progress, cancellation);
    pipeline.selector().prepare(pipeline.task(), pool, pipeline.options().seed);
    if constexpr (demonstration::TriesOrders<Selector>)
        detail::try_orders(pipeline, pool, words, progress, cancellation);
    words.known = true;
}

} // namespace familiar::pipeline
