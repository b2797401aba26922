#pragma once

#include <familiar/core/cancellation.hpp>
#include <familiar/core/progress.hpp>
#include <familiar/pipeline/assembly.hpp>
#include <familiar/pipeline/run_store.hpp>
#include <familiar/pipeline/selector_words.hpp>
#include <familiar/transport/prompt_tokens.hpp>

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace familiar::pipeline {

/// What a run will ask, counted without asking.
struct RunPlan {
    std::uint64_t rows = 0;  ///< that are still to be done
    std::uint64_t calls = 0; ///< one for each row that the LLM is asked about, and those that choose a grimoire or
                             ///< demonstrations
    std::uint64_t explanations_at_most = 0;   ///< further calls, one for each row that will be overridden
    std::uint64_t prompt_tokens = 0;          ///< of `calls`; exact for an LLM in the process, else an upper estimate
    std::uint64_t completion_tokens = 0;      ///< of `calls`, at most
    std::uint64_t demonstrations_dropped = 0; ///< because the context is too short
    std::uint64_t notes_lines_dropped = 0;    ///< of a grimoire, for the same reason
    bool exact = false;                       ///< whether the tokens are counted rather than estimated
    std::optional<double> cost; ///< of `calls` at most, in the currency of the prices; none without prices
};

[[nodiscard]] inline nlohmann::ordered_json to_json(const RunPlan& plan) {
    nlohmann::ordered_json json;
    json["rows"] = plan.rows;
    json["calls"] = plan.calls;
    json["explanations_at_most"] = plan.explanations_at_most;
    json["prompt_tokens"] = plan.prompt_tokens;
    json["completion_tokens_at_most"] = plan.completion_tokens;
    json["tokens"] = plan.exact ? "counted" : "estimated";
    json["demonstrations_dropped"] = plan.demonstrations_dropped;
    json["notes_lines_dropped"] = plan.notes_lines_dropped;
    json["cost_at_most"] = plan.cost ? nlohmann::ordered_json(*plan.cost) : nlohmann::ordered_json();
    return json;
}

/// Counts what `run_task` would ask: fits the plug-in, which an `unsure` decision depends on, builds every prompt and
/// counts its tokens. Asks nothing and writes nothing. A run that is half done in `options.out` counts for what is
/// left; replies in the cache are not known. Throws Error as `run_task`.
[[nodiscard]] inline RunPlan plan_task(const RunOptions& options, ThreadPool& pool, const kernels::Dispatched& kernels,
                                       const ProgressSink& progress = {}, const Cancellation* cancellation = nullptr) {
    Assembly assembly = assemble(options, pool, kernels, cancellation);
    std::vector<Example> examples = std::move(assembly.examples);
    SelectorWords words;
    if (options.out && std::filesystem::exists(*options.out / RunStore::kFile)) {
        RunStore store(*options.out, run_identity(assembly), nlohmann::json(assembly.hashes));
        if (const auto remembered = store.recall(SelectorWords::kFact)) words = selector_words_from_json(*remembered);
        const auto rows = store.rows();
        std::size_t number = 0;
        std::erase_if(examples, [&](const Example&) {
            const auto done = rows.find(number++);
            return done != rows.end() && !done->second.failed();
        });
    }
    RunPlan plan;
    plan.rows = examples.size();
    if (examples.empty()) return plan;
    AnyPipeline& pipeline = *assembly.pipeline;
    const auto add = [&](const transport::LlmRequest& request) {
        ++plan.calls;
        plan.prompt_tokens += transport::prompt_tokens(pipeline.transport(), request);
        plan.completion_tokens += request.max_tokens;
    };
    words.instead = [&](const transport::LlmRequest& request) {
        if (cancellation != nullptr) cancellation->throw_if_requested();
        add(request);
    };
    pipeline.prepare(assembly.task, std::move(assembly.train), progress, cancellation, &words);
    plan.exact = assembly.llm.at("type") == "embedded";
    using Known = std::vector<std::optional<Prediction>>;
    const auto count = [&](std::span<const Example> rows, const Known& known = {}) {
        const Batch batch =
            pipeline.consider(rows, progress, cancellation, known.size() == rows.size() ? &known : nullptr);
        for (std::size_t row = 0; row < batch.size(); ++row) {
            if (cancellation != nullptr) cancellation->throw_if_requested();
            if (!batch.asks[row]) continue;
            const auto question = pipeline.question(batch, row);
            add(question.request);
            plan.demonstrations_dropped += question.dropped;
            plan.notes_lines_dropped += question.lines_dropped;
            if (progress) progress({"plan", row + 1, batch.size()});
        }
    };
    using By = GrimoireChoice::By;
    const By by = assembly.grimoires ? assembly.grimoires->by() : By::fixed;
    if (by != By::oracle) count(examples); // of several candidates with the longest: which is best is not known yet
    for (std::size_t c = 0; by != By::fixed && c < assembly.grimoires->candidates().size(); ++c) {
        pipeline.change_ranker(assembly.grimoires->ranker_of(c));
        count(by == By::oracle ? std::span<const Example>(examples) : assembly.grimoires->dev());
    }
    if (assembly.fitting) {
        for_each_fitting_prompt(pipeline, *assembly.fitting,
                                [&](std::span<const Example> rows, const Known& known) { count(rows, known); });
    }
    if (options.explain && assembly.method.plugin) plan.explanations_at_most = plan.calls;
    const auto price = [&](const char* key) { return assembly.llm.value(key, 0.0) / 1e6; };
    const double prompt_price = price("price_per_million_prompt_tokens"),
                 completion_price = price("price_per_million_completion_tokens");
    if (prompt_price > 0 || completion_price > 0) {
        plan.cost = double(plan.prompt_tokens) * prompt_price + double(plan.completion_tokens) * completion_price;
    }
    return plan;
}

} // namespace familiar::pipeline
