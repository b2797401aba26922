#pragma once

#include <familiar/core/example.hpp>
#include <familiar/core/task.hpp>
#include <familiar/plugin/plugin_model.hpp>
#include <familiar/tensor/views.hpp>

#include <span>
#include <string>
#include <utility>
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

/// One example a text, all with label `a`.
inline std::vector<Example> texts(std::vector<std::string> values) {
    std::vector<Example> examples;
    for (auto& value : values) examples.push_back({std::to_string(examples.size()), value, std::nullopt, "a"});
    return examples;
}

/// Counts letters: texts with the same letters are near.
struct LetterEncoder {
    [[nodiscard]] std::size_t dimension() const { return 26; }
    void embed(std::span<const Example> examples, tensor::MatrixView<float> out) const {
        for (std::size_t r = 0; r < examples.size(); ++r) {
            for (float& x : out[r]) x = 0;
            for (const char c : examples[r].text) {
                if (c >= 'a' && c <= 'z') out[r][static_cast<std::size_t>(c - 'a')] += 1;
            }
        }
    }
    [[nodiscard]] std::string identity() const { return "letters"; }
};

/// Says `a` of everything, and is the less sure the longer the text.
struct LengthJudge {
    void prepare(const Task& task, std::span<const Example>) { labels = task.labels.size(); }
    [[nodiscard]] std::vector<Prediction> predict(std::span<const Example> examples) const {
        std::vector<Prediction> out;
        for (const auto& example : examples) {
            const double rest =
                static_cast<double>(example.text.size()) / (static_cast<double>(example.text.size()) + 100.0);
            std::vector<double> distribution(labels, rest / static_cast<double>(labels));
            distribution[0] += 1.0 - rest;
            out.push_back({0, distribution[0], distribution});
        }
        return out;
    }
    [[nodiscard]] std::string identity() const { return "length"; }
    std::size_t labels = 0;
};
static_assert(plugin::PluginModel<LengthJudge>);

} // namespace familiar::tests
