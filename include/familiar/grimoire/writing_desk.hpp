#pragma once

#include <familiar/core/error.hpp>
#include <familiar/core/example.hpp>
#include <familiar/core/grimoire.hpp>
#include <familiar/core/prediction.hpp>
#include <familiar/core/random.hpp>
#include <familiar/core/task.hpp>
#include <familiar/prompt/grimoire_prompts.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::grimoire {

/// What a strategy writes with: the task, its train set, and ways to choose samples, to ask the strong LLM and to have
/// the weak one answer. The strategy knows neither transports nor caches, so that the same code writes a grimoire and
/// counts what that would cost (grimoire/writing_plan.hpp).
struct WritingDesk {
    const Task* task = nullptr;
    std::span<const Example> train; ///< those with an answer
    std::size_t samples = 4;        ///< a label; in all where the task has no labels
    std::uint64_t seed = 0;
    prompt::WritingStyle style = prompt::WritingStyle::ours;

    /// At most `count` of these examples by the selector, as positions in the span. Positions are distinct.
    std::function<std::vector<std::size_t>(std::span<const Example> pool, std::size_t count, std::uint64_t seed)>
        select;
    /// Whether the selector is given the examples of one label at a time. One that compares labels (which rows are hard
    /// to tell apart?) has to see all of them, and shares out among labels itself.
    bool label_by_label = true;
    /// The kind of each example, [0, kinds), alike ones together; needed by the retrieved strategy alone.
    std::function<std::vector<std::size_t>(std::span<const Example> pool, std::size_t kinds, std::uint64_t seed)> group;
    /// What a plug-in says of examples, and their embeddings, of length 1; needed by no strategy, used by the generated
    /// one where they are there.
    std::function<std::vector<Prediction>(std::span<const Example> rows)> predict;
    std::function<std::vector<std::vector<float>>(std::span<const Example> rows)> embed;
    /// The strong LLM's reply to one user message, white space around it and all. Throws Error where it fails or is
    /// blank.
    std::function<std::string(const std::string& message)> ask_strong;
    /// The weak LLM's label for each example, none where its reply is no label, with these notes in the prompt or,
    /// where null, without any. Throws Error where a request fails.
    std::function<std::vector<std::optional<std::size_t>>(std::span<const Example> rows, const Grimoire* notes)>
        ask_weak;

    /// At most `count` examples a label, label by label in the task's order, or `count` in all where there are no
    /// labels.
    [[nodiscard]] std::vector<Example> choose(std::span<const Example> pool, std::size_t count,
                                              std::uint64_t with_seed) const {
        std::vector<Example> chosen;
        const auto take = [&](std::span<const Example> part) {
            for (const std::size_t position : select(part, count, with_seed)) chosen.push_back(part[position]);
        };
        if (task->is_generation()) {
            take(pool);
            return chosen;
        }
        if (!label_by_label) {
            std::vector<std::vector<Example>> of_label(task->labels.size());
            for (const std::size_t position : select(pool, count * task->labels.size(), with_seed)) {
                auto& some = of_label[*task->label_index(*pool[position].label)];
                if (some.size() < count) some.push_back(pool[position]);
            }
            for (const auto& some : of_label) chosen.insert(chosen.end(), some.begin(), some.end());
            return chosen;
        }
        for (const auto& label : task->labels) {
            std::vector<Example> of_label;
            for (const auto& example : pool) {
                if (example.label == label) of_label.push_back(example);
            }
            if (!of_label.empty()) take(of_label);
        }
        return chosen;
    }

    /// The rows that the weak LLM gets wrong with these notes, in their order.
    [[nodiscard]] std::vector<prompt::Mistake> mistakes(std::span<const Example> rows, const Grimoire* notes) const {
        std::vector<prompt::Mistake> wrong;
        const auto said = ask_weak(rows, notes);
        for (std::size_t i = 0; i < rows.size(); ++i) {
            if (!said[i] || task->labels[*said[i]] != *rows[i].label) wrong.push_back({rows[i], said[i]});
        }
        return wrong;
    }

    /// Throws Error (malformed_task) for a task without labels, whose answers are not simply right or wrong.
    void require_labels(const std::string& strategy) const {
        if (!task->is_generation()) return;
        throw Error(ErrorCode::malformed_task, strategy + " learns from wrong labels, and the task has none",
                    task->name, "Use the strategy profound, simple or zero-shot");
    }
};

/// The examples split at random in two, each label (where there are labels) in halves, the first one the larger.
[[nodiscard]] inline std::pair<std::vector<Example>, std::vector<Example>>
in_halves(const Task& task, std::span<const Example> examples, std::uint64_t seed, std::string_view purpose) {
    Random random(seed, purpose);
    std::vector<std::vector<std::size_t>> of_label(task.labels.size() + 1);
    for (const std::size_t i : random.permutation(examples.size())) {
        const auto label = examples[i].label ? task.label_index(*examples[i].label) : std::nullopt;
        of_label[label.value_or(task.labels.size())].push_back(i);
    }
    std::pair<std::vector<Example>, std::vector<Example>> halves;
    for (const auto& positions : of_label) {
        for (std::size_t i = 0; i < positions.size(); ++i) {
            (i % 2 == 0 ? halves.first : halves.second).push_back(examples[positions[i]]);
        }
    }
    return halves;
}

/// Ids of examples, each once, in order.
[[nodiscard]] inline std::vector<std::string> ids_of(std::span<const Example> examples) {
    std::vector<std::string> ids;
    for (const auto& example : examples) {
        if (std::find(ids.begin(), ids.end(), example.id) == ids.end()) ids.push_back(example.id);
    }
    return ids;
}

} // namespace familiar::grimoire
