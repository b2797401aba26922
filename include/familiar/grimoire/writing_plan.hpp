#pragma once

#include <familiar/grimoire/grimoire_strategy.hpp>
#include <familiar/grimoire/writing_desk.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace familiar::grimoire {

/// What writing a grimoire costs at most. Replies in a cache are not known.
struct WritingPlan {
    std::uint64_t strong_calls = 0, weak_calls = 0;
    std::uint64_t prompt_tokens = 0;     ///< of all calls
    std::uint64_t completion_tokens = 0; ///< that the strong LLM may write
};

/// How requests are measured for a plan.
struct WritingMeasure {
    std::size_t reply_tokens = 1024; ///< that the strong LLM may write in one reply
    std::function<std::uint64_t(const std::string& message)> strong_tokens; ///< of a prompt for the strong LLM
    std::function<std::uint64_t(const Example& row, const Grimoire* notes)> weak_tokens; ///< of one for the weak LLM
};

/// Counts what `strategy` would ask: it is run, with stand-ins for the LLMs. The weak one gets every row wrong, the
/// strong one writes as much as it may. Asks nobody. Throws what the strategy throws beyond failed requests.
template <GrimoireStrategy S>
[[nodiscard]] WritingPlan plan_writing(const S& strategy, WritingDesk desk, const WritingMeasure& measure) {
    WritingPlan plan;
    desk.ask_strong = [&](const std::string& message) {
        ++plan.strong_calls;
        plan.prompt_tokens += measure.strong_tokens(message);
        plan.completion_tokens += measure.reply_tokens;
        std::string reply = "- " + std::to_string(plan.strong_calls);
        for (std::size_t i = 0; i < measure.reply_tokens; ++i) reply += " note";
        return reply;
    };
    desk.ask_weak = [&](std::span<const Example> rows, const Grimoire* notes) {
        plan.weak_calls += rows.size();
        for (const auto& row : rows) plan.prompt_tokens += measure.weak_tokens(row, notes);
        return std::vector<std::optional<std::size_t>>(rows.size());
    };
    desk.predict = nullptr; // nothing is dropped, so that what is asked next is as long as it may be
    desk.embed = nullptr;
    (void)strategy.write(desk);
    return plan;
}

} // namespace familiar::grimoire
