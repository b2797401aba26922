#pragma once

#include <familiar/text/utf8.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace familiar::text {

/// Whether a terminal shows the character and nothing else happens: no control character, no line or paragraph
/// separator, no mark that turns the direction of what follows.
[[nodiscard]] constexpr bool is_shown(char32_t c) noexcept {
    return c >= 0x20 && (c < 0x7F || c > 0x9F) && !(c >= 0x200E && c <= 0x200F) && !(c >= 0x2028 && c <= 0x202E) &&
           !(c >= 0x2066 && c <= 0x2069) && c != 0xFEFF;
}

/// What a message may quote of a model's own text, in bytes: enough for a sentence, too little to flood a terminal.
inline constexpr std::size_t kLongestMessage = 1000;

/// Text out of a file or message that is not trusted, fit for an error message: well-formed UTF-8, and every byte of
/// what is ill-formed or not shown as `\x1b`. Cut behind `most` bytes.
[[nodiscard]] inline std::string printable_text(std::string_view given, std::size_t most = kLongestMessage) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    const std::string text = shortened(given, most);
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const Decoded next = decode_utf8(text, at);
        const std::string_view bytes = std::string_view(text).substr(at, next.length);
        at += next.length;
        if (next.well_formed && is_shown(next.character)) {
            out += bytes;
            continue;
        }
        for (const char c : bytes) {
            const auto byte = static_cast<unsigned char>(c);
            out += "\\x";
            out += kDigits[byte >> 4];
            out += kDigits[byte & 15];
        }
    }
    return out;
}

/// The same in quotation marks, cut where it is longer than `most` bytes.
[[nodiscard]] inline std::string quoted_text(std::string_view text, std::size_t most = 60) {
    return "`" + printable_text(text, most) + "`";
}

} // namespace familiar::text
