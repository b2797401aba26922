#pragma once

#include <familiar/core/task.hpp>
#include <familiar/evaluation/confusion_matrix.hpp>
#include <familiar/evaluation/significance.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace familiar::report {

/// What an answer is worth that needs no further model: always the commonest label, or what most voices say.
struct Baseline {
    std::string name;
    double accuracy = 0.0, macro_f1 = 0.0;
    evaluation::Interval interval; ///< of the accuracy: 95 %, Wilson

    friend bool operator==(const Baseline&, const Baseline&) = default;
};

/// One opinion about an example.
struct Voice {
    std::optional<std::size_t> label;  ///< index into the labels; none has no vote
    std::optional<double> probability; ///< of `label`, where the voice says how sure it is
};

/// The label that most voices give. Of as many voices that of the surest one, of as sure ones that of the first; one
/// that does not say how sure it is is less sure than all that do. O(voices · labels).
[[nodiscard]] inline std::optional<std::size_t> most_said(std::span<const Voice> voices) {
    struct Candidate {
        std::size_t label, votes;
        double surest;
    };
    std::vector<Candidate> candidates;
    for (const auto& voice : voices) {
        if (!voice.label) continue;
        const double sure = voice.probability.value_or(-1.0);
        const auto same = std::find_if(candidates.begin(), candidates.end(),
                                       [&](const Candidate& candidate) { return candidate.label == *voice.label; });
        if (same == candidates.end()) {
            candidates.push_back({*voice.label, 1, sure});
        } else {
            ++same->votes;
            same->surest = std::max(same->surest, sure);
        }
    }
    const auto best =
        std::max_element(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
            return std::pair(a.votes, a.surest) < std::pair(b.votes, b.surest);
        });
    return best == candidates.end() ? std::nullopt : std::optional(best->label);
}

/// What `said` is worth; as many as there are true labels, all below `labels`; not empty.
[[nodiscard]] inline Baseline make_baseline(std::string name, std::size_t labels, std::span<const std::size_t> truth,
                                            std::span<const std::optional<std::size_t>> said) {
    const evaluation::ConfusionMatrix m(labels, truth, said);
    return {std::move(name), m.accuracy(), m.macro_f1(), evaluation::wilson_interval(m.correct(), m.rows())};
}

/// Always the commonest true label; of as common ones the first.
[[nodiscard]] inline Baseline majority_class(std::size_t labels, std::span<const std::size_t> truth) {
    std::vector<std::size_t> count(labels);
    for (const std::size_t label : truth) ++count[label];
    const auto commonest = static_cast<std::size_t>(std::max_element(count.begin(), count.end()) - count.begin());
    return make_baseline("majority class", labels, truth,
                         std::vector<std::optional<std::size_t>>(truth.size(), commonest));
}

/// Accuracy, macro-F1 and interval; the name is the caller's to write.
[[nodiscard]] inline nlohmann::ordered_json to_json(const Baseline& baseline) {
    return {{"accuracy", baseline.accuracy},
            {"macro_f1", baseline.macro_f1},
            {"interval", {baseline.interval.low, baseline.interval.high}}};
}

} // namespace familiar::report
