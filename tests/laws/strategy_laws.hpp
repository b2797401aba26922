#pragma once

#include <familiar/grimoire/grimoire_strategy.hpp>
#include <familiar/grimoire/writing_plan.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace familiar::laws {

/// The laws of `GrimoireStrategy`: the same desk gives the same draft; however often the weak LLM is right, no more is
/// asked than planned; a strategy that needs no weak LLM asks none; only samples of train are named.
///
/// @param desk without LLMs: these are scripted here
template <grimoire::GrimoireStrategy S> void check_strategy_laws(const S& strategy, grimoire::WritingDesk desk) {
    CHECK_FALSE(std::string(strategy.identity()).empty());
    grimoire::WritingMeasure measure;
    measure.reply_tokens = 8;
    measure.strong_tokens = [](const std::string& message) { return message.size(); };
    measure.weak_tokens = [](const Example&, const Grimoire*) { return std::uint64_t{1}; };
    const auto plan = grimoire::plan_writing(strategy, desk, measure);
    CHECK(plan.strong_calls > 0);
    CHECK((plan.weak_calls > 0) == S::kNeedsWeak);
    CHECK(plan.prompt_tokens > 0);

    // Wrong about every n-th row; 0: about none.
    for (const std::size_t n : {std::size_t{1}, std::size_t{2}, std::size_t{5}, std::size_t{0}}) {
        CAPTURE(n);
        std::size_t strong = 0, weak = 0;
        desk.ask_strong = [&](const std::string& message) {
            ++strong;
            return "- rule " + std::to_string(std::hash<std::string>{}(message)) + " of the reply\n- look twice";
        };
        desk.ask_weak = [&](std::span<const Example> rows, const Grimoire*) {
            std::vector<std::optional<std::size_t>> labels;
            for (const auto& row : rows) {
                const auto right = desk.task->label_index(*row.label);
                const bool wrong = n != 0 && std::hash<std::string>{}(row.text) % n == 0;
                labels.push_back(wrong ? std::nullopt : right);
            }
            weak += rows.size();
            return labels;
        };
        try {
            const grimoire::Draft draft = strategy.write(desk);
            CHECK_FALSE(draft.text.empty());
            CHECK(strategy.write(desk).text == draft.text);
            for (const auto& id : draft.samples) {
                CHECK(std::any_of(desk.train.begin(), desk.train.end(), [&](const Example& e) { return e.id == id; }));
            }
            strong /= 2;
            weak /= 2;
        } catch (const Error& error) { // nothing to learn from an LLM that is never wrong
            CHECK(error.code() == ErrorCode::empty_data);
            CHECK((n == 0 && S::kNeedsWeak));
        }
        CHECK(strong <= plan.strong_calls);
        CHECK(weak <= plan.weak_calls);
    }
}

} // namespace familiar::laws
