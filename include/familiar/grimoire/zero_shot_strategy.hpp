#pragma once

#include <familiar/core/reflection.hpp>
#include <familiar/grimoire/grimoire_strategy.hpp>
#include <familiar/prompt/grimoire_prompts.hpp>

#include <string>
#include <string_view>

namespace familiar::grimoire {

/// Notes from the task's description alone: one request, no sample (SLEICL's zero-shot grimoire).
struct ZeroShotStrategy {
    static constexpr std::string_view kName = "zero-shot";
    static constexpr bool kNeedsWeak = false;
    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters);
    };

    ZeroShotStrategy() = default;
    explicit ZeroShotStrategy(Parameters) {}

    [[nodiscard]] Draft write(const WritingDesk& desk) const {
        return {desk.ask_strong(prompt::profound_request(*desk.task, {}, desk.style)), {}, {}};
    }
    [[nodiscard]] std::string identity() const { return std::string(kName); }
};

static_assert(GrimoireStrategy<ZeroShotStrategy>);

} // namespace familiar::grimoire
