#pragma once

#include <familiar/core/cancellation.hpp>
#include <familiar/core/progress.hpp>
#include <familiar/data/atomic_file.hpp>
#include <familiar/pipeline/asking_cost.hpp>
#include <familiar/pipeline/assembly.hpp>
#include <familiar/pipeline/run_store.hpp>
#include <familiar/pipeline/runner.hpp>
#include <familiar/pipeline/selector_words.hpp>
#include <familiar/report/report.hpp>
#include <familiar/report/row_record.hpp>
#include <familiar/report/run_figures.hpp>

#include <chrono>
#include <ctime>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace familiar::pipeline {

/// A row that failed, for messages.
struct RowFailure {
    std::size_t row = 0; ///< in the order of the split, from 0
    std::string message;
};

/// How a run ended, and what it found. `report` is there where every row has an outcome.
struct RunOutcome {
    std::filesystem::path folder; ///< with predictions.jsonl and report.json where there is a report
    std::optional<report::Report> report;
    std::optional<Failure> ended_by; ///< why it ended early, where an LLM cannot be used at all
    bool interrupted = false;        ///< cancelled; what is done is kept
    std::size_t rows = 0, done = 0;
    std::vector<RowFailure> failures; ///< of the rows that are done
    std::vector<std::string> remarks; ///< what the user should know beside: a grimoire that was edited by hand, say

    /// What a program ends with: 0 done, 3 done but some rows failed, 1 ended early, 130 interrupted.
    [[nodiscard]] int exit_status() const noexcept {
        if (interrupted) return 130;
        if (ended_by || !report) return 1;
        return report->failed > 0 ? 3 : 0;
    }
};

namespace detail {

/// A folder that is not there yet: runs/TASK-METHOD-seedS-TIME.
inline std::filesystem::path new_run_folder(const RunOptions& options, const Task& task) {
    std::string name;
    for (const char c : task.name) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
        name += plain ? c : '-';
    }
    const std::time_t now = std::time(nullptr);
    std::tm local{};
    char time[32];
    std::strftime(time, sizeof time, "%Y%m%d-%H%M%S", ::localtime_r(&now, &local));
    const std::string stem =
        name.substr(0, 64) + "-" + options.method + "-seed" + std::to_string(options.seed) + "-" + time;
    std::filesystem::path folder = std::filesystem::path("runs") / stem;
    std::error_code ignored;
    for (int i = 2; std::filesystem::exists(folder, ignored); ++i) {
        folder = std::filesystem::path("runs") / (stem + "-" + std::to_string(i));
    }
    return folder;
}

inline void add_cost(report::RunFigures& figures, const AskingCost& cost) {
    figures.calls += cost.calls;
    figures.cached_calls += cost.cached_calls;
    figures.tokens += cost.tokens;
}

inline report::RunFigures run_figures(const Assembly& assembly, const RunResult& result, double seconds,
                                      std::uint64_t seed) {
    report::RunFigures figures;
    std::uint64_t notes_lines_dropped = 0;
    for (const auto& row : result.rows) {
        add_cost(figures, cost_of(*row));
        figures.demonstrations_dropped += row->demonstrations_dropped;
        notes_lines_dropped += row->notes_lines_dropped;
    }
    if (assembly.grimoires) figures.notes_lines_dropped = notes_lines_dropped;
    figures.seconds = seconds;
    figures.seed = seed;
    figures.parameters = assembly.parameters;
    figures.hashes = assembly.hashes;
    return figures;
}

/// Both files, each whole or not at all; the report last: where it is, the run is finished.
inline report::Report write_results(const std::filesystem::path& folder, const Assembly& assembly,
                                    const std::vector<Example>& examples, const RunResult& result,
                                    report::RunFigures figures) {
    std::vector<report::RowRecord> records;
    records.reserve(examples.size());
    data::AtomicFile predictions(folder / "predictions.jsonl");
    for (std::size_t i = 0; i < examples.size(); ++i) {
        const RowOutcome& row = *result.rows[i];
        records.push_back(
            report::make_row_record(assembly.task, examples[i], row.prediction, row.verdict, row.answer, row.failure));
        predictions.write(report::to_line(records.back()));
        predictions.write("\n");
    }
    report::Report report = report::make_report(assembly.task, records, std::move(figures));
    predictions.commit();
    data::write_file(folder / "report.json", report::to_text(report));
    return report;
}

} // namespace detail

