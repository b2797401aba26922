#pragma once

#include <familiar/core/error.hpp>
#include <familiar/core/task.hpp>
#include <familiar/decision/decide.hpp>
#include <familiar/evaluation/bleu.hpp>
#include <familiar/evaluation/bootstrap.hpp>
#include <familiar/evaluation/calibration_error.hpp>
#include <familiar/evaluation/chrf.hpp>
#include <familiar/evaluation/confusion_matrix.hpp>
#include <familiar/evaluation/probability_scores.hpp>
#include <familiar/evaluation/rouge.hpp>
#include <familiar/evaluation/significance.hpp>
#include <familiar/report/baseline.hpp>
#include <familiar/report/row_record.hpp>
#include <familiar/report/run_figures.hpp>
#include <familiar/tensor/views.hpp>
#include <familiar/text/white_space.hpp>

#include <nlohmann/json.hpp>

#include <cmath>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace familiar::report {

/// The figures of a run. Those that compare with gold labels run over the rows that have one, and are empty where none
/// has; a row that failed or whose reply is no label counts as wrong.
struct Report {
    /// Against the plug-in alone.
    struct McNemar {
        std::size_t only_pipeline = 0, only_plugin = 0; ///< rows that one has right and the other not
        double p = 1.0;                                 ///< exact, two-sided
    };

    std::size_t rows = 0, failed = 0;
    std::optional<double> accuracy; ///< for generation the share of replies that are the reference
    std::optional<double> macro_f1, matthews, balanced_accuracy;
    std::optional<double> ece;   ///< of the probabilities of the labels that were given; ten equal bins
    std::optional<double> brier; ///< 0 to 2; over the rows whose probabilities of all labels are known
    std::optional<double> auroc; ///< over the same rows: of each label that some have and some have not, their mean
    double invalid_rate = 0.0, override_rate = 0.0;
    std::optional<double> override_accuracy, majority_share;
    std::optional<evaluation::Interval> interval; ///< 95 %, of the task's metric: Wilson's for accuracy, else bootstrap
    std::optional<Baseline> majority_class;
    std::optional<Baseline> majority_vote;     ///< of plug-in and LLM, where some row has heard both
    std::optional<McNemar> mcnemar;            ///< where a plug-in has a prediction for every row that counts
    std::optional<double> chrf, bleu, rouge_l; ///< 0 to 100; of generation (ROUGE-L: mean F1 of the rows)
    RunFigures run;
};

