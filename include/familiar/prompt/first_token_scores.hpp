#pragma once

#include <familiar/core/ascii_case.hpp>
#include <familiar/text/white_space.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace familiar::prompt {

/// Natural logarithms of the labels' probabilities, as far as the likeliest first tokens of a reply tell. A token
/// counts for a label that it spells, white space around and (ASCII) case apart, or that it begins where it begins no
/// other label. A label that no token speaks for gets what is left of the probability, but no more than the least
/// likely token has. Nothing where there are no tokens. O(tokens · labels).
[[nodiscard]] inline std::optional<std::vector<double>>
first_token_scores(const std::map<std::string, double>& first_token, std::span<const std::string> labels) {
    if (first_token.empty()) return std::nullopt;
    std::vector<std::string> names;
    for (const auto& label : labels) names.push_back(ascii_lower(label));
    std::vector<double> shares(labels.size(), 0.0);
    double seen = 0.0, least = std::numeric_limits<double>::infinity();
    for (const auto& [token, logprob] : first_token) {
        const double share = std::exp(std::min(logprob, 0.0));
        seen += share;
        least = std::min(least, share);
        const std::string text = ascii_lower(text::strip(token));
        if (text.empty()) continue;
        const auto exact = std::find(names.begin(), names.end(), text);
        if (exact != names.end()) {
            shares[static_cast<std::size_t>(exact - names.begin())] += share;
            continue;
        }
        std::size_t begins = names.size(), count = 0;
        for (std::size_t i = 0; i < names.size(); ++i) {
            if (!names[i].starts_with(text)) continue;
            begins = i;
            ++count;
        }
        if (count == 1) shares[begins] += share;
    }
    const double left = std::min(std::max(1.0 - seen, 1e-9), least);
    for (double& share : shares) share = std::log(share > 0.0 ? share : left);
    return shares;
}

} // namespace familiar::prompt
