#pragma once

#include <familiar/core/error.hpp>
#include <familiar/core/grimoire.hpp>
#include <familiar/core/reflection.hpp>
#include <familiar/grimoire/grimoire_strategy.hpp>
#include <familiar/prompt/grimoire_prompts.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::grimoire {

/// Several candidates, the best by what the weak LLM does with them on rows that they were not written from, then
/// refined by the errors that are left.
///
/// Train is split in halves. Candidates are profound grimoires of the first half, each from samples chosen with another
/// third of it left out. The weak LLM answers one part of the second half with each; the strong LLM is shown the best
/// one and what goes wrong with it. The refined notes are kept where they are no worse than the best candidate on the
/// other part, which neither has seen.
class ValidatedStrategy {
  public:
    static constexpr std::string_view kName = "validated";
    static constexpr bool kNeedsWeak = true;

    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (std::size_t, candidates), (std::size_t, rows_per_label),
                                 (std::size_t, errors)); // scored rows a label and part at most; errors shown at most
        Parameters() : candidates(3), rows_per_label(10), errors(8) {}
    };

    ValidatedStrategy() = default;
    explicit ValidatedStrategy(Parameters parameters) : parameters_(parameters) {}

    [[nodiscard]] Draft write(const WritingDesk& desk) const {
        desk.require_labels(std::string(kName));
        const auto [writing, scoring] = in_halves(*desk.task, desk.train, desk.seed, "grimoire/validated/half");
        auto [first, second] = in_halves(*desk.task, scoring, desk.seed, "grimoire/validated/part");
        if (first.empty()) {
            throw Error(ErrorCode::empty_data, "train has too few rows to keep some for validation",
                        "--strategy validated", "Use the strategy profound");
        }
        limit(*desk.task, first);
        limit(*desk.task, second);

        Draft draft;
        std::vector<Grimoire> candidates;
        for (std::size_t c = 0; c < std::max<std::size_t>(parameters_.candidates, 1); ++c) {
            const auto samples = desk.choose(without_third(writing, c), desk.samples, desk.seed + c);
            const auto ids = ids_of(samples);
            draft.samples.insert(draft.samples.end(), ids.begin(), ids.end());
            candidates.push_back({"candidate " + std::to_string(c + 1),
                                  desk.ask_strong(prompt::profound_request(*desk.task, samples, desk.style))});
        }
        std::size_t best = 0;
        std::vector<std::vector<prompt::Mistake>> wrong;
        for (std::size_t c = 0; c < candidates.size(); ++c) {
            wrong.push_back(desk.mistakes(first, &candidates[c]));
            if (wrong[c].size() < wrong[best].size()) best = c;
        }
        draft.text = candidates[best].text;
        draft.remarks.push_back("the best of " + std::to_string(candidates.size()) + " candidates has " +
                                rows_right(first.size(), wrong[best].size()) + " on the rows that chose it");
        if (!wrong[best].empty()) refine(desk, candidates[best], wrong[best], second, draft);
        std::sort(draft.samples.begin(), draft.samples.end());
        draft.samples.erase(std::unique(draft.samples.begin(), draft.samples.end()), draft.samples.end());
        return draft;
    }

    [[nodiscard]] std::string identity() const {
        return std::string(kName) + "(" + std::to_string(parameters_.candidates) + "," +
               std::to_string(parameters_.rows_per_label) + "," + std::to_string(parameters_.errors) + ")";
    }

  private:
    void refine(const WritingDesk& desk, const Grimoire& best, std::span<const prompt::Mistake> wrong,
                std::span<const Example> unseen, Draft& draft) const {
        const auto shown = wrong.first(std::min(wrong.size(), std::max<std::size_t>(parameters_.errors, 1)));
        const std::size_t before = desk.mistakes(unseen, &best).size();
        const Grimoire refined{"refined", desk.ask_strong(prompt::refine_request(*desk.task, best.text, shown))};
        const std::size_t after = desk.mistakes(unseen, &refined).size();
        for (const auto& mistake : shown) draft.samples.push_back(mistake.example.id);
        const bool kept = after <= before;
        if (kept) draft.text = refined.text;
        draft.remarks.push_back("refined by " + std::to_string(shown.size()) +
                                " errors: " + rows_right(unseen.size(), after) + " on unseen rows, " +
                                rows_right(unseen.size(), before) + " before; " + (kept ? "kept" : "not kept"));
    }

    static std::string rows_right(std::size_t rows, std::size_t wrong) {
        return std::to_string(rows - wrong) + " of " + std::to_string(rows) + " right";
    }

    void limit(const Task& task, std::vector<Example>& rows) const {
        std::vector<std::size_t> seen(task.labels.size());
        std::erase_if(rows, [&](const Example& row) {
            return seen[*task.label_index(*row.label)]++ >= std::max<std::size_t>(parameters_.rows_per_label, 1);
        });
    }

    static std::vector<Example> without_third(std::span<const Example> examples, std::size_t number) {
        std::vector<Example> rest;
        for (std::size_t i = 0; i < examples.size(); ++i) {
            if (examples.size() < 3 || i % 3 != number % 3) rest.push_back(examples[i]);
        }
        return rest;
    }

    Parameters parameters_;
};

static_assert(GrimoireStrategy<ValidatedStrategy>);

} // namespace familiar::grimoire
