#pragma once

#include <familiar/core/ascii_case.hpp>
#include <familiar/core/error.hpp>
#include <familiar/core/task.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace familiar::plugin {

namespace detail {

/// Labels for a message: the first few.
inline std::string listing(std::span<const std::string> labels) {
    constexpr std::size_t kShown = 12;
    std::string text;
    for (std::size_t i = 0; i < labels.size() && i < kShown; ++i) text += (i != 0 ? ", " : "") + labels[i];
    if (labels.size() > kShown) text += ", … (" + std::to_string(labels.size()) + ")";
    return text;
}

/// i of `LABEL_i`, which models carry that were saved without names.
inline std::optional<std::size_t> numbered(std::string_view label) {
    constexpr std::string_view kStem = "label_";
    const std::string name = ascii_lower(label);
    if (!name.starts_with(kStem) || name.size() == kStem.size() || name.size() > kStem.size() + 7) return std::nullopt;
    std::size_t number = 0;
    for (const char c : name.substr(kStem.size())) {
        if (c < '0' || c > '9') return std::nullopt;
        number = number * 10 + static_cast<std::size_t>(c - '0');
    }
    return number;
}

} // namespace detail

/// For each label of a model its place among the task's labels: of the same name; else of the same name but for (ASCII)
/// case; else, where every label of the model is LABEL_i, the i-th. The two sets must match one to one. Throws `Error`
/// (unknown_label) that names the label and both lists; `where` is the model's file.
inline std::vector<std::size_t> map_labels(std::span<const std::string> model, const Task& task,
                                           const std::string& where) {
    const auto fail = [&](const std::string& what) {
        throw Error(ErrorCode::unknown_label, what, where,
                    "The model's labels are " + detail::listing(model) + "; those of the task are " +
                        detail::listing(task.labels));
    };
    bool all_numbered = !model.empty();
    for (const auto& label : model) all_numbered = all_numbered && detail::numbered(label).has_value();
    std::vector<std::size_t> places;
    std::vector<bool> taken(task.labels.size(), false);
    for (const auto& label : model) {
        auto place = task.label_index(label);
        if (!place) {
            for (std::size_t i = 0; i < task.labels.size(); ++i) {
                if (ascii_lower(task.labels[i]) != ascii_lower(label)) continue;
                if (place) fail("\"" + label + "\" fits two labels of the task but for their case");
                place = i;
            }
        }
        if (!place && all_numbered) place = detail::numbered(label);
        if (!place || *place >= task.labels.size()) fail("the model's \"" + label + "\" is no label of the task");
        if (taken[*place]) fail("two labels of the model stand for the task's \"" + task.labels[*place] + "\"");
        taken[*place] = true;
        places.push_back(*place);
    }
    for (std::size_t i = 0; i < taken.size(); ++i) {
        if (!taken[i]) fail("the model has no label for the task's \"" + task.labels[i] + "\"");
    }
    return places;
}

/// Refuses a task that has no labels, for plug-ins that classify. Throws `Error` (malformed_task).
inline void require_labels(const Task& task, std::string_view plugin) {
    if (!task.labels.empty()) return;
    throw Error(ErrorCode::malformed_task, "the task has no labels, and the plug-in can only classify",
                std::string(plugin), "Run a task of generation without a plug-in");
}

} // namespace familiar::plugin
