#pragma once

#include <familiar/core/demonstration.hpp>
#include <familiar/core/error.hpp>
#include <familiar/core/example.hpp>
#include <familiar/core/prediction.hpp>
#include <familiar/core/task.hpp>

#include <string>

namespace familiar::prompt {

/// The name of the label that a plug-in predicts. Throws Error (invalid_argument) for an index that the task lacks.
inline const std::string& predicted_label(const Task& task, const Prediction& prediction) {
    if (prediction.label >= task.labels.size()) {
        throw Error(ErrorCode::invalid_argument, "a plug-in predicts label " + std::to_string(prediction.label) +
                                                     ", but the task " + task.name + " has " +
                                                     std::to_string(task.labels.size()));
    }
    return task.labels[prediction.label];
}

/// The label that a demonstration shows. Throws Error (invalid_argument) where it has none.
inline const std::string& shown_label(const Demonstration& demonstration) {
    if (!demonstration.example.label) {
        throw Error(ErrorCode::invalid_argument,
                    "example " + demonstration.example.id + " has no label, and cannot be shown as a demonstration");
    }
    return *demonstration.example.label;
}

/// The example's texts under their titles, one a line, a line feed after each. Throws Error (invalid_argument) where
/// the example has another number of texts than the task has fields.
inline std::string titled_fields(const Task& task, const Example& example) {
    const std::size_t texts = example.is_pair() ? 2 : 1;
    if (task.fields.size() != texts) {
        throw Error(ErrorCode::invalid_argument, "example " + example.id + " has " + std::to_string(texts) +
                                                     " texts, the task " + task.name + " has " +
                                                     std::to_string(task.fields.size()) + " fields");
    }
    std::string out = task.fields[0].title + ": " + example.text + "\n";
    if (example.is_pair()) out += task.fields[1].title + ": " + *example.text_b + "\n";
    return out;
}

} // namespace familiar::prompt
