#pragma once

#include <familiar/core/example.hpp>
#include <familiar/core/random.hpp>
#include <familiar/core/task.hpp>
#include <familiar/tensor/views.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace familiar::tests {

/// Counts letters: a TextEncoder without a model.
struct ToyEncoder {
    std::string name = "letters";

    [[nodiscard]] std::size_t dimension() const { return 26; }
    void embed(std::span<const Example> examples, tensor::MatrixView<float> out) {
        for (std::size_t i = 0; i < examples.size(); ++i) {
            for (float& v : out[i]) v = 0.0F;
            for (const char c : examples[i].text + examples[i].text_b.value_or("")) {
                if (c >= 'a' && c <= 'z') out[i][static_cast<std::size_t>(c - 'a')] += 0.25F;
            }
        }
    }
    [[nodiscard]] std::string identity() const { return name; }
};

inline Task task_of(std::vector<std::string> labels) {
    Task task;
    task.name = "toy";
    task.labels = std::move(labels);
    task.fields = {{"text", "Text"}};
    return task;
}

inline Example labelled(std::string text, std::string label, std::string id = "0") {
    Example example;
    example.id = std::move(id);
    example.text = std::move(text);
    if (!label.empty()) example.label = std::move(label);
    return example;
}

/// Words of vowels or of consonants; the label says which.
inline std::vector<Example> vowels_and_consonants(std::size_t count, std::uint64_t seed = 1) {
    Random random(seed);
    std::vector<Example> examples;
    for (std::size_t i = 0; i < count; ++i) {
        const bool vowels = random.below(2) == 0;
        const std::string letters = vowels ? "aeiou" : "bcdfgkmst";
        std::string text;
        for (std::size_t k = 0; k < 6; ++k) {
            text += random.below(4) == 0 ? static_cast<char>('a' + random.below(26))
                                         : letters[random.below(letters.size())];
        }
        examples.push_back(labelled(text, vowels ? "vowels" : "consonants", std::to_string(i)));
    }
    return examples;
}

} // namespace familiar::tests
