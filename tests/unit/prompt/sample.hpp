#pragma once

#include <familiar/core/demonstration.hpp>
#include <familiar/core/task.hpp>

#include <vector>

/// A small task for the tests of prompts.
namespace familiar::tests {

inline Task mood_task() {
    Task task;
    task.name = "mood";
    task.description = "Say the mood.";
    task.labels = {"good", "bad"};
    task.fields = {{"text", "Message"}};
    return task;
}

inline std::vector<Demonstration> mood_demonstrations() {
    return {{{"0", "what a day", std::nullopt, "good"}, Prediction{0, 0.97, {}}},
            {{"1", "rain again", std::nullopt, "bad"}, Prediction{0, 0.5, {}}}};
}

inline Example mood_query() {
    return {"2", "it will do", std::nullopt, std::nullopt};
}

} // namespace familiar::tests
