#pragma once

#include <familiar/core/reflection.hpp>
#include <familiar/grimoire/grimoire_strategy.hpp>
#include <familiar/prompt/grimoire_prompts.hpp>

#include <string>
#include <string_view>

namespace familiar::grimoire {

/// The profound grimoire of SLEICL (arXiv 2401.03385, section 3.2): one request with the task and samples of each
/// label.
struct ProfoundStrategy {
    static constexpr std::string_view kName = "profound";
    static constexpr bool kNeedsWeak = false;
    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters);
    };

    ProfoundStrategy() = default;
    explicit ProfoundStrategy(Parameters) {}

    [[nodiscard]] Draft write(const WritingDesk& desk) const {
        const auto samples = desk.choose(desk.train, desk.samples, desk.seed);
        return {desk.ask_strong(prompt::profound_request(*desk.task, samples, desk.style)), ids_of(samples), {}};
    }
    [[nodiscard]] std::string identity() const { return std::string(kName); }
};

static_assert(GrimoireStrategy<ProfoundStrategy>);

} // namespace familiar::grimoire
