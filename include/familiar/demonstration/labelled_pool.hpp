#pragma once

#include <familiar/core/example.hpp>

#include <cstddef>
#include <span>
#include <vector>

namespace familiar::demonstration {

/// Positions of the examples that have a label: only they can be shown with one.
inline std::vector<std::size_t> labelled_positions(std::span<const Example> pool) {
    std::vector<std::size_t> positions;
    for (std::size_t i = 0; i < pool.size(); ++i) {
        if (pool[i].label) positions.push_back(i);
    }
    return positions;
}

} // namespace familiar::demonstration
