#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace familiar {

/// The first byte at which brackets nest deeper than `deepest`, or nothing. Looks at bytes only, so that a hostile
/// text is refused before anything recurses into it or builds it up in memory. O(bytes).
[[nodiscard]] inline std::optional<std::size_t> find_deeper_than(std::size_t deepest, std::string_view json) noexcept {
    std::size_t depth = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < json.size(); ++i) {
        const char c = json[i];
        if (in_string) {
            if (c == '\\') {
                ++i;
            } else if (c == '"') {
                in_string = false;
            }
        } else if (c == '"') {
            in_string = true;
        } else if (c == '[' || c == '{') {
            if (++depth > deepest) return i;
        } else if ((c == ']' || c == '}') && depth > 0) {
            --depth;
        }
    }
    return std::nullopt;
}

} // namespace familiar
