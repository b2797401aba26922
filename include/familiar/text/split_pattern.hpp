#pragma once

#include <familiar/text/text_block.hpp>
#include <familiar/text/unicode.hpp>
#include <familiar/text/utf8.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace familiar::text {

/// How a byte-level BPE tokenizer cuts a text into words: the regular expressions that the published families use.
enum class SplitPattern : std::uint8_t {
    gpt2,       ///< 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
    gpt2_digit, ///< every \p{N} by itself, then gpt2 on what lies between (SmolLM, StarCoder)
    llama3,     ///< (?i:'s|…)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
    qwen2,      ///< llama3 with \p{N} one at a time
    tekken,     ///< words end where small letters do, [^\r\n\p{L}\p{N}]?U*L+|[^\r\n\p{L}\p{N}]?U+L*|\p{N}|… with
            ///< U = [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}], L = [\p{Ll}\p{Lm}\p{Lo}\p{M}]; the rest as in llama3, with / among
            ///< the line ends behind other characters (Mistral)
    falcon, ///< [\p{P}$+<=>^~|`]+ by itself, gpt2 on what lies between, in its words every [0-9]{3} by itself
    bloom,  ///< ?[^(\s|.,!?…。，、।۔،)]+ with a space before the question mark, and what lies between
    clip,   ///< 's|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+, and the runs of white space between
    whole,  ///< the text is one word
};

/// Cuts by hand-written state machines instead of a regular-expression engine: where a text is ASCII 64 bytes at a
/// time, else character by character.
class PatternSplitter {
  public:
    explicit PatternSplitter(SplitPattern pattern) : pattern_(pattern), kinds_(&Kinds::get()) {}

    [[nodiscard]] SplitPattern pattern() const noexcept { return pattern_; }

    /// Calls `word(begin, end)` for the words of a well-formed text, which they cover without a gap.
    template <class Word> void split(const PaddedText& text, Word&& word) const {
        switch (pattern_) {
        case SplitPattern::gpt2:
            split_blocks<SplitPattern::gpt2>(text, word);
            break;
        case SplitPattern::gpt2_digit:
            split_blocks<SplitPattern::gpt2_digit>(text, word);
            break;
        case SplitPattern::llama3:
            split_blocks<SplitPattern::llama3>(text, word);
            break;
        case SplitPattern::qwen2:
            split_blocks<SplitPattern::qwen2>(text, word);
            break;
        case SplitPattern::tekken:
            split_by(
                text.text(), [&](std::size_t at) { return end_of_tekken_word(text.text(), at); }, word);
            break;
        case SplitPattern::falcon:
            split_falcon(text.text(), word);
            break;
        case SplitPattern::bloom:
            split_bloom(text.text(), word);
            break;
        case SplitPattern::clip:
            split_by(
                text.text(), [&](std::size_t at) { return end_of_clip_word(text.text(), at); }, word);
            break;
        case SplitPattern::whole:
            if (!text.text().empty()) word(std::size_t{0}, text.text().size());
            break;
        }
    }

    template <class Word> void split(std::string_view text, Word&& word) const { split(PaddedText(text), word); }

  private:
    enum class Kind : std::uint8_t { other, letter, number, space, end };

    /// A table for the Basic Multilingual Plane, made once.
    struct Kinds {
        std::array<Kind, 0x10000> table{};

        static const Kinds& get() {
            static const std::unique_ptr<const Kinds> made = [] {
                auto kinds = std::make_unique<Kinds>();
                for (char32_t c = 0; c < kinds->table.size(); ++c) kinds->table[c] = compute(c);
                return kinds;
            }();
            return *made;
        }

        static Kind compute(char32_t c) noexcept {
            if (is_white_space(c)) return Kind::space;
            const CharacterClass kind = character_class(c);
            return kind == CharacterClass::letter   ? Kind::letter
                   : kind == CharacterClass::number ? Kind::number
                                                    : Kind::other;
        }
    };

    struct Seen {
        Kind kind = Kind::end;
        std::size_t end = 0; ///< where the next character starts
    };

    [[nodiscard]] Seen look(std::string_view text, std::size_t at) const noexcept {
        if (at >= text.size()) return {Kind::end, at};
        const auto byte = static_cast<unsigned char>(text[at]);
        if (byte < 0x80) return {kinds_->table[byte], at + 1};
        const Decoded next = decode_utf8(text, at);
        const Kind kind =
            next.character < kinds_->table.size() ? kinds_->table[next.character] : Kinds::compute(next.character);
        return {kind, at + next.length};
    }

