#pragma once

#include <utf8proc.h>

#include <array>
#include <cstddef>
#include <cstdint>

/// Properties of characters, from utf8proc's tables (Unicode 15), where needed with the edition that the published
/// tokenizers were made with.
namespace familiar::text {

/// The general category in the groups that tokenizers ask for.
enum class CharacterClass : std::uint8_t {
    letter,
    number,
    punctuation,
    symbol,
    nonspacing_mark,
    mark,
    separator,
    control,
    format,
    private_use,
    unassigned
};

[[nodiscard]] inline CharacterClass character_class(char32_t c) noexcept {
    switch (utf8proc_category(static_cast<utf8proc_int32_t>(c))) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
        return CharacterClass::letter;
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
        return CharacterClass::number;
    case UTF8PROC_CATEGORY_PC:
    case UTF8PROC_CATEGORY_PD:
    case UTF8PROC_CATEGORY_PS:
    case UTF8PROC_CATEGORY_PE:
    case UTF8PROC_CATEGORY_PI:
    case UTF8PROC_CATEGORY_PF:
    case UTF8PROC_CATEGORY_PO:
        return CharacterClass::punctuation;
    case UTF8PROC_CATEGORY_SM:
    case UTF8PROC_CATEGORY_SC:
    case UTF8PROC_CATEGORY_SK:
    case UTF8PROC_CATEGORY_SO:
        return CharacterClass::symbol;
    case UTF8PROC_CATEGORY_MN:
        return CharacterClass::nonspacing_mark;
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
        return CharacterClass::mark;
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
        return CharacterClass::separator;
    case UTF8PROC_CATEGORY_CC:
        return CharacterClass::control;
    case UTF8PROC_CATEGORY_CF:
        return CharacterClass::format;
    case UTF8PROC_CATEGORY_CO:
        return CharacterClass::private_use;
    default:
        return CharacterClass::unassigned;
    }
}

/// Which cases a letter may stand for to an expression: capitals and titles, small letters, or both (letters of scripts
/// without cases, modifiers, and marks); neither for what is no letter and no mark.
struct LetterCase {
    bool upper = false, lower = false;
};

[[nodiscard]] inline LetterCase letter_case(char32_t c) noexcept {
    switch (utf8proc_category(static_cast<utf8proc_int32_t>(c))) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LT:
        return {true, false};
    case UTF8PROC_CATEGORY_LL:
        return {false, true};
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
        return {true, true};
    default:
        return {};
    }
}

/// The property White_Space (PropList.txt), which regular expressions call \s.
[[nodiscard]] constexpr bool is_white_space(char32_t c) noexcept {
    return (c >= 0x09 && c <= 0x0D) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

[[nodiscard]] constexpr bool is_ascii_punctuation(char32_t c) noexcept {
    return (c >= 0x21 && c <= 0x2F) || (c >= 0x3A && c <= 0x40) || (c >= 0x5B && c <= 0x60) || (c >= 0x7B && c <= 0x7E);
}

/// The canonical combining class, 0 for a starter.
[[nodiscard]] inline int combining_class(char32_t c) noexcept {
    return utf8proc_get_property(static_cast<utf8proc_int32_t>(c))->combining_class;
}

/// The most characters that one becomes (U+FDFA).
inline constexpr std::size_t kLongestDecomposition = 18;

namespace detail {

inline std::size_t decompose(char32_t c, int options, std::array<char32_t, kLongestDecomposition>& out) noexcept {
    std::array<utf8proc_int32_t, kLongestDecomposition> parts{};
    int boundary = 0;
    const auto count = utf8proc_decompose_char(
        static_cast<utf8proc_int32_t>(c), parts.data(), static_cast<utf8proc_ssize_t>(parts.size()),
        static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | options), &boundary);
    if (count < 1 || count > static_cast<utf8proc_ssize_t>(parts.size())) {
        out[0] = c;
        return 1;
    }
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) out[i] = static_cast<char32_t>(parts[i]);
    return static_cast<std::size_t>(count);
}

} // namespace detail

/// Whether a grapheme cluster goes on behind the character whatever follows (UAX 29: Prepend).
[[nodiscard]] inline bool is_grapheme_prefix(char32_t c) noexcept {
    return utf8proc_get_property(static_cast<utf8proc_int32_t>(c))->boundclass == UTF8PROC_BOUNDCLASS_PREPEND;
}

/// A character's full canonical decomposition (one or more characters, not reordered) in `out`; returns how many, four
/// at most.
inline std::size_t decompose_canonically(char32_t c, std::array<char32_t, kLongestDecomposition>& out) noexcept {
    return detail::decompose(c, 0, out);
}

/// The same for the compatibility decomposition.
inline std::size_t decompose_compatibly(char32_t c, std::array<char32_t, kLongestDecomposition>& out) noexcept {
    return detail::decompose(c, UTF8PROC_COMPAT, out);
}

/// Whether composition may join a starter to what stands before it (NFC_Quick_Check is Maybe): Hangul vowels and
/// trailing consonants, and the second halves of some Indic vowels.
[[nodiscard]] inline bool may_compose_with_previous(char32_t c) noexcept {
    if ((c >= 0x1161 && c <= 0x1175) || (c >= 0x11A8 && c <= 0x11C2)) return true;
    switch (c) {
    case 0x09BE:
    case 0x09D7:
    case 0x0B3E:
    case 0x0B56:
    case 0x0B57:
    case 0x0BBE:
    case 0x0BD7:
    case 0x0CC2:
    case 0x0CD5:
    case 0x0CD6:
    case 0x0D3E:
    case 0x0D57:
    case 0x0DCF:
    case 0x0DDF:
    case 0x102E:
    case 0x1B35:
    case 0x1133E:
    case 0x11357:
    case 0x114B0:
    case 0x114BA:
    case 0x114BD:
    case 0x115AF:
    case 0x11930:
        return true;
    default:
        return false;
    }
}

/// The lower case of one character by itself (no final sigma): one character, two for U+0130. Returns how many.
inline std::size_t to_lower(char32_t c, std::array<char32_t, 8>& out) noexcept {
    if (c == 0x130) { // SpecialCasing.txt: its full lower case keeps the dot
        out[0] = U'i';
        out[1] = 0x307;
        return 2;
    }
    out[0] = static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c)));
    return 1;
}

/// What a regular expression's \w holds (Alphabetic, marks, decimal digits, connectors, joiners), as far as categories
/// tell.
[[nodiscard]] inline bool is_word_character(char32_t c) noexcept {
    const CharacterClass kind = character_class(c);
    return kind == CharacterClass::letter || kind == CharacterClass::nonspacing_mark || kind == CharacterClass::mark ||
           utf8proc_category(static_cast<utf8proc_int32_t>(c)) == UTF8PROC_CATEGORY_ND ||
           utf8proc_category(static_cast<utf8proc_int32_t>(c)) == UTF8PROC_CATEGORY_NL ||
           utf8proc_category(static_cast<utf8proc_int32_t>(c)) == UTF8PROC_CATEGORY_PC || c == 0x200C || c == 0x200D;
}

} // namespace familiar::text
