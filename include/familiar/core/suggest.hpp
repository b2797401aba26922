#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar {

/// Edits (insert, delete, replace, swap neighbours) that turn `a` into `b`: the optimal string alignment distance, over
/// bytes. O(a·b) time, O(b) memory. A text longer than 256 bytes counts as its first 256.
inline std::size_t edit_distance(std::string_view a, std::string_view b) {
    a = a.substr(0, 256);
    b = b.substr(0, 256);
    std::vector<std::size_t> before(b.size() + 1), previous(b.size() + 1), current(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) previous[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        current[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            current[j] = std::min({previous[j] + 1, current[j - 1] + 1, replaced});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                current[j] = std::min(current[j], before[j - 2] + 1);
            }
        }
        std::swap(before, previous);
        std::swap(previous, current);
    }
    return previous[b.size()];
}

/// The known name that `wanted` most likely stands for: the first of those at the least distance; nothing where `known`
/// (a range of strings) is empty.
template <class Range> std::optional<std::string> nearest_name(std::string_view wanted, const Range& known) {
    std::optional<std::string> nearest;
    std::size_t least = 0;
    for (const auto& name : known) {
        const std::size_t distance = edit_distance(wanted, std::string_view(name));
        if (!nearest || distance < least) {
            nearest = std::string(name);
            least = distance;
        }
    }
    return nearest;
}

/// Advice for an error about an unknown name: the nearest known one, then all of them. Empty where none is known.
template <class Range> std::string suggestion(std::string_view wanted, const Range& known) {
    const std::optional<std::string> nearest = nearest_name(wanted, known);
    if (!nearest) return {};
    std::string text = "Did you mean " + *nearest + "? Known:";
    const char* separator = " ";
    for (const auto& name : known) {
        text += separator;
        text += std::string_view(name);
        separator = ", ";
    }
    return text;
}

} // namespace familiar
