#pragma once

#include <familiar/core/error.hpp>
#include <familiar/core/example.hpp>
#include <familiar/core/random.hpp>
#include <familiar/decision/fits_decision.hpp>
#include <familiar/pipeline/asking_cost.hpp>
#include <familiar/pipeline/batch.hpp>
#include <familiar/pipeline/capabilities.hpp>
#include <familiar/pipeline/considering.hpp>
#include <familiar/pipeline/replies_only.hpp>
#include <familiar/pipeline/runner.hpp>
#include <familiar/pipeline/trial_rows.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

/// Fitting a decision (decision/fits_decision.hpp) before a run: what plug-in and LLM say of rows with known labels
/// that are not those to be answered, with the plug-in's line in the prompts and without, and what the LLM says where
/// there is nothing to read.
namespace familiar::pipeline {

/// Rows to fit a decision to, and the split that they are of.
struct FittingRows {
    std::vector<Example> examples;
    std::string from; ///< `dev`, or `train`: then predictions are taken out of fold

    /// At most `most` of the labelled ones, drawn at random, in their order.
    static FittingRows draw(std::vector<Example> all, std::string from, std::size_t most, std::uint64_t seed) {
        std::erase_if(all, [](const Example& example) { return !example.label; });
        auto order = Random(seed, "decision/fit").permutation(all.size());
        order.resize(std::min(most, order.size()));
        std::sort(order.begin(), order.end());
        FittingRows rows{{}, std::move(from)};
        for (const std::size_t row : order) rows.examples.push_back(std::move(all[row]));
        return rows;
    }
};

namespace detail {

/// Beyond the rows of any split, and those that choose a grimoire.
inline constexpr std::size_t kFittingRows = std::size_t{1} << 41;

/// An example with nothing to read (Zhao et al., arXiv 2102.09690).
inline Example blank_example(const Example& like) {
    Example blank;
    blank.id = "\"blank\"";
    blank.text = "N/A";
    if (like.is_pair()) blank.text_b = "N/A";
    return blank;
}

} // namespace detail

/// Which kinds of prompt are tried: with the plug-in's line and without; one alone where there is no plug-in.
template <class Pipeline> [[nodiscard]] std::vector<bool> fitting_prompts(Pipeline& pipeline) {
    return is_absent(pipeline.plugin()) ? std::vector<bool>{true} : std::vector<bool>{true, false};
}

/// Calls `visit(rows, predictions)` for everything that is asked to fit a decision, the pipeline set to each kind of
/// prompt in turn: the rows, then one blank example. The pipeline is prepared.
template <class Pipeline, class Visit>
void for_each_fitting_prompt(Pipeline& pipeline, const FittingRows& rows, const Visit& visit) {
    std::vector<std::optional<Prediction>> honest;
    if (rows.from == "train") {
        for (auto& prediction : pipeline.honest_predictions(rows.examples)) honest.emplace_back(std::move(prediction));
    }
    const std::vector<Example> blank = {detail::blank_example(rows.examples.front())};
    for (const bool line : fitting_prompts(pipeline)) {
        pipeline.show_plugin_line(line);
        visit(std::span<const Example>(rows.examples), honest);
        visit(std::span<const Example>(blank), std::vector<std::optional<Prediction>>(1));
    }
    pipeline.show_plugin_line(true);
}

/// Asks what has to be known, fits the pipeline's decision, and gives what it has learned and what that has cost as
/// JSON for `use_fitted`. Rows whose requests fail are left out. Throws Error: cancelled, what ends a run, empty_data.
template <class Pipeline, class Store>
[[nodiscard]] nlohmann::json fit_decision(Pipeline& pipeline, const FittingRows& rows, Store& store,
                                          const RunSettings& settings) {
    std::vector<decision::DecisionTrial> trials;
    AskingCost cost;
    std::size_t first_row = detail::kFittingRows;
    const auto prompts = fitting_prompts(pipeline);
    const bool explains = std::exchange(pipeline.options().explain, false); // nobody reads why
    for_each_fitting_prompt(pipeline, rows, [&](std::span<const Example> examples, const auto& predictions) {
        // Without predictions the plug-in's own are taken.
        const auto* const known = predictions.size() == examples.size() ? &predictions : nullptr;
        Considering told(pipeline, [&](std::span<const Example> batch, const ProgressSink& progress,
                                       const Cancellation* cancellation) {
            return pipeline.consider(batch, progress, cancellation, known);
        });
        RepliesOnly<Store> replies{&store, first_row};
        first_row += examples.size();
        const auto answered = trial_rows(told, examples, replies, settings);
        const bool prior = !examples.front().label;
        if (!prior) trials.push_back({prompts[trials.size()], {}, {}, {}});
        auto& trial = trials.back();
        for (std::size_t i = 0; i < examples.size(); ++i) {
            const RowOutcome& row = answered[i];
            cost += cost_of(row);
            if (!row.verdict || row.failure || row.verdict->label_logprobs.empty()) continue;
            if (prior) {
                trial.prior = row.verdict->label_logprobs;
            } else if (const auto gold = pipeline.task().label_index(*examples[i].label)) {
                trial.rows.push_back({row.prediction, row.verdict->label_logprobs});
                trial.gold.push_back(*gold);
            }
        }
    });
    pipeline.options().explain = explains;
    for (auto& trial : trials) {
        for (double& x : trial.prior) x = std::max(x, -1e3); // JSON has no infinity
    }
    const auto fitted = pipeline.decision().fit(pipeline.task(), trials);
    nlohmann::json json;
    json["plugin_line"] = fitted.plugin_line;
    json["plugin_weight"] = fitted.weights.plugin;
    json["llm_weight"] = fitted.weights.llm;
    json["prior_weight"] = fitted.weights.prior;
    json["prior"] = fitted.prior;
    json["fitted_on"] = rows.from;
    json["rows"] = fitted.rows;
    json["right"] = fitted.right;
    json["loss"] = fitted.loss;
    write_cost(cost, json);
    return json;
}

/// Sets the pipeline's decision and prompts to what `fit_decision` found.
template <class Pipeline> void use_fitted(Pipeline& pipeline, const nlohmann::json& json) {
    decision::FittedDecision fitted;
    fitted.plugin_line = json.at("plugin_line").get<bool>();
    fitted.weights = {json.at("plugin_weight").get<double>(), json.at("llm_weight").get<double>(),
                      json.at("prior_weight").get<double>()};
    fitted.prior = json.at("prior").get<std::vector<double>>();
    pipeline.show_plugin_line(fitted.plugin_line);
    pipeline.decision().use(std::move(fitted));
}

/// What a report says of it, beside the decision's own parameters.
inline void describe_fitted(const nlohmann::json& json, nlohmann::ordered_json& parameters) {
    for (const char* key : {"plugin_weight", "llm_weight", "prior_weight", "plugin_line", "fitted_on"})
        parameters[key] = json.at(key);
    parameters["fitted_rows"] = json.at("rows");
    parameters["fitted_rows_right"] = json.at("right");
}

} // namespace familiar::pipeline
