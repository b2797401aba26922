#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace familiar::weights::detail {

/// A name out of a file that is not trusted, fit for a message: in quotes, printable ASCII, of bounded length.
inline std::string printable(std::string_view name) {
    constexpr std::size_t kLongest = 96;
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text = "`";
    for (const char c : name.substr(0, kLongest)) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte < 0x7f) {
            text += c;
        } else {
            text += "\\x";
            text += kDigits[byte >> 4];
            text += kDigits[byte & 15];
        }
    }
    return text + (name.size() > kLongest ? "…`" : "`");
}

} // namespace familiar::weights::detail
