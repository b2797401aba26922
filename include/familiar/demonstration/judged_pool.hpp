#pragma once

#include <familiar/core/error.hpp>
#include <familiar/core/example.hpp>
#include <familiar/core/prediction.hpp>
#include <familiar/core/task.hpp>
#include <familiar/plugin/plugin_model.hpp>

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace familiar::demonstration {

/// What a small model says of a pool's labelled examples: what a pipeline's own plug-in has told, else what a judge
/// says that is made and fitted on the pool for this purpose (by heads that have not seen the example, where it has
/// them).
template <plugin::PluginModel Judge> class JudgedPool {
  public:
    /// @param make makes the judge, when it is needed
    explicit JudgedPool(std::function<Judge()> make) : make_(std::move(make)) {}

    /// One prediction an example of the pool that will be prepared.
    void learn(std::span<const Prediction> predictions) { told_.assign(predictions.begin(), predictions.end()); }

    /// Predictions of the examples at `positions`, in order. What was learned counts for this pool only.
    /// Throws Error (invalid_argument) for a task without labels, and what the judge throws.
    [[nodiscard]] std::vector<Prediction> predictions(const Task& task, std::span<const Example> pool,
                                                      std::span<const std::size_t> positions, const char* selector) {
        if (task.is_generation()) {
            throw Error(ErrorCode::invalid_argument, "the task has no labels that a model could be wrong about",
                        selector, "Choose another --select for a task that is answered with a text");
        }
        std::vector<Prediction> out;
        out.reserve(positions.size());
        const std::vector<Prediction> told = std::move(told_);
        told_.clear();
        if (told.size() == pool.size()) {
            for (const std::size_t position : positions) out.push_back(told[position]);
            return out;
        }
        std::vector<Example> examples;
        examples.reserve(positions.size());
        for (const std::size_t position : positions) examples.push_back(pool[position]);
        if (examples.empty()) return out;
        Judge judge = make_();
        judge.prepare(task, std::span<const Example>(examples));
        if constexpr (plugin::PredictsOutOfFold<Judge>) {
            const std::span<const Prediction> honest = judge.out_of_fold();
            if (honest.size() == examples.size()) return {honest.begin(), honest.end()};
        }
        return judge.predict(std::span<const Example>(examples));
    }

  private:
    std::function<Judge()> make_;
    std::vector<Prediction> told_;
};

} // namespace familiar::demonstration
