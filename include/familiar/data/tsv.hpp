#pragma once

#include <familiar/data/csv.hpp>

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::data {

/// The records of a TSV text as GLUE has it: one a line, cells between tabs, quotes are ordinary characters. Lines end
/// in LF or CRLF; blank lines are skipped. Never fails.
inline std::vector<Record> parse_tsv(std::string_view text) {
    std::vector<Record> records;
    std::size_t line = 0;
    while (!text.empty()) {
        const auto end = text.find('\n');
        std::string_view row = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        ++line;
        if (row.ends_with('\r')) row.remove_suffix(1);
        if (row.empty()) continue;
        Record record{{}, line};
        for (;;) {
            const auto tab = row.find('\t');
            record.cells.emplace_back(row.substr(0, tab));
            if (tab == std::string_view::npos) break;
            row.remove_prefix(tab + 1);
        }
        records.push_back(std::move(record));
    }
    return records;
}

/// The rows of a TSV file (UTF-8, see parse_tsv), columns named by its first line. Every value is a text.
inline std::vector<JsonRow> read_tsv(const std::filesystem::path& path) {
    const std::string text = read_text_file(path);
    require_utf8(text, path);
    return rows_of_table(parse_tsv(text), path);
}

} // namespace familiar::data
