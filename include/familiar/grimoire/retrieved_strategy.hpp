#pragma once

#include <familiar/core/error.hpp>
#include <familiar/core/reflection.hpp>
#include <familiar/grimoire/grimoire_strategy.hpp>
#include <familiar/grimoire/sections.hpp>
#include <familiar/prompt/grimoire_prompts.hpp>
#include <familiar/text/white_space.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace familiar::grimoire {

/// Notes for each kind of input: train is grouped by embedding, and the strong LLM writes a section on each group, from
/// samples of it. In a run each query is shown the section that is nearest to it (`SectionRanker`).
///
/// A section is a heading, the words for what its inputs have in common, and rules; all of it is what a query is
/// compared with, so that an edited section is found by what it now says.
class RetrievedStrategy {
  public:
    static constexpr std::string_view kName = "retrieved";
    static constexpr bool kNeedsWeak = false;

    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (std::size_t, kinds)); // groups of inputs
        Parameters() : kinds(4) {}
    };

    RetrievedStrategy() = default;
    explicit RetrievedStrategy(Parameters parameters) : parameters_(parameters) {}

    [[nodiscard]] Draft write(const WritingDesk& desk) const {
        const std::size_t kinds = std::min(std::max<std::size_t>(parameters_.kinds, 1), desk.train.size());
        const auto kind = desk.group(desk.train, kinds, desk.seed);
        Draft draft;
        for (std::size_t k = 0; k < kinds; ++k) {
            std::vector<Example> members;
            for (std::size_t i = 0; i < desk.train.size(); ++i) {
                if (kind[i] == k) members.push_back(desk.train[i]);
            }
            if (members.empty()) continue; // fewer kinds than wanted, for inputs that are all alike
            const auto samples = desk.choose(members, desk.samples, desk.seed);
            const auto ids = ids_of(samples);
            draft.samples.insert(draft.samples.end(), ids.begin(), ids.end());
            const std::string reply = desk.ask_strong(prompt::cluster_request(*desk.task, samples));
            draft.text += (draft.text.empty() ? "" : "\n\n") + to_section(k, reply);
        }
        return draft;
    }

    [[nodiscard]] std::string identity() const {
        return std::string(kName) + "(" + std::to_string(parameters_.kinds) + ")";
    }

  private:
    /// The reply's first line as heading, unless it is a rule already.
    static std::string to_section(std::size_t number, std::string_view reply) {
        std::string_view body = text::strip(reply);
        const std::size_t end = std::min(body.find('\n'), body.size());
        std::string title(text::strip(body.substr(0, end)));
        if (title.starts_with("- ") || title.starts_with("* ") || end == body.size()) {
            title = "Kind " + std::to_string(number + 1);
        } else {
            body = text::strip(body.substr(end));
            title.erase(0, std::min(title.find_first_not_of("# "), title.size()));
        }
        // A heading within a section would begin another one.
        return std::string(kSectionMark) + title + "\n" + without_marks(body);
    }

    Parameters parameters_;
};

static_assert(GrimoireStrategy<RetrievedStrategy>);

} // namespace familiar::grimoire
