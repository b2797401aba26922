#pragma once

#include <familiar/core/error.hpp>
#include <familiar/core/json_nesting.hpp>
#include <familiar/data/text_file.hpp>
#include <familiar/text/utf8.hpp>

#include <nlohmann/json.hpp>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::data {

/// One row of a file: an object, its keys in the order of the file.
struct JsonRow {
    nlohmann::ordered_json value;
    std::size_t line = 0; ///< in the file, from 1
};

/// How deep arrays and objects may lie in one another. Data has a handful of levels; code that walks a value by
/// recursion must not be led to the end of its stack.
inline constexpr std::size_t kDeepestNesting = 256;

namespace detail {

/// What the parser says, without its own prefix and its count of lines.
inline std::string complaint(const nlohmann::json::exception& e) {
    std::string_view text = e.what();
    for (const std::string_view mark : {"] ", "syntax error ", " - "}) {
        const auto at = text.find(mark);
        if (at != std::string_view::npos && at < 120) text.remove_prefix(at + mark.size());
    }
    return text::shortened(text, 160);
}

} // namespace detail

/// A JSON document. Throws Error (malformed_json, invalid_utf8) at `where`: not JSON, more than one document, nested
/// deeper than kDeepestNesting, strings with lone surrogates or bytes that are not UTF-8.
inline nlohmann::ordered_json parse_json(std::string_view text, const std::string& where) {
    if (!text::is_well_formed_utf8(text)) throw Error(ErrorCode::invalid_utf8, "these bytes are not UTF-8", where);
    if (find_deeper_than(kDeepestNesting, text)) {
        throw Error(ErrorCode::malformed_json,
                    "the JSON is nested deeper than " + std::to_string(kDeepestNesting) + " levels", where);
    }
    try {
        return nlohmann::ordered_json::parse(text.begin(), text.end());
    } catch (const nlohmann::json::parse_error& e) {
        throw Error(ErrorCode::malformed_json,
                    "broken JSON at byte " + std::to_string(e.byte) + ": " + detail::complaint(e), where);
    } catch (const nlohmann::json::exception& e) {
        throw Error(ErrorCode::malformed_json, "broken JSON: " + detail::complaint(e), where);
    }
}

/// The rows in the text of a JSONL file, one after another: one object a line, blank lines skipped, lines end in LF or
/// CRLF. The text must stay where it is; `path` is for messages.
class JsonlReader {
  public:
    JsonlReader(std::string_view text, std::filesystem::path path) : text_(text), path_(std::move(path)) {}

    /// The next row, or nothing at the end. Throws Error naming file and line: malformed_json, invalid_utf8,
    /// malformed_row (no object).
    std::optional<JsonRow> next() {
        while (!text_.empty()) {
            const auto end = text_.find('\n');
            std::string_view row = text_.substr(0, end);
            text_.remove_prefix(end == std::string_view::npos ? text_.size() : end + 1);
            ++line_;
            if (row.find_first_not_of(" \t\r") == std::string_view::npos) continue;
            if (row.ends_with('\r')) row.remove_suffix(1);
            auto value = parse_json(row, line_of(path_, line_));
            if (!value.is_object()) {
                throw Error(ErrorCode::malformed_row,
                            "one JSON object a line is expected, here is " +
                                std::string(value.is_array() ? "an array" : value.type_name()),
                            line_of(path_, line_));
            }
            return JsonRow{std::move(value), line_};
        }
        return std::nullopt;
    }

  private:
    std::string_view text_;
    std::filesystem::path path_;
    std::size_t line_ = 0;
};

/// All rows in the text of a JSONL file. Throws as `JsonlReader::next`.
inline std::vector<JsonRow> parse_jsonl(std::string_view text, const std::filesystem::path& path) {
    std::vector<JsonRow> rows;
    JsonlReader reader(text, path);
    while (auto row = reader.next()) rows.push_back(std::move(*row));
    return rows;
}

/// The rows of a JSONL file (see parse_jsonl); a byte-order mark is accepted. All lines are read before the first row
/// is returned, so that a broken one is known before any work begins. Throws Error also where the file cannot be read.
inline std::vector<JsonRow> read_jsonl(const std::filesystem::path& path) {
    return parse_jsonl(read_text_file(path), path);
}

} // namespace familiar::data
