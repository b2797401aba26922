#pragma once

#include <familiar/core/error.hpp>
#include <familiar/core/task.hpp>
#include <familiar/data/glue.hpp>
#include <familiar/data/jsonl.hpp>
#include <familiar/data/text_file.hpp>
#include <familiar/text/white_space.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace familiar::data {

/// The title of a field where a card gives none: the key with spaces and a capital (`main_text` → `Main text`); a
/// number at the end stands apart (`sentence1` → `Sentence 1`), `_a` and `_b` are 1 and 2.
inline std::string default_title(std::string_view key) {
    std::string title(key);
    if (title.size() > 2 && (title.ends_with("_a") || title.ends_with("_b"))) {
        title = title.substr(0, title.size() - 2) + (title.back() == 'a' ? " 1" : " 2");
    }
    std::replace(title.begin(), title.end(), '_', ' ');
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (title.size() > 1 && is_digit(title.back()) && !is_digit(title[title.size() - 2]) &&
        title[title.size() - 2] != ' ') {
        title.insert(title.size() - 1, " ");
    }
    if (!title.empty() && title[0] >= 'a' && title[0] <= 'z') title[0] = static_cast<char>(title[0] - 'a' + 'A');
    return title;
}

namespace detail {

inline std::optional<std::string> card_text(const nlohmann::ordered_json& card, const char* key) {
    const auto found = card.find(key);
    if (found == card.end() || found->is_null()) return std::nullopt;
    if (!found->is_string()) {
        throw Error(ErrorCode::malformed_task,
                    "\"" + std::string(key) + "\" should be a text, here is " + std::string(found->type_name()));
    }
    return found->get<std::string>();
}

/// Titles of the published prompts for the data sets that they were made for.
inline std::vector<std::string> published_titles(std::string_view name) {
    if (name.starts_with("xnli_") && !name.starts_with("xnli_mt")) return {"Premise", "Hypothesis"};
    for (const std::string_view known : {"mnli", "sst2", "qnli", "mrpc", "qqp", "cola", "rte"}) {
        if (name != known) continue;
        std::vector<std::string> titles;
        for (const auto& field : glue_task(known).fields) titles.push_back(field.title);
        return titles;
    }
    return {};
}

inline std::vector<Field> card_fields(const nlohmann::ordered_json& card, std::string_view task_name) {
    const auto wrong = [](const std::string& what) {
        return Error(ErrorCode::malformed_task, what, {},
                     R"(Write "fields": ["text"], or two keys for pairs; {"key": …, "title": …} names a title too)");
    };
    std::vector<Field> fields;
    bool titled = false;
    const auto found = card.find("fields");
    if (found == card.end()) {
        fields.push_back({"text", default_title("text")});
    } else {
        if (!found->is_array()) throw wrong("\"fields\" should be a list");
        for (const auto& entry : *found) {
            Field field;
            if (entry.is_string()) {
                field.key = entry.get<std::string>();
            } else if (entry.is_object() && entry.contains("key") && entry["key"].is_string()) {
                field.key = entry["key"].get<std::string>();
                if (auto title = card_text(entry, "title")) {
                    field.title = std::move(*title);
                    titled = true;
                }
            } else {
                throw wrong("an entry of \"fields\" is neither a key nor an object with one");
            }
            if (field.key.empty()) throw wrong("a field has an empty key");
            if (field.key == "label") continue; // cards list it among the columns; it is no input
            if (field.title.empty()) field.title = default_title(field.key);
            const auto same = [&](const Field& other) { return other.key == field.key; };
            if (std::any_of(fields.begin(), fields.end(), same)) {
                throw wrong("the field \"" + text::shortened(field.key, 80) + "\" is listed twice");
            }
            fields.push_back(std::move(field));
        }
    }
    if (fields.empty() || fields.size() > 2) {
        throw wrong("one or two fields are expected, here are " + std::to_string(fields.size()));
    }
    const auto titles = published_titles(task_name);
    if (!titled && titles.size() == fields.size()) {
        for (std::size_t i = 0; i < titles.size(); ++i) fields[i].title = titles[i];
    }
    return fields;
}

inline std::vector<std::string> card_labels(const nlohmann::ordered_json& card) {
    const auto found = card.find("labels");
    if (found == card.end() || found->is_null()) return {};
    if (!found->is_array()) throw Error(ErrorCode::malformed_task, "\"labels\" should be a list");
    std::vector<std::string> labels;
    for (const auto& entry : *found) {
        if (!entry.is_string() && !entry.is_number_integer() && !entry.is_boolean()) {
            throw Error(ErrorCode::malformed_task,
                        "a label should be a text, here is " + std::string(entry.type_name()));
        }
        std::string label = entry.is_string() ? entry.get<std::string>() : entry.dump();
        if (label.empty() || text::strip(label).size() != label.size()) {
            throw Error(ErrorCode::malformed_task,
                        "the label \"" + text::shortened(label, 80) + "\" is empty or has white space around it");
        }
        if (std::find(labels.begin(), labels.end(), label) != labels.end()) {
            throw Error(ErrorCode::malformed_task, "the label \"" + text::shortened(label, 80) + "\" is listed twice");
        }
        labels.push_back(std::move(label));
    }
    return labels;
}

inline std::string card_metric(const nlohmann::ordered_json& card, bool generation) {
    const auto metric = card_text(card, "metric");
    if (!metric) return generation ? "chrf" : "accuracy";
    static constexpr std::array<std::string_view, 3> kOfLabels = {"accuracy", "macro_f1", "matthews"};
    static constexpr std::array<std::string_view, 2> kOfTexts = {"chrf", "bleu"};
    const bool of_labels = std::find(kOfLabels.begin(), kOfLabels.end(), *metric) != kOfLabels.end();
    const bool of_texts = std::find(kOfTexts.begin(), kOfTexts.end(), *metric) != kOfTexts.end();
    if (!of_labels && !of_texts) {
        throw Error(ErrorCode::malformed_task, "\"" + text::shortened(*metric, 80) + "\" is no metric", {},
                    "Those of labels are accuracy, macro_f1, matthews, those of texts chrf, bleu");
    }
    if (generation && of_labels) {
        throw Error(ErrorCode::malformed_task, "there are no labels, but the metric is " + *metric, {},
                    R"(List the task's "labels"; for a task whose answer is a text set "metric" to chrf or bleu)");
    }
    if (!generation && of_texts) {
        throw Error(ErrorCode::malformed_task, "there are labels, but the metric is " + *metric, {},
                    "Use accuracy, macro_f1 or matthews");
    }
    return *metric;
}

} // namespace detail

