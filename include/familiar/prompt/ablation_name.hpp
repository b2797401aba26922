#pragma once

#include <familiar/prompt/prompt_format.hpp>

#include <string>

namespace familiar::prompt {

/// What is left out, for identities and reports: `-test-prediction-confidence`; empty where nothing is.
inline std::string ablation_name(const Ablation& ablation) {
    std::string name;
    if (ablation.test_prediction) name += "-test-prediction";
    if (ablation.confidence) name += "-confidence";
    if (ablation.demonstrations) name += "-demonstrations";
    if (ablation.grimoire) name += "-grimoire";
    return name;
}

} // namespace familiar::prompt