    /// The end of the run of characters of `kind` that starts at or before `at`.
    [[nodiscard]] std::size_t run(std::string_view text, std::size_t at, Kind kind,
                                  std::size_t most = SIZE_MAX) const noexcept {
        for (std::size_t n = 0; n < most; ++n) {
            const Seen next = look(text, at);
            if (next.kind != kind) break;
            at = next.end;
        }
        return at;
    }

    /// The length of a contraction at an apostrophe, or 0.
    [[nodiscard]] static std::size_t contraction(std::string_view text, std::size_t at, bool any_case) noexcept {
        if (at >= text.size() || text[at] != '\'' || at + 1 >= text.size()) return 0;
        const auto lower = [&](std::size_t i) -> char {
            if (i >= text.size()) return '\0';
            const char c = text[i];
            return any_case && c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
        };
        const char first = lower(at + 1), second = lower(at + 2);
        if (first == 's' || first == 't' || first == 'm' || first == 'd') return 2;
        if ((first == 'r' && second == 'e') || (first == 'v' && second == 'e') || (first == 'l' && second == 'l'))
            return 3;
        // U+017F, the long s, is an s to an expression that takes no notice of case.
        return any_case && text.substr(at + 1, 2) == "\u017F" ? 3 : 0;
    }

    struct Spaces {
        std::size_t end = 0;     ///< of the run of white space
        std::size_t last = 0;    ///< where its last character starts
        std::size_t newline = 0; ///< behind its last \r or \n; the run's begin where it has none
    };

    [[nodiscard]] Spaces spaces(std::string_view text, std::size_t at) const noexcept {
        Spaces out{at, at, at};
        for (Seen next = look(text, at); next.kind == Kind::space; next = look(text, out.end)) {
            out.last = out.end;
            out.end = next.end;
            if (text[out.last] == '\n' || text[out.last] == '\r') out.newline = out.end;
        }
        return out;
    }

    /// Bytes of a block at which words start, as far as the block tells.
    struct Starts {
        std::uint64_t at = 0;
        bool ends_early = false; ///< something stands in the block that only a look at single characters tells
    };

    /// The block starts where a word does.
    template <SplitPattern kPattern> static Starts starts(const TextBlock& block) noexcept {
        const std::uint64_t letters = block.letters, digits = block.digits, blanks = block.blanks;
        const std::uint64_t symbols = block.visible & ~(letters | digits);
        const auto first = [](std::uint64_t run) { return run & ~(run << 1); };
        const auto last = [](std::uint64_t run) { return run & ~(run >> 1); };
        // An apostrophe may begin a contraction where it begins a word: not behind a blank or a symbol.
        std::uint64_t others = ~(block.visible | blanks) | (block.apostrophes & ~((blanks | symbols) << 1));
        // Of blanks the last is a part of the word behind it, those before are one of their own.
        std::uint64_t at = first(blanks) | last(blanks);
        if constexpr (kPattern == SplitPattern::gpt2) {
            at |= (first(letters) | first(digits) | first(symbols)) & ~(blanks << 1);
        } else if constexpr (kPattern == SplitPattern::gpt2_digit) { // blanks before a digit are one word, all of them
            at = first(blanks) | (last(blanks) & ~(digits >> 1)) | digits;
            at |= (first(letters) | first(symbols)) & ~(blanks << 1);
        } else { // a symbol by itself belongs to the letters behind it, a blank to no digits
            const std::uint64_t alone = first(symbols) & last(symbols) & ~(blanks << 1);
            at |= ((first(letters) & ~(alone << 1)) | first(symbols)) & ~(blanks << 1);
            if constexpr (kPattern == SplitPattern::qwen2) {
                at |= digits;
            } else {
                at |= first(digits);
                others |= digits & (digits << 1) & (digits << 2) & (digits << 3);
            }
        }
        // What stands before something unknown or the end of the block may be a part of a word. Where it is blanks, the
        // word before them is whole.
        const auto known = static_cast<unsigned>(std::countr_zero(others));
        if (known == 0) return {0, true};
        const auto behind = static_cast<unsigned>(std::countl_one(blanks << (64 - known)));
        const unsigned kept = behind == 0 ? known : known - behind + 1;
        if (kept < 64) at &= (std::uint64_t{1} << kept) - 1;
        return {at, known < 64};
    }

