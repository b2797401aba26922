#pragma once

#include <familiar/data/jsonl.hpp>
#include <familiar/evaluation/bootstrap.hpp>
#include <familiar/evaluation/significance.hpp>
#include <familiar/report/baseline.hpp>
#include <familiar/report/comparison_table.hpp>
#include <familiar/report/read_report.hpp>
#include <familiar/report/report.hpp>
#include <familiar/report/row_record.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace familiar::report {

/// A run with its rows.
struct ComparedRun {
    std::string name;
    Report report;
    std::vector<RowRecord> rows;
};

/// Reads report.json and predictions.jsonl of a folder. Throws Error naming file and line.
[[nodiscard]] inline ComparedRun read_run(const std::filesystem::path& folder, std::string name) {
    ComparedRun run{std::move(name), read_report(folder), {}};
    const auto path = folder / "predictions.jsonl";
    for (const auto& [row, line] : data::read_jsonl(path)) {
        try {
            run.rows.push_back(row_record_from_json(row));
        } catch (const Error& error) {
            throw error.within(data::line_of(path, line));
        }
    }
    return run;
}

/// Several runs beside one another and beside what needs no model: always saying the commonest label (majority class)
/// and what most of the runs say (majority vote; of as many voices the surest one's, see `most_said`; an answer without
/// a label has none).
struct Comparison {
    struct AgainstFirst {
        std::size_t only_this = 0, only_first = 0;
        double p = 1.0;                  ///< McNemar's exact test, two-sided
        double p_holm = 1.0;             ///< adjusted for as many tests as there are (Holm)
        evaluation::Interval difference; ///< of the accuracies, this less the first: 95 %, bootstrap over pairs of rows
    };
    std::vector<ComparedRun> runs;
    std::vector<std::optional<AgainstFirst>> against_first; ///< one a run; only where both have the same rows
    std::vector<Baseline> baselines;                        ///< macro-F1 over the labels that occur
};

namespace detail {

inline bool same_rows(const ComparedRun& a, const ComparedRun& b) {
    return std::equal(a.rows.begin(), a.rows.end(), b.rows.begin(), b.rows.end(),
                      [](const RowRecord& x, const RowRecord& y) { return x.id == y.id && x.gold == y.gold; });
}

/// What a run's row says, and how sure it is where it tells probabilities.
inline Voice voice_of(const std::vector<std::string>& labels, const RowRecord& row) {
    if (!row.label) return {};
    const auto place = std::lower_bound(labels.begin(), labels.end(), *row.label);
    const bool tells = !row.distribution.empty() || row.decided_by == DecidedBy::plugin;
    return {static_cast<std::size_t>(place - labels.begin()), tells ? row.probability : std::nullopt};
}

} // namespace detail

