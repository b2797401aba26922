#pragma once

#include <familiar/core/error.hpp>
#include <familiar/core/example.hpp>
#include <familiar/core/task.hpp>
#include <familiar/data/jsonl.hpp>
#include <familiar/text/utf8.hpp>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace familiar::data {

namespace detail {

inline const std::string& text_of(const nlohmann::ordered_json& row, const std::string& key) {
    const auto found = row.find(key);
    if (found == row.end()) {
        std::string keys;
        for (const auto& [name, value] : row.items()) keys += (keys.empty() ? "" : ", ") + name;
        throw Error(ErrorCode::malformed_row, "the row has no \"" + key + "\"", {},
                    keys.empty() ? "It is empty" : "Its keys are " + text::shortened(keys, 120));
    }
    if (!found->is_string()) {
        throw Error(ErrorCode::malformed_row,
                    "\"" + key + "\" should be a text, here is " + std::string(found->type_name()));
    }
    return found->get_ref<const std::string&>();
}

inline std::string label_list(const Task& task) {
    std::string text;
    for (const auto& label : task.labels) text += (text.empty() ? "" : ", ") + label;
    return text::shortened(text, 200);
}

inline std::optional<std::string> label_of(const nlohmann::ordered_json& row, const Task& task) {
    const auto found = row.find("label");
    if (found == row.end() || found->is_null()) return std::nullopt;
    std::string label;
    if (found->is_string()) {
        label = found->get<std::string>();
    } else if (found->is_number() || found->is_boolean()) {
        label = found->dump(); // 1 stands for "1"
    } else {
        throw Error(ErrorCode::malformed_row, "\"label\" should be a text, here is " + std::string(found->type_name()));
    }
    if (!task.is_generation() && !task.label_index(label)) {
        throw Error(ErrorCode::unknown_label, "\"" + text::shortened(label, 80) + "\" is no label of the task", {},
                    "Its labels are " + label_list(task));
    }
    return label;
}

} // namespace detail

/// The texts of a row that stands for no task: `text`, else `text_a` and `text_b`. `number` counts rows from 0 and
/// is the id where the row has none. Throws Error (malformed_row) without a place.
inline Example plain_example(const nlohmann::ordered_json& row, std::size_t number) {
    Example example;
    example.id = row.contains("id") ? row["id"].dump() : std::to_string(number);
    if (row.contains("text_a") && !row.contains("text")) {
        example.text = detail::text_of(row, "text_a");
        example.text_b = detail::text_of(row, "text_b");
    } else {
        example.text = detail::text_of(row, "text");
    }
    return example;
}

/// A row as an example of a task: the task's fields are its texts, `label` its label, `id` its id (JSON text), else
/// `number`. Throws Error without a place: malformed_row, unknown_label.
inline Example task_example(const nlohmann::ordered_json& row, std::size_t number, const Task& task) {
    if (task.fields.empty() || task.fields.size() > 2) {
        throw Error(ErrorCode::malformed_task, "a task has one or two fields");
    }
    Example example;
    example.id = row.contains("id") ? row["id"].dump() : std::to_string(number);
    example.text = detail::text_of(row, task.fields[0].key);
    if (task.fields.size() == 2) example.text_b = detail::text_of(row, task.fields[1].key);
    example.label = detail::label_of(row, task);
    return example;
}

/// All rows of a file as examples without a task. Throws Error naming file and line.
inline std::vector<Example> plain_examples(std::span<const JsonRow> rows, const std::filesystem::path& path) {
    std::vector<Example> examples;
    examples.reserve(rows.size());
    for (const auto& row : rows) {
        try {
            examples.push_back(plain_example(row.value, examples.size()));
        } catch (const Error& e) {
            throw e.within(line_of(path, row.line));
        }
    }
    return examples;
}

/// All rows of a file as examples of a task. Throws Error naming file and line.
inline std::vector<Example> task_examples(std::span<const JsonRow> rows, const Task& task,
                                          const std::filesystem::path& path) {
    std::vector<Example> examples;
    examples.reserve(rows.size());
    for (const auto& row : rows) {
        try {
            examples.push_back(task_example(row.value, examples.size(), task));
        } catch (const Error& e) {
            throw e.within(line_of(path, row.line));
        }
    }
    return examples;
}

} // namespace familiar::data
