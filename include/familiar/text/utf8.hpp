#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace familiar::text {

inline constexpr char32_t kReplacementCharacter = 0xFFFD;

/// One step of decoding: a character, or U+FFFD for a maximal ill-formed part.
struct Decoded {
    char32_t character = 0;
    std::uint8_t length = 1; ///< bytes consumed, 1 … 4
    bool well_formed = true;
};

/// Decodes what stands at `text[at]`; `at` must be less than the size. Ill-formed input is cut into maximal subparts as
/// Unicode 16, §3.9 (table 3-11) has it: the longest start of a well-formed sequence, else one byte.
[[nodiscard]] inline Decoded decode_utf8(std::string_view text, std::size_t at) noexcept {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
    const std::size_t left = text.size() - at;
    const unsigned first = byte(0);
    if (first < 0x80) return {first, 1, true};
    unsigned low = 0x80,
             high = 0xBF; // what the second byte may be: no overlong form, no surrogate, no more than U+10FFFF
    std::uint8_t length = 0;
    char32_t character = 0;
    if (first >= 0xC2 && first <= 0xDF) {
        length = 2;
        character = first & 0x1F;
    } else if (first >= 0xE0 && first <= 0xEF) {
        length = 3;
        character = first & 0x0F;
        if (first == 0xE0) low = 0xA0;
        if (first == 0xED) high = 0x9F;
    } else if (first >= 0xF0 && first <= 0xF4) {
        length = 4;
        character = first & 0x07;
        if (first == 0xF0) low = 0x90;
        if (first == 0xF4) high = 0x8F;
    } else {
        return {kReplacementCharacter, 1, false};
    }
    for (std::uint8_t i = 1; i < length; ++i) {
        if (i >= left) return {kReplacementCharacter, i, false};
        const unsigned next = byte(i);
        if (next < low || next > high) return {kReplacementCharacter, i, false};
        low = 0x80;
        high = 0xBF;
        character = (character << 6) | (next & 0x3F);
    }
    return {character, length, true};
}

/// Writes the 1 … 4 bytes of a Unicode scalar value to `out` and returns how many.
inline std::size_t encode_utf8(char32_t character, char* out) noexcept {
    const auto put = [&](std::size_t i, char32_t value) {
        out[i] = static_cast<char>(static_cast<unsigned char>(value));
    };
    if (character < 0x80) {
        put(0, character);
        return 1;
    }
    if (character < 0x800) {
        put(0, 0xC0 | (character >> 6));
        put(1, 0x80 | (character & 0x3F));
        return 2;
    }
    if (character < 0x10000) {
        put(0, 0xE0 | (character >> 12));
        put(1, 0x80 | ((character >> 6) & 0x3F));
        put(2, 0x80 | (character & 0x3F));
        return 3;
    }
    put(0, 0xF0 | (character >> 18));
    put(1, 0x80 | ((character >> 12) & 0x3F));
    put(2, 0x80 | ((character >> 6) & 0x3F));
    put(3, 0x80 | (character & 0x3F));
    return 4;
}

inline void append_utf8(std::string& out, char32_t character) {
    char bytes[4];
    out.append(bytes, encode_utf8(character, bytes));
}

/// Where the first ill-formed byte stands, or the size of the text. Eight bytes at a time where they are ASCII.
[[nodiscard]] inline std::size_t find_ill_formed(std::string_view text) noexcept {
    std::size_t at = 0;
    while (at < text.size()) {
        if (text.size() - at >= 8) {
            std::uint64_t eight = 0;
            std::memcpy(&eight, text.data() + at, 8);
            if ((eight & 0x8080808080808080U) == 0) {
                at += 8;
                continue;
            }
        }
        const Decoded next = decode_utf8(text, at);
        if (!next.well_formed) return at;
        at += next.length;
    }
    return at;
}

[[nodiscard]] inline bool is_well_formed_utf8(std::string_view text) noexcept {
    return find_ill_formed(text) == text.size();
}

/// The text with U+FFFD in place of every maximal ill-formed part.
[[nodiscard]] inline std::string to_well_formed(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const Decoded next = decode_utf8(text, at);
        if (next.well_formed) {
            out.append(text, at, next.length);
        } else {
            append_utf8(out, kReplacementCharacter);
        }
        at += next.length;
    }
    return out;
}

/// At most `bytes` bytes of the text, cut between characters, with `…` where something was cut; for messages.
[[nodiscard]] inline std::string shortened(std::string_view text, std::size_t bytes) {
    if (text.size() <= bytes) return std::string(text);
    while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80) --bytes;
    return std::string(text.substr(0, bytes)) + "…";
}

/// Bytes of the character that starts with `first`; 1 for anything that starts none.
[[nodiscard]] constexpr std::size_t utf8_length(unsigned char first) noexcept {
    return first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

} // namespace familiar::text