namespace detail {

inline double figure(const evaluation::ConfusionMatrix& m, const std::string& metric) {
    return metric == "macro_f1" ? m.macro_f1() : metric == "matthews" ? m.matthews() : m.accuracy();
}

/// Scores of whole distributions; rows without one are left out.
inline void score_probabilities(Report& report, const Task& task, std::span<const RowRecord> rows) {
    std::vector<std::size_t> truth;
    std::vector<double> p;
    for (const auto& row : rows) {
        if (!row.gold || row.distribution.size() != task.labels.size()) continue;
        truth.push_back(*task.label_index(*row.gold));
        for (const auto& [label, probability] : row.distribution) p.push_back(probability);
    }
    if (truth.empty()) return;
    const tensor::MatrixView<const double> matrix(p.data(), truth.size(), task.labels.size());
    report.brier = evaluation::brier_score(truth, matrix);
    double sum = 0.0;
    std::size_t areas = 0;
    for (const double area : evaluation::auroc_of_labels(truth, matrix)) {
        if (std::isnan(area)) continue;
        sum += area;
        ++areas;
    }
    if (areas > 0) report.auroc = sum / static_cast<double>(areas);
}

/// What plug-in and LLM together say.
inline std::optional<std::size_t> voted(const Task& task, const RowRecord& row) {
    std::vector<Voice> voices;
    if (row.plugin) voices.push_back({task.label_index(row.plugin->label), row.plugin->confidence});
    if (row.llm && row.llm->label) {
        Voice llm{task.label_index(*row.llm->label), std::nullopt};
        std::vector<double> logprobs;
        for (const auto& [label, logprob] : row.llm->logprobs) logprobs.push_back(logprob);
        const auto p = decision::label_distribution(logprobs);
        if (llm.label && *llm.label < p.size()) llm.probability = p[*llm.label];
        voices.push_back(llm);
    }
    return most_said(voices);
}

inline void count_labels(Report& report, const Task& task, std::span<const RowRecord> rows) {
    std::vector<std::size_t> truth;
    std::vector<std::optional<std::size_t>> predicted, votes;
    std::vector<double> confidence;
    std::vector<char> right;
    std::size_t overridden = 0, overridden_right = 0, overridden_with_gold = 0, compared = 0, heard_both = 0;
    Report::McNemar mcnemar;
    for (const auto& row : rows) {
        overridden += row.overridden ? 1 : 0;
        if (!row.gold) continue;
        const auto gold = task.label_index(*row.gold);
        if (!gold)
            throw Error(ErrorCode::unknown_label, "\"" + *row.gold + "\" is no label of the task", "row " + row.id);
        truth.push_back(*gold);
        predicted.push_back(row.label ? task.label_index(*row.label) : std::nullopt);
        votes.push_back(voted(task, row));
        heard_both += row.plugin && row.llm ? 1 : 0;
        const bool correct = row.label == row.gold;
        overridden_with_gold += row.overridden ? 1 : 0;
        overridden_right += row.overridden && correct ? 1 : 0;
        if (row.label && row.probability) {
            confidence.push_back(*row.probability);
            right.push_back(correct ? 1 : 0);
        }
        if (row.plugin) {
            const bool plugin_correct = row.plugin->label == *row.gold;
            ++compared;
            mcnemar.only_pipeline += correct && !plugin_correct ? 1 : 0;
            mcnemar.only_plugin += plugin_correct && !correct ? 1 : 0;
        }
    }
    if (!rows.empty()) report.override_rate = static_cast<double>(overridden) / static_cast<double>(rows.size());
    if (truth.empty()) return;

    const evaluation::ConfusionMatrix m(task.labels.size(), truth, predicted);
    report.accuracy = m.accuracy();
    report.macro_f1 = m.macro_f1();
    report.matthews = m.matthews();
    report.balanced_accuracy = m.balanced_accuracy();
    report.majority_share = m.majority_share();
    report.majority_class = majority_class(task.labels.size(), truth);
    if (heard_both > 0) report.majority_vote = make_baseline("majority vote", task.labels.size(), truth, votes);
    score_probabilities(report, task, rows);
    const auto outcomes = std::make_unique<bool[]>(right.size());
    for (std::size_t i = 0; i < right.size(); ++i) outcomes[i] = right[i] != 0;
    report.ece = evaluation::calibration_error(confidence, {outcomes.get(), right.size()}).expected;
    if (overridden_with_gold != 0) {
        report.override_accuracy = static_cast<double>(overridden_right) / static_cast<double>(overridden_with_gold);
    }
    if (compared == truth.size()) {
        mcnemar.p = evaluation::mcnemar_exact(mcnemar.only_pipeline, mcnemar.only_plugin);
        report.mcnemar = mcnemar;
    }
    if (task.metric == "macro_f1" || task.metric == "matthews") {
        report.interval = evaluation::bootstrap_interval(
            truth.size(),
            [&](std::span<const std::size_t> drawn) {
                evaluation::ConfusionMatrix resampled(task.labels.size());
                for (const std::size_t i : drawn) resampled.add(truth[i], predicted[i]);
                return figure(resampled, task.metric);
            },
            report.run.seed);
    } else {
        report.interval = evaluation::wilson_interval(m.correct(), m.rows());
    }
}

inline void compare_texts(Report& report, const Task& task, std::span<const RowRecord> rows) {
    std::vector<evaluation::Chrf> chrf;
    std::vector<evaluation::Bleu> bleu;
    std::size_t equal = 0;
    double rouge = 0.0;
    for (const auto& row : rows) {
        if (!row.gold) continue;
        const std::string reply = row.label.value_or("");
        chrf.emplace_back().add(reply, *row.gold);
        bleu.emplace_back().add(reply, *row.gold);
        rouge += evaluation::rouge_l(reply, *row.gold).f1;
        equal += row.label && *row.label == text::strip(*row.gold) ? 1 : 0;
    }
    if (chrf.empty()) return;
    report.accuracy = static_cast<double>(equal) / static_cast<double>(chrf.size());
    const auto score = [](const auto& parts, std::span<const std::size_t> drawn) {
        typename std::decay_t<decltype(parts)>::value_type sum;
        for (const std::size_t i : drawn) sum += parts[i];
        return sum.score();
    };
    std::vector<std::size_t> all(chrf.size());
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
    report.chrf = score(chrf, all);
    report.bleu = score(bleu, all);
    report.rouge_l = 100.0 * rouge / static_cast<double>(all.size());
    report.interval = evaluation::bootstrap_interval(
        all.size(),
        [&](std::span<const std::size_t> drawn) {
            return task.metric == "bleu" ? score(bleu, drawn) : score(chrf, drawn);
        },
        report.run.seed);
}

} // namespace detail

