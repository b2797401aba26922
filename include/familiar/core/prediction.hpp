#pragma once

#include <cstddef>
#include <vector>

namespace familiar {

/// What a plug-in says of one example.
struct Prediction {
    std::size_t label = 0;            ///< index into the task's labels
    double confidence = 0.0;          ///< probability of `label`, in [0, 1]
    std::vector<double> distribution; ///< one probability a label, sum 1; empty where only `confidence` is known

    friend bool operator==(const Prediction&, const Prediction&) = default;
};

} // namespace familiar
