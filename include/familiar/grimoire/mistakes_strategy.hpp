#pragma once

#include <familiar/core/error.hpp>
#include <familiar/core/reflection.hpp>
#include <familiar/grimoire/grimoire_strategy.hpp>
#include <familiar/prompt/grimoire_prompts.hpp>

#include <algorithm>
#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace familiar::grimoire {

/// Notes from the weak LLM's own mistakes (LEAP, arXiv 2402.05403): it answers train rows without notes, the strong one
/// says of its mistakes what would have prevented them (low-level principles, some mistakes a request), and puts that
/// together to a few notes (high-level principles).
///
/// The rows are those that the selector chooses, `rows_per_sample` for each sample wanted; at most the desk's samples
/// of mistakes a label are shown. Throws Error (empty_data) where the weak LLM makes none.
class MistakesStrategy {
  public:
    static constexpr std::string_view kName = "mistakes";
    static constexpr bool kNeedsWeak = true;

    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (std::size_t, rows_per_sample), (std::size_t, mistakes_per_request),
                                 (std::size_t, principles));
        Parameters() : rows_per_sample(4), mistakes_per_request(4), principles(5) {}
    };

    MistakesStrategy() = default;
    explicit MistakesStrategy(Parameters parameters) : parameters_(parameters) {}

    [[nodiscard]] Draft write(const WritingDesk& desk) const {
        desk.require_labels(std::string(kName));
        const auto rows =
            desk.choose(desk.train, desk.samples * std::max<std::size_t>(parameters_.rows_per_sample, 1), desk.seed);
        const auto wrong = some_of_each_label(desk.mistakes(rows, nullptr), desk.samples);
        if (wrong.empty()) {
            throw Error(ErrorCode::empty_data,
                        "the weak LLM made no mistake on " + std::to_string(rows.size()) +
                            " train rows: there is nothing to learn from",
                        "--strategy mistakes", "Use another strategy, or more --samples");
        }
        Draft draft;
        std::string insights;
        const std::size_t step = std::max<std::size_t>(parameters_.mistakes_per_request, 1);
        for (std::size_t begin = 0; begin < wrong.size(); begin += step) {
            const auto some = std::span(wrong).subspan(begin, std::min(step, wrong.size() - begin));
            insights += desk.ask_strong(prompt::mistakes_request(*desk.task, some)) + "\n";
        }
        for (const auto& mistake : wrong) draft.samples.push_back(mistake.example.id);
        draft.text = desk.ask_strong(prompt::condense_request(*desk.task, insights, parameters_.principles));
        draft.remarks.push_back("the weak LLM got " + std::to_string(wrong.size()) + " or more of " +
                                std::to_string(rows.size()) + " train rows wrong; those were shown");
        return draft;
    }

    [[nodiscard]] std::string identity() const {
        return std::string(kName) + "(" + std::to_string(parameters_.rows_per_sample) + "," +
               std::to_string(parameters_.mistakes_per_request) + "," + std::to_string(parameters_.principles) + ")";
    }

  private:
    static std::vector<prompt::Mistake> some_of_each_label(const std::vector<prompt::Mistake>& wrong,
                                                           std::size_t most) {
        std::map<std::string, std::size_t> taken;
        std::vector<prompt::Mistake> some;
        for (const auto& mistake : wrong) {
            if (taken[*mistake.example.label]++ < most) some.push_back(mistake);
        }
        return some;
    }

    Parameters parameters_;
};

static_assert(GrimoireStrategy<MistakesStrategy>);

} // namespace familiar::grimoire