/// The report of a run from its rows. O(rows), and 1000 times that where the interval is resampled. Throws Error
/// (unknown_label) for a gold label that the task lacks.
inline Report make_report(const Task& task, std::span<const RowRecord> rows, RunFigures run) {
    Report report;
    report.run = std::move(run);
    report.rows = rows.size();
    std::size_t invalid = 0;
    for (const auto& row : rows) {
        report.failed += row.error ? 1 : 0;
        invalid += !row.label && !row.error ? 1 : 0;
    }
    if (!rows.empty()) report.invalid_rate = static_cast<double>(invalid) / static_cast<double>(rows.size());
    if (task.is_generation()) {
        detail::compare_texts(report, task, rows);
    } else {
        detail::count_labels(report, task, rows);
    }
    return report;
}

/// The report as the program writes it, keys in their order; null for what is not known.
inline nlohmann::ordered_json to_json(const Report& report) {
    using Json = nlohmann::ordered_json;
    const auto number = [](const std::optional<double>& value) { return value ? Json(*value) : Json(); };
    Json json;
    json["rows"] = report.rows;
    json["failed"] = report.failed;
    json["accuracy"] = number(report.accuracy);
    json["macro_f1"] = number(report.macro_f1);
    json["matthews"] = number(report.matthews);
    json["balanced_accuracy"] = number(report.balanced_accuracy);
    json["ece"] = number(report.ece);
    json["brier"] = number(report.brier);
    json["auroc"] = number(report.auroc);
    json["invalid_rate"] = report.invalid_rate;
    json["override_rate"] = report.override_rate;
    json["override_accuracy"] = number(report.override_accuracy);
    json["majority_share"] = number(report.majority_share);
    json["majority_class"] = report.majority_class ? to_json(*report.majority_class) : Json();
    json["majority_vote"] = report.majority_vote ? to_json(*report.majority_vote) : Json();
    if (report.chrf) json["chrf"] = *report.chrf;
    if (report.bleu) json["bleu"] = *report.bleu;
    if (report.rouge_l) json["rouge_l"] = *report.rouge_l;
    json["interval"] = report.interval ? Json::array({report.interval->low, report.interval->high}) : Json();
    json["mcnemar"] = nullptr;
    if (report.mcnemar) {
        json["mcnemar"] = {
            {"b", report.mcnemar->only_pipeline}, {"c", report.mcnemar->only_plugin}, {"p", report.mcnemar->p}};
    }
    const RunFigures& run = report.run;
    json["calls"] = run.calls;
    json["cached_calls"] = run.cached_calls;
    json["tokens"] = {
        {"prompt", run.tokens.prompt}, {"completion", run.tokens.completion}, {"reused", run.tokens.reused}};
    json["demonstrations_dropped"] = run.demonstrations_dropped;
    if (run.notes_lines_dropped) json["notes_lines_dropped"] = *run.notes_lines_dropped;
    json["seconds"] = run.seconds;
    json["parameters"] = run.parameters;
    json["hashes"] = run.hashes;
    return json;
}

/// The text of report.json.
inline std::string to_text(const Report& report) {
    return to_json(report).dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

} // namespace familiar::report