    template <SplitPattern kPattern, class Word> void split_blocks(const PaddedText& padded, Word&& word) const {
        const std::string_view text = padded.text();
        for (std::size_t at = 0; at < text.size();) {
            const Starts starts = PatternSplitter::starts<kPattern>(TextBlock(padded.from(at)));
            std::size_t begin = at;
            for (std::uint64_t left = starts.at & (starts.at - 1); left != 0; left &= left - 1) {
                const std::size_t end = at + static_cast<unsigned>(std::countr_zero(left));
                word(begin, end);
                begin = end;
            }
            const bool is_stuck = begin == at;
            at = begin;
            if ((!is_stuck && !starts.ends_early) || at == text.size()) continue;
            if constexpr (kPattern == SplitPattern::gpt2) {
                at = end_of_gpt2_word<false>(text, begin);
            } else if constexpr (kPattern == SplitPattern::gpt2_digit) {
                at = end_of_gpt2_word<true>(text, begin);
            } else {
                at = end_of_llama3_word(text, begin, kPattern == SplitPattern::qwen2 ? 1 : 3);
            }
            word(begin, at);
        }
    }

    template <bool kDigitsApart>
    [[nodiscard]] std::size_t end_of_gpt2_word(std::string_view text, std::size_t at) const noexcept {
        if (const std::size_t length = contraction(text, at, false); length != 0) return at + length;
        const Seen first = look(text, at);
        if (first.kind == Kind::space) return end_of_gpt2_space<kDigitsApart>(text, at, first);
        return kDigitsApart && first.kind == Kind::number ? first.end : run(text, first.end, first.kind);
    }

    template <bool kDigitsApart>
    [[nodiscard]] std::size_t end_of_gpt2_space(std::string_view text, std::size_t at, Seen first) const noexcept {
        // To the expression a digit that stands apart is the end of the text.
        const auto ends_text = [](Kind kind) { return kind == Kind::end || (kDigitsApart && kind == Kind::number); };
        const Seen second = look(text, first.end);
        if (text[at] == ' ' && second.kind != Kind::space && !ends_text(second.kind))
            return run(text, second.end, second.kind);
        const Spaces white = spaces(text, at);
        return ends_text(look(text, white.end).kind) || white.last == at ? white.end : white.last;
    }

