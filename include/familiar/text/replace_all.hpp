#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace familiar::text {

/// Puts `to` in the place of every `from`, from the left; what has been put in is not looked at again. Nothing changes
/// where `from` is empty. O(size).
inline void replace_all(std::string& text, std::string_view from, std::string_view to) {
    if (from.empty()) return;
    std::size_t at = text.find(from);
    if (at == std::string::npos) return;
    std::string out; // put together anew: linear, and g++ 12 sees impossible copies in std::string::replace
    out.reserve(text.size());
    std::size_t done = 0;
    for (; at != std::string::npos; at = text.find(from, done)) {
        out.append(text, done, at - done).append(to);
        done = at + from.size();
    }
    out.append(text, done);
    text.swap(out);
}

} // namespace familiar::text
