#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace familiar {

/// One input field of a task: the key in a row, and the title that a prompt shows before it.
struct Field {
    std::string key;   ///< `text`, `text_a`, `question` …
    std::string title; ///< `Sentence`, `Premise` …

    friend bool operator==(const Field&, const Field&) = default;
};

/// What is to be done: a classification over `labels`, or generation of free text where `labels` is empty.
struct Task {
    std::string name;
    std::string description;
    std::vector<std::string> labels; ///< distinct; the order is that of every distribution
    std::vector<Field> fields;       ///< one or two
    std::string metric = "accuracy"; ///< `accuracy`, `macro_f1`, `matthews`; `chrf`, `bleu` for generation
    std::string type;                ///< `task_type` of a card; free text, may be empty

    [[nodiscard]] bool is_generation() const noexcept { return labels.empty(); }

    /// Position of a label in `labels`; O(labels).
    [[nodiscard]] std::optional<std::size_t> label_index(std::string_view label) const {
        for (std::size_t i = 0; i < labels.size(); ++i) {
            if (labels[i] == label) return i;
        }
        return std::nullopt;
    }

    friend bool operator==(const Task&, const Task&) = default;
};

} // namespace familiar
