#pragma once

#include <familiar/core/example.hpp>
#include <familiar/core/prediction.hpp>

#include <optional>

namespace familiar {

/// An example with its label, shown in a prompt, and what the plug-in says of it (nothing without a plug-in).
struct Demonstration {
    Example example;
    std::optional<Prediction> prediction;

    friend bool operator==(const Demonstration&, const Demonstration&) = default;
};

} // namespace familiar
