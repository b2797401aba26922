#pragma once

#include <familiar/core/reflection.hpp>
#include <familiar/decision/decide.hpp>
#include <familiar/decision/decision_policy.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace familiar::decision {

/// SuperICL's own rule: the LLM is asked about every example and has the last word.
class AlwaysAsk {
  public:
    static constexpr std::string_view kName = "always";

    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters);
    };

    AlwaysAsk() = default;
    explicit AlwaysAsk(Parameters) {}

    [[nodiscard]] bool asks(const std::optional<Prediction>&) const noexcept { return true; }

    [[nodiscard]] Answer decide(const Task& task, const std::optional<Prediction>& prediction,
                                const std::optional<LlmVerdict>& verdict) const {
        return whoever_was_asked(task, prediction, verdict);
    }

    [[nodiscard]] std::string identity() const { return std::string(kName); }
};

static_assert(DecisionPolicy<AlwaysAsk>);

} // namespace familiar::decision
