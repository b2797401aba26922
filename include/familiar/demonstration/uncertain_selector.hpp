#pragma once

#include <familiar/core/error.hpp>
#include <familiar/core/random.hpp>
#include <familiar/core/reflection.hpp>
#include <familiar/demonstration/embedded_pool.hpp>
#include <familiar/demonstration/first_for_all.hpp>
#include <familiar/demonstration/judged_pool.hpp>
#include <familiar/demonstration/label_turns.hpp>
#include <familiar/demonstration/ranks_demonstrations.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::demonstration {

/// The examples that a small model is least sure about, labels in turns; the same for every query. `measure` of doubt:
/// `entropy` of the distribution, `margin` between its two largest probabilities, or one minus the `confidence`. The
/// model is the pipeline's plug-in, out of fold, else a judge fitted for this purpose. Equally uncertain examples stand
/// in random order.
template <plugin::PluginModel Judge> class UncertainSelector {
  public:
    static constexpr std::string_view kName = "uncertain";
    static constexpr bool depends_on_query = false;

    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (std::string, measure)); // entropy, margin, confidence
        Parameters() : measure("entropy") {}
        static constexpr std::string_view kArgument = "measure";
    };

    /// Throws Error (invalid_argument) for an unknown measure.
    UncertainSelector(Parameters parameters, std::function<Judge()> make_judge)
        : parameters_(std::move(parameters)), judged_(std::move(make_judge)) {
        const auto& measure = parameters_.measure;
        if (measure == "entropy" || measure == "margin" || measure == "confidence") return;
        throw Error(ErrorCode::invalid_argument, "entropy, margin or confidence expected, came " + measure,
                    "uncertain.measure");
    }

    [[nodiscard]] bool wants_predictions() const noexcept { return true; }
    void learn(std::span<const Prediction> predictions) { judged_.learn(predictions); }

    /// Throws what the judge throws.
    void prepare(const Task& task, std::span<const Example> pool, std::uint64_t seed) {
        rows_.take(pool);
        const auto predictions = judged_.predictions(task, pool, rows_.positions(), "uncertain");
        std::vector<double> doubts;
        doubts.reserve(predictions.size());
        for (const auto& prediction : predictions) doubts.push_back(doubt(prediction));
        auto groups = LabelGroups::of(task, pool, rows_.positions(), seed, "demonstration/uncertain");
        Random random(seed, "demonstration/uncertain members");
        for (auto& members : groups.members) {
            random.shuffle(std::span(members));
            std::stable_sort(members.begin(), members.end(), [&](auto a, auto b) { return doubts[a] > doubts[b]; });
        }
        order_ = in_turns(groups.members);
        for (std::size_t& row : order_) row = rows_.position(row);
    }

    [[nodiscard]] std::vector<std::vector<std::size_t>> rank(std::span<const Example> queries, std::size_t count) {
        return first_for_all(order_, count, queries.size());
    }

    [[nodiscard]] std::vector<std::vector<std::size_t>> select(std::span<const Example> queries, std::size_t count) {
        return rank(queries, count);
    }

    [[nodiscard]] bool best_last() const noexcept { return false; }

    [[nodiscard]] std::string identity() const { return std::string(kName) + "(" + parameters_.measure + ")"; }

  private:
    /// Where only the confidence is known, it stands for the distribution: p and 1 − p.
    [[nodiscard]] double doubt(const Prediction& prediction) const {
        std::vector<double> p = prediction.distribution;
        if (p.size() < 2) p = {prediction.confidence, 1.0 - prediction.confidence};
        if (parameters_.measure == "confidence") return 1.0 - prediction.confidence;
        if (parameters_.measure == "margin") {
            std::partial_sort(p.begin(), p.begin() + 2, p.end(), std::greater<>());
            return p[1] - p[0];
        }
        double entropy = 0.0;
        for (const double x : p) entropy -= x > 0.0 ? x * std::log(x) : 0.0;
        return entropy;
    }

    Parameters parameters_;
    JudgedPool<Judge> judged_;
    LabelledRows rows_;
    std::vector<std::size_t> order_;
};

} // namespace familiar::demonstration
