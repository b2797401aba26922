#pragma once

#include <familiar/text/unicode.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <tuple>
#include <vector>

namespace familiar::text {

/// The settings of a tokenizer.json's BertNormalizer.
struct BertNormalizer {
    bool clean_text = true;           ///< control characters vanish, every white space counts as one
    bool handle_chinese_chars = true; ///< every ideograph is a word of its own
    bool strip_accents = true;        ///< canonical decomposition, without non-spacing marks
    bool lowercase = true;

    friend bool operator==(const BertNormalizer&, const BertNormalizer&) = default;
};

/// What BertNormalizer followed by BertPreTokenizer does to one character: both work character by character, except for
/// the order of combining marks that are kept.
///
/// A table for the Basic Multilingual Plane is made once for each setting and shared; the rest is computed when met.
class BertCharacters {
  public:
    enum class Action : std::uint8_t {
        drop,    ///< vanishes
        space,   ///< ends a word
        isolate, ///< `character` is a word of its own: punctuation, an ideograph
        keep,    ///< `character` belongs to a word
        expand,  ///< more than one character, or a combining one: ask `expand`
    };
    struct Entry {
        Action action = Action::drop;
        char32_t character = 0;
    };
    struct Expansion {
        std::array<Entry, 8> entries{};
        std::size_t count = 0;
    };

    explicit BertCharacters(const BertNormalizer& settings) : settings_(settings), table_(0x10000) {
        for (char32_t c = 0; c < table_.size(); ++c) {
            const Entry entry = compute(c);
            table_[c] = (static_cast<std::uint32_t>(entry.action) << 24) | static_cast<std::uint32_t>(entry.character);
        }
    }

    /// The shared table of these settings.
    static std::shared_ptr<const BertCharacters> of(const BertNormalizer& settings) {
        static std::mutex mutex;
        static std::map<std::tuple<bool, bool, bool, bool>, std::shared_ptr<const BertCharacters>> made;
        const std::lock_guard lock(mutex);
        auto& table =
            made[{settings.clean_text, settings.handle_chinese_chars, settings.strip_accents, settings.lowercase}];
        if (!table) table = std::make_shared<const BertCharacters>(settings);
        return table;
    }

    [[nodiscard]] Entry operator()(char32_t c) const noexcept {
        if (c >= table_.size()) return compute(c);
        const std::uint32_t packed = table_[c];
        return {static_cast<Action>(packed >> 24), packed & 0xFFFFFFU};
    }

    /// All that a character becomes; for those whose action is `expand`.
    [[nodiscard]] Expansion expand(char32_t c) const noexcept {
        Expansion out;
        std::array<char32_t, kLongestDecomposition> parts{};
        std::size_t count = 1;
        parts[0] = c;
        if (settings_.strip_accents) count = decompose_canonically(c, parts);
        for (std::size_t i = 0; i < count; ++i) {
            if (settings_.strip_accents && is_nonspacing_mark(parts[i])) continue;
            std::array<char32_t, 8> lowered{parts[i]};
            const std::size_t letters = settings_.lowercase ? to_lower(parts[i], lowered) : 1;
            for (std::size_t k = 0; k < letters && out.count < out.entries.size(); ++k) {
                out.entries[out.count++] = {in_a_word(lowered[k]), lowered[k]};
            }
        }
        return out;
    }

    /// ASCII's symbols, and what Unicode counts as punctuation.
    static bool is_punctuation(char32_t c) noexcept {
        return is_ascii_punctuation(c) || (c >= 0x80 && character_class(c) == CharacterClass::punctuation);
    }

    /// What `clean_text` drops.
    static bool is_cleaned_away(char32_t c) noexcept { return c == 0 || c == 0xFFFD || is_control(c); }

    /// The blocks that BERT's own tokenizer counts as ideographs; 2B820 to 2B91F are left out there.
    static bool is_ideograph(char32_t c) noexcept {
        return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x20000 && c <= 0x2A6DF) ||
               (c >= 0x2A700 && c <= 0x2B73F) || (c >= 0x2B740 && c <= 0x2B81F) || (c >= 0x2B920 && c <= 0x2CEAF) ||
               (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
    }

  private:
    static bool is_control(char32_t c) noexcept {
        if (c == '\t' || c == '\n' || c == '\r') return false;
        const CharacterClass kind = character_class(c);
        return kind == CharacterClass::control || kind == CharacterClass::format || kind == CharacterClass::private_use;
    }

    static bool is_nonspacing_mark(char32_t c) noexcept {
        return character_class(c) == CharacterClass::nonspacing_mark;
    }

    static Action in_a_word(char32_t c) noexcept {
        if (is_white_space(c)) return Action::space;
        return is_punctuation(c) ? Action::isolate : Action::keep;
    }

    [[nodiscard]] Entry compute(char32_t c) const noexcept {
        if (settings_.clean_text) {
            if (is_cleaned_away(c)) return {Action::drop, 0};
            if (is_white_space(c)) return {Action::space, U' '};
        }
        const Expansion all = expand(c);
        if (all.count == 0) return {Action::drop, 0};
        const Entry first = all.entries[0];
        if (all.count > 1 || (settings_.strip_accents && combining_class(first.character) != 0))
            return {Action::expand, 0};
        if (settings_.handle_chinese_chars && is_ideograph(c)) return {Action::isolate, first.character};
        return first;
    }

    BertNormalizer settings_;
    std::vector<std::uint32_t> table_; // action in the high byte, character below
};

} // namespace familiar::text