/// Answers every row of an assembly, several requests at once, and writes predictions.jsonl and report.json. Every
/// reply and row is kept in run.sqlite the moment it is there: the same call continues a run that was killed, asking
/// only what is missing, and retries rows that failed. The assembly's examples stay, its policies too (they may be
/// moved to another one); its train split is gone.
///
/// @param start when the work on it began: the time that models took to load counts
/// Throws Error for a folder that holds another run (conflicting_run), for data and models, and where results cannot be
/// written. What an endpoint does is in the outcome.
[[nodiscard]] inline RunOutcome run_assembly(Assembly& assembly, std::filesystem::path folder, std::uint64_t seed,
                                             std::chrono::steady_clock::time_point start,
                                             const ProgressSink& progress = {},
                                             const Cancellation* cancellation = nullptr) {
    RunOutcome outcome;
    if (assembly.grimoires) outcome.remarks = assembly.grimoires->remarks();
    outcome.folder = std::move(folder);
    RunStore store(outcome.folder, run_identity(assembly), nlohmann::json(assembly.hashes));
    AnyPipeline& pipeline = *assembly.pipeline;
    RunSettings settings;
    settings.progress = progress;
    settings.cancellation = cancellation;
    const bool chooses = assembly.grimoires && assembly.grimoires->by() != GrimoireChoice::By::fixed;
    constexpr const char* kChoice = "grimoire";
    std::optional<nlohmann::json> choice = chooses ? store.recall(kChoice) : std::nullopt;
    constexpr const char* kFitted = "decision";
    std::optional<nlohmann::json> fitted = assembly.fitting ? store.recall(kFitted) : std::nullopt;
    std::optional<SelectorWords> words;
    if (const auto remembered = store.recall(SelectorWords::kFact)) words = selector_words_from_json(*remembered);
    const RunResult result = run(pipeline, assembly.examples, store, settings, [&] {
        SelectorWords heard = words.value_or(SelectorWords{});
        pipeline.prepare(assembly.task, std::move(assembly.train), progress, cancellation, &heard);
        if (!words && heard.asked > 0) store.remember(SelectorWords::kFact, to_json(words.emplace(std::move(heard))));
        if (chooses) {
            if (!choice) {
                choice = make_choice(*assembly.grimoires, pipeline, assembly.examples, store, settings);
                store.remember(kChoice, *choice);
            }
            pipeline.change_ranker(ranker_of_choice(*assembly.grimoires, *choice, assembly.examples));
        }
        if (assembly.fitting) {
            if (!fitted) {
                fitted = fit_decision(pipeline, *assembly.fitting, store, settings);
                store.remember(kFitted, *fitted);
            }
            use_fitted(pipeline, *fitted);
        }
    });
    const double seconds =
        store.add_seconds(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    outcome.rows = result.rows.size();
    outcome.done = static_cast<std::size_t>(
        std::count_if(result.rows.begin(), result.rows.end(), [](const auto& row) { return row.has_value(); }));
    for (std::size_t i = 0; i < result.rows.size(); ++i) {
        if (result.rows[i] && result.rows[i]->failed())
            outcome.failures.push_back({i, result.rows[i]->failure->message});
    }
    outcome.ended_by = result.ended_by;
    outcome.interrupted = result.cancelled;
    if (result.complete()) {
        outcome.interrupted = false;
        auto figures = detail::run_figures(assembly, result, seconds, seed);
        if (words) {
            auto& select = figures.parameters["select"];
            select["llm_asked"] = words->asked;
            select["llm_failed"] = words->failed;
            if (words->order) select["order_chosen"] = *words->order;
            detail::add_cost(figures, words->cost);
        }
        if (choice) {
            figures.parameters["grimoire"] = described_choice(*assembly.grimoires, *choice);
            detail::add_cost(figures, read_cost(*choice));
        }
        if (fitted) {
            describe_fitted(*fitted, figures.parameters["decision"]);
            detail::add_cost(figures, read_cost(*fitted));
        }
        outcome.report = detail::write_results(outcome.folder, assembly, assembly.examples, result, std::move(figures));
    }
    return outcome;
}

/// Does what `familiar run` does: reads the task, checks everything before anything is asked, answers every row of the
/// split, several requests at once, and writes predictions.jsonl and report.json. Every reply and row is kept in
/// run.sqlite the moment it is there: the same call continues a run that was killed, asking only what is missing, and
/// retries rows that failed.
///
///     ThreadPool pool;
///     RunOptions options;
///     options.task = "data/support";
///     RunOutcome outcome = run_task(options, pool, kernels::Dispatched());
///
/// Throws Error for wrong options, data and models, for a folder that holds another run (conflicting_run), and where
/// results cannot be written. What an endpoint does is in the outcome.
[[nodiscard]] inline RunOutcome run_task(const RunOptions& options, ThreadPool& pool,
                                         const kernels::Dispatched& kernels, const ProgressSink& progress = {},
                                         const Cancellation* cancellation = nullptr) {
    const auto start = std::chrono::steady_clock::now();
    Assembly assembly = assemble(options, pool, kernels, cancellation);
    auto folder = options.out ? *options.out : detail::new_run_folder(options, assembly.task);
    return run_assembly(assembly, std::move(folder), options.seed, start, progress, cancellation);
}

} // namespace familiar::pipeline
