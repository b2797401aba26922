#pragma once

#include <familiar/core/task.hpp>
#include <familiar/plugin/plugin_model.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <span>
#include <string>
#include <vector>

namespace familiar::laws {

/// What holds for one prediction of a task.
inline void check_prediction(const Task& task, const Prediction& prediction, double tolerance = 1e-6) {
    CHECK(prediction.label < task.labels.size());
    CHECK(prediction.confidence >= 0.0);
    CHECK(prediction.confidence <= 1.0 + 1e-12);
    if (prediction.distribution.empty()) return;
    REQUIRE(prediction.distribution.size() == task.labels.size());
    double sum = 0;
    for (const double p : prediction.distribution) {
        CHECK(p >= 0.0);
        sum += p;
    }
    CHECK(sum == Approx(1.0).margin(tolerance));
    CHECK(prediction.distribution[prediction.label] == Approx(prediction.confidence).margin(tolerance));
    CHECK(*std::max_element(prediction.distribution.begin(), prediction.distribution.end()) <=
          prediction.distribution[prediction.label] + tolerance);
}

/// The laws of `PluginModel`: a row's prediction depends on its own text only (a batch gives what one by one gives, in
/// any order), it is a label with a confidence in [0, 1], the same call gives the same again, and `identity` stays. A
/// plug-in that predicts out of fold has one prediction for each training example.
///
/// @param plugin  not prepared yet
/// @param train   what it is prepared with; may be empty where it does not learn
/// @param examples at least two
/// @param tolerance of a confidence, between a batch and one by one
template <plugin::PluginModel P>
void check_plugin_laws(P& plugin, const Task& task, std::span<const Example> train, std::span<const Example> examples,
                       double tolerance = 1e-6) {
    REQUIRE(examples.size() >= 2);
    plugin.prepare(task, train);
    const std::string identity = plugin.identity();
    CHECK_FALSE(identity.empty());
    CHECK(plugin.predict({}).empty());

    const std::vector<Prediction> batch = plugin.predict(examples);
    REQUIRE(batch.size() == examples.size());
    const auto same = [&](const Prediction& a, const Prediction& b) {
        CHECK(a.label == b.label);
        CHECK(a.confidence == Approx(b.confidence).margin(tolerance));
    };
    for (std::size_t i = 0; i < examples.size(); ++i) {
        INFO("example " << i << ": " << examples[i].text);
        check_prediction(task, batch[i], tolerance);
        const auto alone = plugin.predict(examples.subspan(i, 1));
        REQUIRE(alone.size() == 1);
        same(alone.front(), batch[i]);
    }
    std::vector<Example> backwards(examples.rbegin(), examples.rend());
    const auto reversed = plugin.predict(backwards);
    const auto again = plugin.predict(examples);
    REQUIRE(reversed.size() == batch.size());
    for (std::size_t i = 0; i < batch.size(); ++i) {
        same(reversed[batch.size() - 1 - i], batch[i]);
        CHECK(again[i] == batch[i]);
    }
    if constexpr (plugin::PredictsOutOfFold<P>) {
        const std::span<const Prediction> held_out = plugin.out_of_fold();
        const bool one_each = held_out.empty() || held_out.size() == train.size();
        CHECK(one_each);
        for (const auto& prediction : held_out) check_prediction(task, prediction, tolerance);
    }
    CHECK(plugin.identity() == identity);
}

} // namespace familiar::laws
