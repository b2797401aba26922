#pragma once

#include <familiar/core/grimoire.hpp>
#include <familiar/core/reflection.hpp>
#include <familiar/grimoire/grimoire_strategy.hpp>
#include <familiar/prompt/grimoire_prompts.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace familiar::grimoire {

/// The simple grimoire of SLEICL: a profound one, as its text now stands, condensed by one request to three rules at
/// most.
class SimpleStrategy {
  public:
    static constexpr std::string_view kName = "simple";
    static constexpr bool kNeedsWeak = false;

    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters);
    };

    explicit SimpleStrategy(Grimoire parent) : parent_(std::move(parent)) {}
    SimpleStrategy(Parameters, Grimoire parent) : parent_(std::move(parent)) {}

    [[nodiscard]] Draft write(const WritingDesk& desk) const {
        return {desk.ask_strong(prompt::simple_request(*desk.task, parent_.text, desk.style)), {}, {}};
    }
    [[nodiscard]] std::string identity() const { return std::string(kName) + ":" + parent_.name; }

  private:
    Grimoire parent_;
};

static_assert(GrimoireStrategy<SimpleStrategy>);

} // namespace familiar::grimoire
