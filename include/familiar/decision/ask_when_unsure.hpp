#pragma once

#include <familiar/core/error.hpp>
#include <familiar/core/number_text.hpp>
#include <familiar/core/reflection.hpp>
#include <familiar/decision/decide.hpp>
#include <familiar/decision/decision_policy.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace familiar::decision {

/// The LLM is asked only where the plug-in's confidence is below a threshold, and decides there; elsewhere the
/// plug-in's label stands. Worth as much as the confidence is calibrated. Without a prediction the LLM is asked.
class AskWhenUnsure {
  public:
    static constexpr std::string_view kName = "unsure";

    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (double, threshold)); // in [0, 1]; 0 never asks, 1 nearly always
        Parameters() : threshold(0.9) {}
        static constexpr std::string_view kArgument = "threshold";
    };

    AskWhenUnsure() = default;

    /// Throws Error (invalid_argument) for a threshold outside [0, 1].
    explicit AskWhenUnsure(Parameters parameters) : parameters_(parameters) {
        if (!(parameters.threshold >= 0.0 && parameters.threshold <= 1.0)) {
            throw Error(ErrorCode::invalid_argument, "the threshold is " + number_text(parameters.threshold), "unsure",
                        "A confidence is compared with it: give a value from 0 to 1");
        }
    }

    [[nodiscard]] bool asks(const std::optional<Prediction>& prediction) const noexcept {
        return !prediction || prediction->confidence < parameters_.threshold;
    }

    [[nodiscard]] Answer decide(const Task& task, const std::optional<Prediction>& prediction,
                                const std::optional<LlmVerdict>& verdict) const {
        return whoever_was_asked(task, prediction, verdict);
    }

    [[nodiscard]] std::string identity() const {
        return std::string(kName) + "(threshold=" + number_text(parameters_.threshold) + ")";
    }

    [[nodiscard]] const Parameters& parameters() const noexcept { return parameters_; }

  private:
    Parameters parameters_;
};

static_assert(DecisionPolicy<AskWhenUnsure>);

} // namespace familiar::decision
