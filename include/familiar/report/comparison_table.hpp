#pragma once

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

} // namespace detail

/// Methods side by side for a terminal: a line each with accuracy, macro-F1 (for generation chrF and BLEU), override
/// rate, calls, failed rows and seconds. Columns are aligned; `-` where a figure is not known.
inline std::string comparison_table(std::span<const std::pair<std::string, Report>> methods) {
    const bool texts =
        std::any_of(methods.begin(), methods.end(), [](const auto& m) { return m.second.chrf.has_value(); });
    std::vector<std::vector<std::string>> lines = {{"method", texts ? "chrF" : "accuracy", "95 % interval",
                                                    texts ? "BLEU" : "macro-F1", "override rate", "calls", "failed",
                                                    "seconds"}};
    for (const auto& [name, report] : methods) {
        const auto range = report.interval ? detail::decimals(report.interval->low, 3) + " to " +
                                                 detail::decimals(report.interval->high, 3)
                                           : "-";
        lines.push_back({name, detail::decimals(texts ? report.chrf : report.accuracy, 3), range,
                         detail::decimals(texts ? report.bleu : report.macro_f1, 3),
                         report.mcnemar ? detail::decimals(report.override_rate, 3) : "-",
                         std::to_string(report.run.calls), std::to_string(report.failed),
                         detail::decimals(report.run.seconds, 1)});
    }
    std::vector<std::size_t> widths(lines.front().size());
    for (const auto& line : lines) {
        for (std::size_t c = 0; c < line.size(); ++c) widths[c] = std::max(widths[c], detail::characters(line[c]));
    }
    std::string text;
    for (std::size_t l = 0; l < lines.size(); ++l) {
        for (std::size_t c = 0; c < widths.size(); ++c) {
            const std::string pad(widths[c] - detail::characters(lines[l][c]), ' ');
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

} // namespace familiar::report
