#pragma once

#include <familiar/core/error.hpp>
#include <familiar/core/grimoire.hpp>
#include <familiar/core/reflection.hpp>
#include <familiar/grimoire/grimoire_strategy.hpp>
#include <familiar/grimoire/playbook.hpp>
#include <familiar/prompt/grimoire_prompts.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace familiar::grimoire {

/// A playbook that grows by evidence (ACE, arXiv 2510.04618). In each round the weak LLM answers new train rows with
/// the playbook as it is; the strong one is shown the errors and the numbered rules, and asks for changes; the weak one
/// answers the same rows again. Rules that were added are credited with the rows that came out right, and charged with
/// those that came out wrong; what hurts more than it helps is dropped.
///
/// The text that is stored has each rule's counters behind it. Throws Error (empty_data) where no rule is left, or the
/// weak LLM makes no mistake.
class PlaybookStrategy {
  public:
    static constexpr std::string_view kName = "playbook";
    static constexpr bool kNeedsWeak = true;

    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (std::size_t, rounds), (std::size_t, errors), (std::size_t, rules));
        Parameters() : rounds(3), errors(6), rules(12) {}
    };

    PlaybookStrategy() = default;
    explicit PlaybookStrategy(Parameters parameters) : parameters_(parameters) {}

    [[nodiscard]] Draft write(const WritingDesk& desk) const {
        desk.require_labels(std::string(kName));
        const std::size_t rounds = std::max<std::size_t>(parameters_.rounds, 1);
        const auto rows = in_turns(desk, desk.choose(desk.train, desk.samples * rounds, desk.seed));
        Playbook playbook;
        Draft draft;
        std::size_t asked = 0;
        for (std::size_t round = 0; round < rounds; ++round) {
            std::vector<Example> some;
            for (std::size_t i = round; i < rows.size(); i += rounds) some.push_back(rows[i]);
            if (!some.empty()) asked += improve(desk, some, playbook, draft) ? 1 : 0;
        }
        if (asked == 0) {
            throw Error(ErrorCode::empty_data,
                        "the weak LLM made no mistake on the train rows: there is nothing to learn from",
                        "--strategy playbook", "Use another strategy, or more --samples");
        }
        if (playbook.rules().empty()) {
            throw Error(ErrorCode::empty_data,
                        "none of the strong LLM's rules helped the weak one: the playbook is empty",
                        "--strategy playbook", "Use another strategy, or a stronger LLM");
        }
        draft.text = playbook.text(true);
        draft.remarks.push_back(std::to_string(playbook.rules().size()) + " rules after " + std::to_string(asked) +
                                " rounds with errors");
        return draft;
    }

    [[nodiscard]] std::string identity() const {
        return std::string(kName) + "(" + std::to_string(parameters_.rounds) + "," +
               std::to_string(parameters_.errors) + "," + std::to_string(parameters_.rules) + ")";
    }

  private:
    /// Label after label, so that a round has some of each.
    static std::vector<Example> in_turns(const WritingDesk& desk, const std::vector<Example>& rows) {
        std::vector<std::vector<Example>> of_label(desk.task->labels.size());
        for (const auto& row : rows) of_label[*desk.task->label_index(*row.label)].push_back(row);
        std::vector<Example> out;
        for (const auto& some : of_label) out.insert(out.end(), some.begin(), some.end());
        return out;
    }

    /// One round; false where the weak LLM made no mistake.
    [[nodiscard]] bool improve(const WritingDesk& desk, const std::vector<Example>& rows, Playbook& playbook,
                               Draft& draft) const {
        const auto wrong_with = [&](const std::optional<Grimoire>& notes) {
            return desk.mistakes(rows, notes ? &*notes : nullptr);
        };
        const auto notes = [&]() -> std::optional<Grimoire> {
            if (playbook.rules().empty()) return std::nullopt;
            return Grimoire{"playbook", playbook.text(false)};
        };
        const auto before = wrong_with(notes());
        if (before.empty()) return false;
        const std::vector<prompt::Mistake> shown(
            before.begin(), before.begin() + static_cast<std::ptrdiff_t>(std::min(
                                                 before.size(), std::max<std::size_t>(parameters_.errors, 1))));
        for (const auto& mistake : shown) draft.samples.push_back(mistake.example.id);
        playbook.change(desk.ask_strong(prompt::playbook_request(*desk.task, playbook.numbered(), shown)),
                        parameters_.rules);
        const auto after = wrong_with(notes());
        const auto is_in = [](const std::vector<prompt::Mistake>& wrong, const prompt::Mistake& one) {
            return std::any_of(wrong.begin(), wrong.end(),
                               [&](const prompt::Mistake& other) { return other.example == one.example; });
        };
        const auto only_in = [&](const std::vector<prompt::Mistake>& some, const std::vector<prompt::Mistake>& others) {
            return static_cast<std::size_t>(
                std::count_if(some.begin(), some.end(), [&](const auto& one) { return !is_in(others, one); }));
        };
        playbook.credit(only_in(before, after), only_in(after, before));
        return true;
    }

    Parameters parameters_;
};

static_assert(GrimoireStrategy<PlaybookStrategy>);

} // namespace familiar::grimoire
