#pragma once

#include <familiar/core/error.hpp>
#include <familiar/core/reflection.hpp>
#include <familiar/decision/decide.hpp>
#include <familiar/decision/decision_policy.hpp>
#include <familiar/decision/fits_decision.hpp>
#include <familiar/decision/log_linear_fusion.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::decision {

/// Both are asked and weighed: a log-linear fusion of the plug-in's distribution with the LLM's label probabilities,
/// the LLM's own inclination (what it says where there is nothing to read) taken off. Weights are fitted on rows that
/// are not those to be answered, and so is whether the plug-in's line stands in the prompt: a small LLM copies it, and
/// then has nothing to add. On the rows that it is fitted on the fusion has no fewer right than the better of both
/// alone. Before it is fitted the LLM decides.
class Fuse {
  public:
    static constexpr std::string_view kName = "fuse";

    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (std::size_t, rows), // that it is fitted on at most
                                 (std::size_t, top_logprobs));    // asked of an endpoint that scores no labels
        Parameters() : rows(200), top_logprobs(20) {}
        static constexpr std::string_view kArgument = "rows";
    };

    Fuse() = default;

    /// Throws Error (invalid_argument) for 0 rows or log-probabilities.
    explicit Fuse(Parameters parameters) : parameters_(parameters) {
        if (parameters.rows == 0) {
            throw Error(ErrorCode::invalid_argument, "there is nothing to fit to", "fuse.rows", "Give at least 1");
        }
        if (parameters.top_logprobs == 0) {
            throw Error(ErrorCode::invalid_argument, "without log-probabilities nothing can be weighed",
                        "fuse.top_logprobs", "Give at least 1");
        }
    }

    [[nodiscard]] bool asks(const std::optional<Prediction>&) const noexcept { return true; }

    /// Decided by both where both have spoken with probabilities. Ties go to the label that stands first.
    [[nodiscard]] Answer decide(const Task& task, const std::optional<Prediction>& prediction,
                                const std::optional<LlmVerdict>& verdict) const {
        const bool scored = verdict && !task.labels.empty() && verdict->label_logprobs.size() == task.labels.size();
        if (!fitted_ || !scored || !prediction) return whoever_was_asked(task, prediction, verdict);
        TwoVoices voices;
        voices.llm = verdict->label_logprobs;
        voices.plugin = log_distribution(*prediction, task.labels.size());
        auto p = fused(voices, fitted_->prior, fitted_->weights);
        Answer answer;
        answer.label = static_cast<std::size_t>(std::max_element(p.begin(), p.end()) - p.begin());
        answer.probability = p[*answer.label];
        answer.decided_by = DecidedBy::both;
        answer.overridden = *answer.label != prediction->label;
        answer.distribution = std::move(p);
        return answer;
    }

    [[nodiscard]] std::size_t fit_rows() const noexcept { return parameters_.rows; }
    [[nodiscard]] std::size_t top_logprobs() const noexcept { return parameters_.top_logprobs; }

    /// Chooses prompt and weights. Throws Error (empty_data) without rows.
    FittedDecision fit(const Task& task, std::span<const DecisionTrial> trials) {
        std::vector<FittedDecision> fusions, alone;
        for (const auto& trial : trials) {
            std::vector<TwoVoices> rows;
            for (const auto& row : trial.rows) {
                rows.push_back(
                    {row.prediction ? log_distribution(*row.prediction, task.labels.size()) : std::vector<double>(),
                     row.label_logprobs});
            }
            if (rows.empty()) continue;
            const auto with = [&](const FusionWeights& weights) {
                const FusionQuality q = quality(rows, trial.gold, trial.prior, weights);
                return FittedDecision{trial.plugin_line, weights, trial.prior, q.right, q.loss, rows.size()};
            };
            fusions.push_back(with(fit_fusion(rows, trial.gold, trial.prior)));
            alone.push_back(with({0.0, 1.0, 0.0}));
            if (!rows.front().plugin.empty()) alone.push_back(with({1.0, 0.0, 0.0}));
        }
        // Likelihood tells fusions apart with fewer rows than the number that are right does, which is the condition.
        std::size_t bar = 0;
        for (const auto& one : alone) bar = std::max(bar, one.right);
        const auto likelier = [](const FittedDecision* best, const FittedDecision& one) {
            return best == nullptr || one.loss < best->loss;
        };
        const FittedDecision* best = nullptr;
        for (const auto& one : fusions) {
            if (one.right >= bar && likelier(best, one)) best = &one;
        }
        const bool fusion_is_enough = best != nullptr;
        for (const auto& one : alone) {
            if (!fusion_is_enough && one.right == bar && likelier(best, one)) best = &one;
        }
        if (!best) throw Error(ErrorCode::empty_data, "no row is left to fit the fusion to", std::string(kName));
        use(*best);
        return *best;
    }

    /// What was fitted before.
    void use(FittedDecision fitted) { fitted_ = std::move(fitted); }

    [[nodiscard]] std::string identity() const {
        return std::string(kName) + "(rows=" + std::to_string(parameters_.rows) +
               ",top_logprobs=" + std::to_string(parameters_.top_logprobs) + ")";
    }

  private:
    /// Where only the confidence is known, the rest is shared equally.
    static std::vector<double> log_distribution(const Prediction& prediction, std::size_t labels) {
        std::vector<double> p = prediction.distribution;
        if (p.size() != labels) {
            const double others = labels > 1 ? (1.0 - prediction.confidence) / static_cast<double>(labels - 1) : 0.0;
            p.assign(labels, others);
            p[prediction.label] = prediction.confidence;
        }
        for (double& x : p) x = std::log(std::max(x, 1e-300));
        return p;
    }

    Parameters parameters_;
    std::optional<FittedDecision> fitted_;
};

static_assert(FitsDecision<Fuse>);

} // namespace familiar::decision
