#pragma once

#include <familiar/report/baseline.hpp>
#include <familiar/report/report.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace familiar::report {

namespace detail {

inline std::string decimals(double value, int digits) {
    char text[64];
    const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::fixed, digits);
    return end.ec == std::errc() ? std::string(text, end.ptr) : "?";
}

inline std::string decimals(const std::optional<double>& value, int digits) {
    return value ? decimals(*value, digits) : "-";
}

inline std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

/// Title line and a line each.
inline std::vector<std::vector<std::string>> table_lines(std::span<const std::pair<std::string, Report>> methods) {
    const bool texts =
        std::any_of(methods.begin(), methods.end(), [](const auto& m) { return m.second.chrf.has_value(); });
    std::vector<std::vector<std::string>> lines = {{"method", texts ? "chrF" : "accuracy", "95 % interval",
                                                    texts ? "BLEU" : "macro-F1", "ECE", "Brier", "AUROC",
                                                    "override rate", "calls", "failed", "seconds"}};
    for (const auto& [name, report] : methods) {
        const auto range =
            report.interval ? decimals(report.interval->low, 3) + " to " + decimals(report.interval->high, 3) : "-";
        lines.push_back({name, decimals(texts ? report.chrf : report.accuracy, 3), range,
                         decimals(texts ? report.bleu : report.macro_f1, 3), decimals(report.ece, 3),
                         decimals(report.brier, 3), decimals(report.auroc, 3),
                         report.mcnemar ? decimals(report.override_rate, 3) : "-", std::to_string(report.run.calls),
                         std::to_string(report.failed), decimals(report.run.seconds, 1)});
    }
    return lines;
}

/// A line below those of methods; what only methods have is `-`.
inline std::vector<std::string> baseline_line(const Baseline& baseline, const std::vector<std::string>& titles) {
    std::vector<std::string> line = {baseline.name, decimals(baseline.accuracy, 3),
                                     decimals(baseline.interval.low, 3) + " to " + decimals(baseline.interval.high, 3),
                                     decimals(baseline.macro_f1, 3)};
    line.resize(titles.size(), "-");
    return line;
}

/// Columns padded to their widest cell, a rule below the first line.
inline std::string aligned(const std::vector<std::vector<std::string>>& lines) {
    std::vector<std::size_t> widths(lines.front().size());
    for (const auto& line : lines) {
        for (std::size_t c = 0; c < line.size(); ++c) widths[c] = std::max(widths[c], characters(line[c]));
    }
    std::string text;
    for (std::size_t l = 0; l < lines.size(); ++l) {
        for (std::size_t c = 0; c < widths.size(); ++c) {
            const std::string pad(widths[c] - characters(lines[l][c]), ' ');
            text += c == 0 ? lines[l][c] + pad : "  " + pad + lines[l][c]; // names to the left, figures to the right
        }
        text += "\n";
        if (l == 0) {
            for (std::size_t c = 0; c < widths.size(); ++c) text += (c == 0 ? "" : "  ") + std::string(widths[c], '-');
            text += "\n";
        }
    }
    return text;
}

} // namespace detail

/// Methods side by side for a terminal: a line each with accuracy, macro-F1 (for generation chrF and BLEU), ECE, Brier,
/// AUROC, override rate, calls, failed rows and seconds; below them the majority class where all were asked about the
/// same rows, and of one method the majority vote of its plug-in and its LLM. Columns are aligned; `-` where a figure
/// is not known.
inline std::string comparison_table(std::span<const std::pair<std::string, Report>> methods) {
    auto lines = detail::table_lines(methods);
    const auto* const first = methods.empty() ? nullptr : &methods.front().second;
    const bool same = std::all_of(methods.begin(), methods.end(),
                                  [&](const auto& m) { return m.second.majority_class == first->majority_class; });
    if (first != nullptr && first->majority_class && same) {
        lines.push_back(detail::baseline_line(*first->majority_class, lines.front()));
        if (methods.size() == 1) {
            std::vector<std::string> unheard(lines.front().size(), "-");
            unheard.front() = "majority vote";
            lines.push_back(first->majority_vote ? detail::baseline_line(*first->majority_vote, lines.front())
                                                 : std::move(unheard));
        }
    }
    return detail::aligned(lines);
}

} // namespace familiar::report
