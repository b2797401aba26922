#pragma once

#include <familiar/text/utf8.hpp>

#include <cstddef>
#include <string_view>
#include <vector>

/// White space as Python's str.split(), str.strip() and str.isspace() have it, which the reference systems and chat
/// templates use. Regular expressions have another one: `is_white_space` of unicode.hpp.
namespace familiar::text {

/// The property White_Space and the four information separators.
[[nodiscard]] constexpr bool is_python_space(char32_t c) noexcept {
    return (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x20) || c == 0x85 || c == 0xA0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

/// The text's words: what stands between runs of white space. Views into `text`; ill-formed bytes count as letters.
[[nodiscard]] inline std::vector<std::string_view> split_white_space(std::string_view text) {
    std::vector<std::string_view> words;
    std::size_t begin = 0;
    for (std::size_t at = 0; at < text.size();) {
        const Decoded next = decode_utf8(text, at);
        if (is_python_space(next.character)) {
            if (at > begin) words.push_back(text.substr(begin, at - begin));
            begin = at + next.length;
        }
        at += next.length;
    }
    if (text.size() > begin) words.push_back(text.substr(begin));
    return words;
}

/// The text without white space at both ends; a view into `text`. O(n), no memory.
[[nodiscard]] inline std::string_view strip(std::string_view text) noexcept {
    std::size_t begin = 0, end = 0; // of what is no white space
    bool is_empty = true;
    for (std::size_t at = 0; at < text.size();) {
        const Decoded next = decode_utf8(text, at);
        if (!is_python_space(next.character)) {
            if (is_empty) begin = at;
            is_empty = false;
            end = at + next.length;
        }
        at += next.length;
    }
    return text.substr(begin, end - begin);
}

} // namespace familiar::text