/// Puts runs of a classification beside one another; runs of a generation have no baselines. The vote needs two runs
/// over the same rows. O(rows · runs), 1000 times that for the intervals of the differences.
[[nodiscard]] inline Comparison compare_runs(std::vector<ComparedRun> runs, std::uint64_t seed = 0) {
    Comparison comparison;
    comparison.runs = std::move(runs);
    comparison.against_first.resize(comparison.runs.size());
    const auto& all = comparison.runs;
    if (all.empty() || !all.front().report.macro_f1) return comparison;
    const ComparedRun& first = all.front();
    bool same = true;
    std::vector<double> p;
    std::vector<std::size_t> tested;
    for (std::size_t r = 1; r < all.size(); ++r) {
        if (!detail::same_rows(first, all[r])) {
            same = false;
            continue;
        }
        Comparison::AgainstFirst against;
        std::vector<int> gains; // a row: 1 where this run alone is right, −1 where the first alone is
        for (std::size_t i = 0; i < first.rows.size(); ++i) {
            if (!first.rows[i].gold) continue;
            const bool mine = all[r].rows[i].label == first.rows[i].gold,
                       its = first.rows[i].label == first.rows[i].gold;
            against.only_this += mine && !its ? 1 : 0;
            against.only_first += its && !mine ? 1 : 0;
            gains.push_back((mine ? 1 : 0) - (its ? 1 : 0));
        }
        if (gains.empty()) continue;
        against.p = evaluation::mcnemar_exact(against.only_this, against.only_first);
        against.difference = evaluation::bootstrap_interval(
            gains.size(),
            [&](std::span<const std::size_t> drawn) {
                double sum = 0.0;
                for (const std::size_t i : drawn) sum += gains[i];
                return sum / static_cast<double>(drawn.size());
            },
            seed);
        p.push_back(against.p);
        tested.push_back(r);
        comparison.against_first[r] = against;
    }
    const auto adjusted = evaluation::holm_adjusted(p);
    for (std::size_t t = 0; t < tested.size(); ++t) comparison.against_first[tested[t]]->p_holm = adjusted[t];

    if (!same) return comparison;
    std::vector<std::string> labels;
    for (const auto& run : all) {
        for (const auto& row : run.rows) {
            if (row.label) labels.push_back(*row.label);
            if (row.gold) labels.push_back(*row.gold);
        }
    }
    std::sort(labels.begin(), labels.end());
    labels.erase(std::unique(labels.begin(), labels.end()), labels.end());
    std::vector<std::size_t> truth;
    std::vector<std::optional<std::size_t>> said;
    std::vector<Voice> voices;
    for (std::size_t i = 0; i < first.rows.size(); ++i) {
        if (!first.rows[i].gold) continue;
        const auto place = std::lower_bound(labels.begin(), labels.end(), *first.rows[i].gold);
        truth.push_back(static_cast<std::size_t>(place - labels.begin()));
        voices.clear();
        for (const auto& run : all) voices.push_back(detail::voice_of(labels, run.rows[i]));
        said.push_back(most_said(voices));
    }
    if (truth.empty()) return comparison;
    comparison.baselines.push_back(majority_class(labels.size(), truth));
    if (all.size() >= 2) comparison.baselines.push_back(make_baseline("majority vote", labels.size(), truth, said));
    return comparison;
}

/// The runs' lines of `comparison_table`, the baselines', and for each run its p against the first one.
[[nodiscard]] inline std::string comparison_table(const Comparison& comparison) {
    std::vector<std::pair<std::string, Report>> methods;
    for (const auto& run : comparison.runs) methods.emplace_back(run.name, run.report);
    auto lines = detail::table_lines(methods);
    if (comparison.runs.size() > 1) {
        lines.front().insert(lines.front().end(), {"against the first", "p (Holm)"});
        for (std::size_t r = 0; r < comparison.runs.size(); ++r) {
            const auto& against = comparison.against_first[r];
            lines[r + 1].push_back(against ? detail::decimals(against->difference.low, 3) + " to " +
                                                 detail::decimals(against->difference.high, 3)
                                           : "-");
            lines[r + 1].push_back(against ? detail::decimals(against->p_holm, 4) : "-");
        }
    }
    for (const auto& baseline : comparison.baselines) lines.push_back(detail::baseline_line(baseline, lines.front()));
    return detail::aligned(lines);
}

/// One object a run (its report, `name`, `against_first`), then one a baseline.
[[nodiscard]] inline nlohmann::ordered_json to_json(const Comparison& comparison) {
    auto list = nlohmann::ordered_json::array();
    for (std::size_t r = 0; r < comparison.runs.size(); ++r) {
        auto json = to_json(comparison.runs[r].report);
        json["name"] = comparison.runs[r].name;
        json["against_first"] = nullptr;
        if (const auto& against = comparison.against_first[r]) {
            json["against_first"] = {{"b", against->only_this},
                                     {"c", against->only_first},
                                     {"p", against->p},
                                     {"p_holm", against->p_holm},
                                     {"difference", {against->difference.low, against->difference.high}}};
        }
        list.push_back(std::move(json));
    }
    for (const auto& baseline : comparison.baselines) {
        nlohmann::ordered_json json = {{"baseline", baseline.name}};
        json.update(to_json(baseline));
        list.push_back(std::move(json));
    }
    return list;
}

} // namespace familiar::report
