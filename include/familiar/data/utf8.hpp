#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace familiar::data {

/// A Unicode scalar value and the number of bytes that spell it; `length` 0 where the bytes are ill-formed.
struct CodePoint {
    char32_t value = 0;
    std::size_t length = 0;
};

/// The code point that begins at `at` < text.size(). Overlong forms, surrogates, values above U+10FFFF and truncated
/// sequences are ill-formed (Unicode 15, table 3-7).
constexpr CodePoint code_point_at(std::string_view text, std::size_t at) noexcept {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
    const unsigned char first = byte(0);
    if (first < 0x80) return {first, 1};
    const std::size_t length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
    if (length == 0 || text.size() - at < length) return {};
    const unsigned char low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    const unsigned char high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (byte(1) < low || byte(1) > high) return {};
    char32_t value = first & (0x7fu >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xc0) != 0x80) return {};
        value = (value << 6) | (byte(i) & 0x3fu);
    }
    return {value, length};
}

/// Where the first ill-formed byte stands, or nothing; O(n).
constexpr std::optional<std::size_t> find_invalid_utf8(std::string_view text) noexcept {
    for (std::size_t at = 0; at < text.size();) {
        if (static_cast<unsigned char>(text[at]) < 0x80) {
            ++at;
            continue;
        }
        const std::size_t length = code_point_at(text, at).length;
        if (length == 0) return at;
        at += length;
    }
    return std::nullopt;
}

/// White space as Python's str.split() and str.strip() have it, which the reference systems use.
constexpr bool is_white_space(char32_t c) noexcept {
    return (c >= 0x09 && c <= 0x0d) || (c >= 0x1c && c <= 0x20) || c == 0x85 || c == 0xa0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

/// The text's words: what stands between runs of white space. Views into `text`; ill-formed bytes count as letters.
inline std::vector<std::string_view> split_white_space(std::string_view text) {
    std::vector<std::string_view> words;
    std::size_t begin = 0;
    for (std::size_t at = 0; at < text.size();) {
        const CodePoint c = code_point_at(text, at);
        const std::size_t next = at + (c.length == 0 ? 1 : c.length);
        if (c.length != 0 && is_white_space(c.value)) {
            if (at > begin) words.push_back(text.substr(begin, at - begin));
            begin = next;
        }
        at = next;
    }
    if (text.size() > begin) words.push_back(text.substr(begin));
    return words;
}

/// The text without white space at both ends; a view into `text`.
inline std::string_view strip(std::string_view text) {
    const auto words = split_white_space(text);
    if (words.empty()) return {};
    const char* const begin = words.front().data();
    const char* const end = words.back().data() + words.back().size();
    return {begin, static_cast<std::size_t>(end - begin)};
}

/// At most `bytes` bytes of the text, cut between characters, with `…` where something was cut; for messages.
inline std::string shortened(std::string_view text, std::size_t bytes) {
    if (text.size() <= bytes) return std::string(text);
    while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xc0) == 0x80) --bytes;
    return std::string(text.substr(0, bytes)) + "…";
}

} // namespace familiar::data
