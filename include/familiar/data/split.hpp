#pragma once

#include <familiar/core/error.hpp>
#include <familiar/core/example.hpp>
#include <familiar/core/task.hpp>
#include <familiar/data/csv.hpp>
#include <familiar/data/example_rows.hpp>
#include <familiar/data/jsonl.hpp>
#include <familiar/data/tsv.hpp>

#include <array>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace familiar::data {

/// The file of a split: `NAME.jsonl`, else `NAME.csv`, else `NAME.tsv`; nothing where there is none.
inline std::optional<std::filesystem::path> find_split(const std::filesystem::path& folder, std::string_view name) {
    if (name.empty() || name.find_first_of("/\\") != std::string_view::npos || name.starts_with('.')) {
        throw Error(ErrorCode::invalid_argument, "\"" + std::string(name) + "\" is no name of a split", {},
                    "Splits are train, dev and test");
    }
    for (const char* suffix : {".jsonl", ".csv", ".tsv"}) {
        auto path = folder / (std::string(name) + suffix);
        std::error_code ignored;
        if (std::filesystem::exists(path, ignored)) return path;
    }
    return std::nullopt;
}

/// The rows of a file by its suffix: `.csv`, `.tsv`, else JSONL. Throws Error naming file and line.
inline std::vector<JsonRow> read_rows(const std::filesystem::path& path) {
    if (path.extension() == ".csv") return read_csv(path);
    if (path.extension() == ".tsv") return read_tsv(path);
    return read_jsonl(path);
}

/// The examples of a split of a task folder, in the order of the file, at most `limit` of them. The whole file is
/// checked, whatever the limit. Throws Error naming file and line: file_not_found, empty_data, malformed_json,
/// malformed_row, invalid_utf8, unknown_label.
inline std::vector<Example> load_split(const std::filesystem::path& folder, const Task& task, std::string_view name,
                                       std::optional<std::size_t> limit = std::nullopt) {
    const auto path = find_split(folder, name);
    if (!path) {
        std::string known;
        for (const char* split : {"train", "dev", "test"}) {
            if (find_split(folder, split)) known += std::string(known.empty() ? "" : ", ") + split;
        }
        throw Error(ErrorCode::file_not_found, "there is no such split",
                    (folder / (std::string(name) + ".jsonl")).string(),
                    known.empty() ? "The folder has none" : "The folder has " + known);
    }
    auto examples = task_examples(read_rows(*path), task, *path);
    if (examples.empty()) throw Error(ErrorCode::empty_data, "the split has no rows", path->string());
    if (limit && *limit < examples.size()) examples.resize(*limit);
    return examples;
}

} // namespace familiar::data
