#pragma once

#include <familiar/core/error.hpp>
#include <familiar/core/example.hpp>
#include <familiar/core/task.hpp>
#include <familiar/data/text_file.hpp>
#include <familiar/data/tsv.hpp>
#include <familiar/text/utf8.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::data {

/// A task of GLUE as SuperICL runs it: `mnli-m`, `mnli-mm` (or `mnli`), `sst2`, `qnli`, `mrpc`, `qqp`, `cola`, `rte`.
/// Labels stand in the order of the published checkpoints' classes, fields have the titles of the published prompts
/// (`text`, or `text_a` and `text_b`, are their keys). Throws Error (unknown_name).
inline Task glue_task(std::string_view name) {
    using Titles = std::vector<std::string>;
    const auto make = [&](std::string description, std::vector<std::string> labels, Titles titles,
                          std::string metric = "accuracy") {
        Task task;
        task.name = std::string(name);
        task.description = std::move(description);
        task.labels = std::move(labels);
        task.metric = std::move(metric);
        if (titles.size() == 1) {
            task.fields = {{"text", titles[0]}};
        } else {
            task.fields = {{"text_a", titles[0]}, {"text_b", titles[1]}};
        }
        return task;
    };
    if (name == "mnli-m" || name == "mnli-mm" || name == "mnli") {
        return make("Decide whether the hypothesis follows from the premise, contradicts it, or neither.",
                    {"entailment", "neutral", "contradiction"}, {"Premise", "Hypothesis"});
    }
    if (name == "sst2") {
        return make("Decide whether the sentence, from a film review, is positive or negative.",
                    {"negative", "positive"}, {"Sentence"});
    }
    if (name == "qnli") {
        return make("Decide whether the sentence holds the answer to the question.", {"entailment", "not_entailment"},
                    {"Question", "Sentence"});
    }
    if (name == "mrpc") {
        return make("Decide whether the two sentences say the same.", {"not_equivalent", "equivalent"},
                    {"Sentence 1", "Sentence 2"});
    }
    if (name == "qqp") {
        return make("Decide whether the two questions ask the same.", {"not_duplicate", "duplicate"},
                    {"Question 1", "Question 2"});
    }
    if (name == "cola") {
        return make("Decide whether the sentence is grammatical English.", {"unacceptable", "acceptable"}, {"Sentence"},
                    "matthews");
    }
    if (name == "rte") {
        return make("Decide whether the second sentence follows from the first.", {"entailment", "not_entailment"},
                    {"Sentence 1", "Sentence 2"});
    }
    throw Error(ErrorCode::unknown_name, "\"" + std::string(name) + "\" is no task of GLUE that is supported", {},
                "They are mnli-m, mnli-mm, sst2, qnli, mrpc, qqp, cola, rte");
}

/// A split read from a GLUE file.
struct GlueSplit {
    std::vector<Example> examples;
    std::size_t skipped = 0; ///< lines that lack a cell; the official QQP files have some
};

namespace detail {

/// Where the columns of a GLUE file stand.
struct GlueColumns {
    std::optional<std::size_t> text, text_b, label;
};

inline std::optional<std::size_t> column(const std::vector<std::string>& header,
                                         std::initializer_list<std::string_view> names) {
    for (const auto name : names) {
        const auto found = std::find(header.begin(), header.end(), name);
        if (found != header.end()) return static_cast<std::size_t>(found - header.begin());
    }
    return std::nullopt;
}

inline GlueColumns glue_columns(const std::vector<std::string>& header, bool pair) {
    if (!pair) return {column(header, {"sentence"}), std::nullopt, column(header, {"label"})};
    return {column(header, {"sentence1", "question1", "#1 String", "question"}),
            column(header, {"sentence2", "question2", "#2 String", "sentence"}),
            column(header, {"gold_label", "is_duplicate", "Quality", "label"})};
}

} // namespace detail

/// Reads a TSV file of the official GLUE archive (`train.tsv`, `dev_matched.tsv`, `test.tsv`, …). Files of numbers
/// (SST-2, MRPC, QQP, CoLA: the number is the label's position) and of names, with labels or without (test splits;
/// MNLI's
/// `-` is no label). CoLA's train and dev files have no header. The id is the number of the row. Throws Error naming
/// file and line: no column that is needed, unknown label; empty_data where nothing is left.
inline GlueSplit read_glue(const std::filesystem::path& path, const Task& task) {
    const std::string text = read_text_file(path);
    require_utf8(text, path);
    const auto records = parse_tsv(text);
    const bool pair = task.fields.size() == 2;
    if (records.empty()) throw Error(ErrorCode::empty_data, "the file holds no rows", path.string());

    detail::GlueColumns columns = detail::glue_columns(records.front().cells, pair);
    std::size_t first = 1;
    if (task.name == "cola" && !columns.text && records.front().cells.size() == 4) {
        columns = {3, std::nullopt, 1}; // source, label, the author's star, sentence
        first = 0;
    }
    if (!columns.text || (pair && !columns.text_b)) {
        throw Error(ErrorCode::malformed_row, "the header names no column of " + task.name + "'s texts",
                    line_of(path, records.front().line));
    }
    const std::size_t last = std::max({*columns.text, columns.text_b.value_or(0), columns.label.value_or(0)});

    GlueSplit split;
    for (std::size_t r = first; r < records.size(); ++r) {
        const auto& [cells, line] = records[r];
        if (cells.size() <= last) {
            ++split.skipped;
            continue;
        }
        Example example;
        example.id = std::to_string(r - first);
        example.text = cells[*columns.text];
        if (columns.text_b) example.text_b = cells[*columns.text_b];
        if (columns.label && cells[*columns.label] != "-" && cells[*columns.label] != "-1") {
            const std::string& label = cells[*columns.label];
            const bool number = label.size() == 1 && label[0] >= '0' && label[0] <= '9';
            if (number && static_cast<std::size_t>(label[0] - '0') < task.labels.size()) {
                example.label = task.labels[static_cast<std::size_t>(label[0] - '0')];
            } else if (task.label_index(label)) {
                example.label = label;
            } else {
                throw Error(ErrorCode::unknown_label,
                            "\"" + text::shortened(label, 80) + "\" is no label of " + task.name, line_of(path, line));
            }
        }
        split.examples.push_back(std::move(example));
    }
    if (split.examples.empty()) throw Error(ErrorCode::empty_data, "the file holds no rows", path.string());
    return split;
}

} // namespace familiar::data
