#pragma once

#include <familiar/core/cancellation.hpp>
#include <familiar/core/example.hpp>
#include <familiar/core/prediction.hpp>
#include <familiar/core/progress.hpp>
#include <familiar/core/task.hpp>

#include <concepts>
#include <span>
#include <string>
#include <vector>

namespace familiar::plugin {

/// Gives a prediction for each example, in order. A row's prediction depends on its own text only.
template <class P>
concept Predicts = requires(P& p, std::span<const Example> examples) {
    { p.predict(examples) } -> std::same_as<std::vector<Prediction>>;
};

/// Is told the task and the train split before anything is predicted: fits a head, maps label names, checks the task.
/// `train` may be empty where a model does not learn from it.
template <class P>
concept Prepares = requires(P& p, const Task& task, std::span<const Example> train) {
    { p.prepare(task, train) } -> std::same_as<void>;
};

/// A small fine-tuned model. `identity` says which model and parameters, for hashes and reports.
template <class P>
concept PluginModel = Predicts<P> && Prepares<P> && requires(const P& p) {
    { p.identity() } -> std::convertible_to<std::string>;
};

/// Capability: `prepare` takes long enough to tell how far it has come (stages `embed` and `fit`), and can be ended by
/// a `Cancellation`, which may be null: it then throws `Error` (cancelled).
template <class P>
concept PreparesWithProgress =
    PluginModel<P> && requires(P& p, const Task& task, std::span<const Example> train, const ProgressSink& progress,
                               const Cancellation* cancellation) { p.prepare(task, train, progress, cancellation); };

/// Capability: predictions for the train examples given to `prepare` by models that have not seen them (out of fold),
/// one per example in order, so that a demonstration's confidence is honest.
template <class P>
concept PredictsOutOfFold = PluginModel<P> && requires(P& p) {
    { p.out_of_fold() } -> std::convertible_to<std::span<const Prediction>>;
};

/// A plug-in that is not there: `kAbsent` lets the pipeline leave out everything that stands for it.
template <class P>
concept IsAbsent = requires { requires P::kAbsent; };

} // namespace familiar::plugin