/// A task from the JSON of its card. Throws Error (malformed_task) without a place.
inline Task parse_task(const nlohmann::ordered_json& card, std::string default_name) {
    if (!card.is_object()) throw Error(ErrorCode::malformed_task, "a JSON object is expected");
    Task task;
    task.name = detail::card_text(card, "name").value_or(std::move(default_name));
    task.description = detail::card_text(card, "description").value_or("");
    if (task.description.empty()) task.description = detail::card_text(card, "task").value_or("");
    task.type = detail::card_text(card, "task_type").value_or("");
    task.fields = detail::card_fields(card, task.name);
    task.labels = detail::card_labels(card);
    if (task.labels.size() == 1) {
        throw Error(ErrorCode::malformed_task, "a single label leaves nothing to decide", {}, "List all \"labels\"");
    }
    task.metric = detail::card_metric(card, task.is_generation());
    return task;
}

/// The file that describes a task: `task.json`, else `card.json`. Throws Error (file_not_found).
inline std::filesystem::path task_file(const std::filesystem::path& folder) {
    std::error_code ignored;
    if (!std::filesystem::exists(folder, ignored)) {
        throw Error(ErrorCode::file_not_found, "there is no such task folder", folder.string());
    }
    if (!std::filesystem::is_directory(folder, ignored)) {
        throw Error(ErrorCode::file_not_found, "a task is a folder, this is a file", folder.string());
    }
    for (const char* name : {"task.json", "card.json"}) {
        if (std::filesystem::exists(folder / name, ignored)) return folder / name;
    }
    throw Error(ErrorCode::file_not_found, "the folder has no task.json (nor a card.json)", folder.string(),
                "Describe the task there: name, description, labels, fields, metric");
}

/// Reads a task: name (else the folder's), `description` or `task`, `labels` (none: generation), `fields` (keys of a
/// row, one or two, or {"key","title"}; `label` among them is no input), `metric`, `task_type`. Other keys are ignored.
/// Throws Error naming the file: file_not_found, malformed_json, invalid_utf8, malformed_task.
inline Task load_task(const std::filesystem::path& folder) {
    const auto path = task_file(folder);
    const auto card = parse_json(read_text_file(path), path.string());
    const auto last = folder.has_filename() ? folder.filename() : folder.parent_path().filename();
    try {
        return parse_task(card, last.string());
    } catch (const Error& e) {
        throw e.within(path.string());
    }
}

} // namespace familiar::data
