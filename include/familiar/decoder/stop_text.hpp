#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace familiar::decoder {

/// Where the first of the stop texts begins in `text`. O(text · stops).
inline std::optional<std::size_t> find_stop(std::string_view text, std::span<const std::string> stops) {
    std::size_t first = std::string_view::npos;
    for (const auto& stop : stops) first = std::min(first, text.find(stop));
    return first == std::string_view::npos ? std::nullopt : std::optional(first);
}

/// Bytes of `text` that will not change whatever follows: not a character that is still incomplete (which reads as
/// U+FFFD), not the beginning of a stop text, which may itself end in such a character. O(stops · their lengths).
inline std::size_t settled_length(std::string_view text, std::span<const std::string> stops) {
    constexpr std::string_view incomplete = "\xEF\xBF\xBD";
    const std::string_view all = text;
    while (text.ends_with(incomplete)) text.remove_suffix(incomplete.size());
    std::size_t settled = text.size();
    for (const std::string_view part : {text, all}) {
        for (const std::string_view stop : stops) {
            for (std::size_t length = std::min(stop.size(), part.size()); length > 0; --length) {
                if (part.ends_with(stop.substr(0, length))) {
                    settled = std::min(settled, part.size() - length);
                    break;
                }
            }
        }
    }
    return settled;
}

} // namespace familiar::decoder
