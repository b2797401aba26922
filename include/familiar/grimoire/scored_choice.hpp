#pragma once

#include <familiar/core/grimoire.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace familiar::grimoire {

/// For each row of scores, one a grimoire, the grimoire with the largest, the first of equals; null where there is
/// none.
[[nodiscard]] inline std::vector<const Grimoire*> largest_scored(std::span<const std::vector<double>> scores,
                                                                 std::span<const Grimoire> grimoires) {
    std::vector<const Grimoire*> chosen;
    chosen.reserve(scores.size());
    for (const auto& row : scores) {
        const auto best = std::max_element(row.begin(), row.end()) - row.begin();
        chosen.push_back(row.empty() ? nullptr : &grimoires[static_cast<std::size_t>(best)]);
    }
    return chosen;
}

/// Their names with commas between, for identities.
[[nodiscard]] inline std::string joined_names(std::span<const Grimoire> grimoires) {
    std::string names;
    for (const auto& grimoire : grimoires) names += (names.empty() ? "" : ",") + grimoire.name;
    return names;
}

} // namespace familiar::grimoire
