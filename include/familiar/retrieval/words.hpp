#pragma once

#include <familiar/text/unicode.hpp>
#include <familiar/text/utf8.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace familiar::retrieval {

/// Whether a script is written without spaces between words: each character then stands for a word of its own (Han,
/// kana, Thai, Lao, Khmer, Myanmar).
[[nodiscard]] constexpr bool is_written_without_spaces(char32_t c) noexcept {
    return (c >= 0x3400 && c <= 0x9FFF) || (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x20000 && c <= 0x3FFFF) ||
           (c >= 0x3040 && c <= 0x30FF) || (c >= 0x0E00 && c <= 0x0EFF) || (c >= 0x1000 && c <= 0x109F) ||
           (c >= 0x1780 && c <= 0x17FF);
}

/// The words of a text as a word index counts them: runs of letters, marks and digits in lower case; everything else
/// divides. Ill-formed bytes divide too. O(text).
[[nodiscard]] inline std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    std::string word;
    const auto finish = [&] {
        if (!word.empty()) words.push_back(std::move(word));
        word.clear();
    };
    for (std::size_t at = 0; at < text.size();) {
        const auto byte = static_cast<unsigned char>(text[at]);
        if (byte < 0x80) {
            ++at;
            const bool upper = byte >= 'A' && byte <= 'Z';
            if (upper || (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9')) {
                word += static_cast<char>(upper ? byte + ('a' - 'A') : byte);
            } else {
                finish();
            }
            continue;
        }
        const auto decoded = text::decode_utf8(text, at);
        at += decoded.length;
        const auto kind = text::character_class(decoded.character);
        const bool part = decoded.well_formed &&
                          (kind == text::CharacterClass::letter || kind == text::CharacterClass::number ||
                           kind == text::CharacterClass::nonspacing_mark || kind == text::CharacterClass::mark);
        const bool alone = part && is_written_without_spaces(decoded.character);
        if (!part || alone) finish();
        if (!part) continue;
        std::array<char32_t, 8> lower{};
        const std::size_t count = text::to_lower(decoded.character, lower);
        for (std::size_t i = 0; i < count; ++i) text::append_utf8(word, lower[i]);
        if (alone) finish();
    }
    finish();
    return words;
}

} // namespace familiar::retrieval