    /// Character by character: `end_of(at)` is where the word ends that starts at `at`.
    template <class EndOf, class Word> static void split_by(std::string_view text, const EndOf& end_of, Word&& word) {
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t end = end_of(at);
            word(at, end);
            at = end;
        }
    }

    [[nodiscard]] std::size_t end_of_clip_word(std::string_view text, std::size_t at) const noexcept {
        if (const std::size_t length = contraction(text, at, false); length != 0) return at + length;
        const Seen first = look(text, at);
        return first.kind == Kind::number ? first.end : run(text, first.end, first.kind);
    }

    [[nodiscard]] std::size_t end_of_llama3_word(std::string_view text, std::size_t at,
                                                 std::size_t digits) const noexcept {
        if (const std::size_t length = contraction(text, at, true); length != 0) return at + length;
        const Seen first = look(text, at);
        if (first.kind == Kind::letter) return run(text, first.end, Kind::letter);
        if (first.kind == Kind::number) return run(text, first.end, Kind::number, digits - 1);
        const Seen second = look(text, first.end);
        if (second.kind == Kind::letter && !is_newline(text[at])) return run(text, second.end, Kind::letter);
        return end_of_others(text, at, first, second, false);
    }

    static bool is_newline(char c) noexcept { return c == '\r' || c == '\n'; }

    /// Of a word that is no letters and no number: other characters with the line ends behind them, or white space.
    /// @param slashes slashes count among the line ends
    [[nodiscard]] std::size_t end_of_others(std::string_view text, std::size_t at, Seen first, Seen second,
                                            bool slashes) const noexcept {
        if (first.kind == Kind::other || (text[at] == ' ' && second.kind == Kind::other)) {
            std::size_t end = run(text, first.end, Kind::other);
            while (end < text.size() && (is_newline(text[end]) || (slashes && text[end] == '/'))) ++end;
            return end;
        }
        const Spaces white = spaces(text, at);
        if (white.newline != at) return white.newline;
        return white.end == text.size() || white.last == at ? white.end : white.last;
    }

    // ---- tekken
    static constexpr std::size_t kNone = SIZE_MAX;

    static bool is_ascii_letter(char c) noexcept { return static_cast<unsigned char>((c | 0x20) - 'a') < 26; }

    struct Cased {
        LetterCase as;
        std::size_t end = 0; ///< where the next character starts
    };

    [[nodiscard]] static Cased look_cased(std::string_view text, std::size_t at) noexcept {
        if (at >= text.size()) return {{}, at};
        if (is_ascii_letter(text[at])) return {{text[at] < 'a', text[at] >= 'a'}, at + 1};
        if (static_cast<unsigned char>(text[at]) < 0x80) return {{}, at + 1};
        const Decoded next = decode_utf8(text, at);
        return {letter_case(next.character), at + next.length};
    }

    [[nodiscard]] static std::size_t lower_run(std::string_view text, std::size_t at) noexcept {
        for (Cased next = look_cased(text, at); next.as.lower; next = look_cased(text, at)) at = next.end;
        return at;
    }

    /// Where U*L+ ends that starts at `at`, or kNone.
    [[nodiscard]] static std::size_t end_in_lower(std::string_view text, std::size_t at) noexcept {
        std::size_t last = kNone; // behind the last of U* that may be L+ as well
        for (Cased next = look_cased(text, at); next.as.upper; next = look_cased(text, at)) {
            at = next.end;
            if (next.as.lower) last = at;
        }
        return look_cased(text, at).as.lower ? lower_run(text, at) : last;
    }

    /// Where U+L* ends that starts at `at`, or kNone.
    [[nodiscard]] static std::size_t end_after_upper(std::string_view text, std::size_t at) noexcept {
        const std::size_t begin = at;
        for (Cased next = look_cased(text, at); next.as.upper; next = look_cased(text, at)) at = next.end;
        return at == begin ? kNone : lower_run(text, at);
    }

    [[nodiscard]] std::size_t end_of_tekken_word(std::string_view text, std::size_t at) const noexcept {
        const Seen first = look(text, at);
        const bool may_lead = (first.kind == Kind::other || first.kind == Kind::space) && !is_newline(text[at]);
        for (const auto end_of : {end_in_lower, end_after_upper}) {
            if (may_lead) {
                if (const std::size_t end = end_of(text, first.end); end != kNone) return end;
            }
            if (const std::size_t end = end_of(text, at); end != kNone) return end;
        }
        if (first.kind == Kind::number) return first.end;
        return end_of_others(text, at, first, look(text, first.end), true);
    }

    /// The end of the characters from `at` on of which `is` says `wanted`.
    [[nodiscard]] static std::size_t run_where(std::string_view text, std::size_t at, bool (*is)(char32_t),
                                               bool wanted) noexcept {
        while (at < text.size()) {
            const Decoded next = decode_utf8(text, at);
            if (is(next.character) != wanted) break;
            at += next.length;
        }
        return at;
    }

    // ---- falcon
    static bool is_falcon_punctuation(char32_t c) noexcept {
        return c < 0x80 ? is_ascii_punctuation(c) : character_class(c) == CharacterClass::punctuation;
    }

    template <class Word> void split_falcon(std::string_view text, Word&& word) const {
        const auto run_of = [&](std::size_t at, bool punctuation) {
            return run_where(text, at, is_falcon_punctuation, punctuation);
        };
        for (std::size_t at = 0; at < text.size();) {
            if (const std::size_t end = run_of(at, true); end != at) {
                word(at, end);
                at = end;
            }
            const std::size_t end = run_of(at, false);
            const std::string_view stretch = text.substr(0, end);
            while (at < end) {
                const std::size_t stop = end_of_gpt2_word<false>(stretch, at);
                split_threes(text, at, stop, word);
                at = stop;
            }
        }
    }

    /// A word, in which every three digits stand by themselves.
    template <class Word>
    static void split_threes(std::string_view text, std::size_t begin, std::size_t end, Word&& word) {
        const auto is_digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9'; };
        for (std::size_t at = begin; at + 3 <= end;) {
            if (!is_digit(at) || !is_digit(at + 1) || !is_digit(at + 2)) {
                ++at;
                continue;
            }
            if (begin < at) word(begin, at);
            word(at, at + 3);
            begin = at += 3;
        }
        if (begin < end) word(begin, end);
    }

    // ---- bloom
    static bool ends_bloom_word(char32_t c) noexcept {
        constexpr std::u32string_view kEnds = U"(|.,!?)\u2026\u3002\uFF0C\u3001\u0964\u06D4\u060C";
        return is_white_space(c) || kEnds.find(c) != std::u32string_view::npos;
    }

    template <class Word> void split_bloom(std::string_view text, Word&& word) const {
        const auto run_of = [&](std::size_t at, bool ends) { return run_where(text, at, ends_bloom_word, ends); };
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t begin = run_of(at, true), end = run_of(begin, false);
            const bool takes_space = begin > at && end > begin && text[begin - 1] == ' ';
            const std::size_t start = takes_space ? begin - 1 : begin;
            if (at < start) word(at, start);
            if (start < end) word(start, end);
            at = end;
        }
    }

    SplitPattern pattern_;
    const Kinds* kinds_;
};

} // namespace familiar::text
