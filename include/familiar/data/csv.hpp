#pragma once

#include <familiar/core/error.hpp>
#include <familiar/data/jsonl.hpp>
#include <familiar/data/text_file.hpp>
#include <familiar/text/utf8.hpp>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::data {

/// One record of a table.
struct Record {
    std::vector<std::string> cells;
    std::size_t line = 0; ///< where it begins, from 1
};

/// The records of a CSV text by RFC 4180: cells may stand in double quotes, then they may hold commas, line breaks and
/// doubled quotes. Lines end in LF or CRLF; blank lines are skipped. Throws Error (malformed_row) naming file and line:
/// a quote that is not closed, text after a closing quote, a quote inside an unquoted cell.
inline std::vector<Record> parse_csv(std::string_view text, const std::filesystem::path& path, char separator = ',') {
    std::vector<Record> records;
    std::size_t at = 0, line = 1;
    const auto fail = [&](const char* what, std::size_t where) -> Error {
        return {ErrorCode::malformed_row, what, line_of(path, where),
                "A cell that holds quotes, commas or line breaks stands in double quotes, quotes in it doubled"};
    };
    const auto ends_line = [&] {
        return at >= text.size() || text[at] == '\n' ||
               (text[at] == '\r' && at + 1 < text.size() && text[at + 1] == '\n');
    };
    while (at < text.size()) {
        Record record{{}, line};
        bool blank = true;
        for (;;) {
            std::string cell;
            if (at < text.size() && text[at] == '"') {
                blank = false;
                const std::size_t opened = line;
                for (++at;; ++at) {
                    if (at >= text.size()) throw fail("a quote is not closed", opened);
                    if (text[at] == '"') {
                        if (at + 1 >= text.size() || text[at + 1] != '"') break;
                        ++at;
                    }
                    line += text[at] == '\n' ? 1 : 0;
                    cell += text[at];
                }
                ++at;
                if (!ends_line() && text[at] != separator) throw fail("text follows a closing quote", line);
            } else {
                while (!ends_line() && text[at] != separator) {
                    if (text[at] == '"') throw fail("a quote stands inside an unquoted cell", line);
                    cell += text[at++];
                }
                blank = blank && cell.empty();
            }
            record.cells.push_back(std::move(cell));
            if (ends_line()) break;
            blank = false;
            ++at; // the separator
        }
        if (at < text.size()) at += text[at] == '\r' ? 2 : 1;
        ++line;
        if (!blank) records.push_back(std::move(record));
    }
    return records;
}

/// A table whose first record names the columns, as rows of texts. Throws Error naming file and line: no header, two
/// columns of one name, a record with more or fewer cells than the header.
inline std::vector<JsonRow> rows_of_table(std::vector<Record> records, const std::filesystem::path& path) {
    if (records.empty()) throw Error(ErrorCode::empty_data, "the file has no header", path.string());
    const auto header = std::move(records.front().cells);
    for (auto name = header.begin(); name != header.end(); ++name) {
        if (std::find(header.begin(), name, *name) != name) {
            throw Error(ErrorCode::malformed_row, "two columns are named \"" + text::shortened(*name, 80) + "\"",
                        line_of(path, records.front().line));
        }
    }
    std::vector<JsonRow> rows;
    rows.reserve(records.size() - 1);
    for (std::size_t r = 1; r < records.size(); ++r) {
        auto& [cells, line] = records[r];
        if (cells.size() != header.size()) {
            throw Error(ErrorCode::malformed_row,
                        std::to_string(header.size()) + " cells are expected, here are " + std::to_string(cells.size()),
                        line_of(path, line));
        }
        JsonRow row{nlohmann::ordered_json::object(), line};
        for (std::size_t i = 0; i < cells.size(); ++i) row.value[header[i]] = std::move(cells[i]);
        rows.push_back(std::move(row));
    }
    return rows;
}

/// The rows of a CSV file (UTF-8, see parse_csv), columns named by its first record. Every value is a text.
inline std::vector<JsonRow> read_csv(const std::filesystem::path& path) {
    const std::string text = read_text_file(path);
    require_utf8(text, path);
    return rows_of_table(parse_csv(text, path), path);
}

} // namespace familiar::data
