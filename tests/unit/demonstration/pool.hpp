#pragma once

#include <familiar/core/example.hpp>
#include <familiar/core/task.hpp>

#include <string>
#include <vector>

/// Pools of made-up examples for the tests of selectors.
namespace familiar::tests {

inline Task three_labels() {
    Task task;
    task.labels = {"a", "b", "c"};
    task.fields = {{"text", "Text"}};
    return task;
}

/// One example a letter of `labels`; a dot has no label.
inline std::vector<Example> pool_of(const std::string& labels) {
    std::vector<Example> pool;
    for (const char c : labels) {
        Example example;
        example.id = std::to_string(pool.size());
        example.text = "text " + example.id;
        if (c != '.') example.label = std::string(1, c);
        pool.push_back(example);
    }
    return pool;
}

} // namespace familiar::tests
