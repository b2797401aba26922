#pragma once

#include <familiar/core/error.hpp>
#include <familiar/core/example.hpp>
#include <familiar/core/task.hpp>
#include <familiar/data/text_file.hpp>
#include <familiar/data/tsv.hpp>
#include <familiar/text/utf8.hpp>

#include <cstddef>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::data {

/// XNLI as SuperICL runs it; labels in the order of the published checkpoint's classes.
inline Task xnli_task(std::string_view language) {
    Task task;
    task.name = "xnli_" + std::string(language);
    task.description = "Decide whether the hypothesis follows from the premise, contradicts it, or neither.";
    task.labels = {"entailment", "neutral", "contradiction"};
    task.fields = {{"text_a", "Premise"}, {"text_b", "Hypothesis"}};
    return task;
}

/// Reads the rows of one language (`de`) from `xnli.dev.tsv` or `xnli.test.tsv` of the official archive, whose columns
/// are found by name (`language`, `gold_label`, `sentence1`, `sentence2`, `pairID`). Throws Error naming file and line:
/// a column that is missing, a line that lacks a cell, an unknown label or language.
inline std::vector<Example> read_xnli(const std::filesystem::path& path, std::string_view language) {
    const Task task = xnli_task(language);
    const auto rows = read_tsv(path);
    std::set<std::string> languages;
    std::vector<Example> examples;
    for (const auto& [row, line] : rows) {
        for (const char* key : {"language", "gold_label", "sentence1", "sentence2"}) {
            if (!row.contains(key)) {
                throw Error(ErrorCode::malformed_row, "the header names no column \"" + std::string(key) + "\"",
                            line_of(path, 1));
            }
        }
        const auto& spoken = row["language"].get_ref<const std::string&>();
        languages.insert(spoken);
        if (spoken != language) continue;
        const auto& label = row["gold_label"].get_ref<const std::string&>();
        if (!task.label_index(label)) {
            throw Error(ErrorCode::unknown_label, "\"" + text::shortened(label, 80) + "\" is no label of XNLI",
                        line_of(path, line));
        }
        Example example;
        example.id = row.contains("pairID") ? row["pairID"].dump() : std::to_string(examples.size());
        example.text = row["sentence1"].get<std::string>();
        example.text_b = row["sentence2"].get<std::string>();
        example.label = label;
        examples.push_back(std::move(example));
    }
    if (examples.empty()) {
        std::string known;
        for (const auto& name : languages) known += (known.empty() ? "" : ", ") + name;
        throw Error(ErrorCode::empty_data, "there are no rows in the language \"" + std::string(language) + "\"",
                    path.string(), known.empty() ? "The file is empty" : "It has " + text::shortened(known, 200));
    }
    return examples;
}

} // namespace familiar::data
