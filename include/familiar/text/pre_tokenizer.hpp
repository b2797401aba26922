#pragma once

#include <familiar/text/bert_characters.hpp>
#include <familiar/text/rewritten_text.hpp>
#include <familiar/text/simple_pattern.hpp>
#include <familiar/text/split_pattern.hpp>
#include <familiar/text/unicode.hpp>
#include <familiar/text/utf8.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace familiar::text {

/// A normalised text and where it was cut: piece i ends at `ends[i]` and starts where the one before ends.
struct Pieces {
    RewrittenText text;
    std::vector<std::size_t> ends;

    void clear() noexcept {
        text.clear();
        ends.clear();
    }
    /// Ends a piece here; nothing where it would be empty.
    void cut() {
        const std::size_t begin = ends.empty() ? 0 : ends.back();
        if (text.bytes.size() > begin) ends.push_back(text.bytes.size());
    }
};

/// What becomes of the text that a pre-tokenizer cuts at.
enum class SplitBehavior : std::uint8_t { removed, isolated, merged_with_previous, merged_with_next, contiguous };

/// The pre-tokenizers of tokenizer.json that work character by character, one after the other. Byte-level ones have a
/// segmenter of their own. O(length) each.
class PreTokenizer {
  public:
    enum class Prepend : std::uint8_t { always, first, never };
    struct WhiteSpaceSplit {}; ///< at white space, which vanishes
    struct Words {};           ///< \w+|[^\w\s]+
    struct BertWords {};       ///< at white space and around punctuation
    struct Punctuation {
        SplitBehavior behavior = SplitBehavior::isolated;
    };
    struct Digits {
        bool individual = false;
    };
    struct Split {
        SimplePattern pattern;
        SplitBehavior behavior = SplitBehavior::isolated;
        bool invert = false;
    };
    struct Matches {
        PatternSplitter splitter; ///< the words of a pattern, without the white space between them
    };
    struct Metaspace {
        std::string replacement = "\u2581"; ///< one character in place of every space
        Prepend prepend = Prepend::always;  ///< before which pieces it is put; `first`: what starts the text
        bool split = true;                  ///< before every replacement
    };
    using Step = std::variant<WhiteSpaceSplit, Words, BertWords, Punctuation, Digits, Split, Matches, Metaspace>;

    PreTokenizer() = default;
    explicit PreTokenizer(std::vector<Step> steps) : steps_(std::move(steps)) {}

    [[nodiscard]] const std::vector<Step>& steps() const noexcept { return steps_; }

    /// Whether a text that is cut before its runs of spaces gives in parts what it gives as a whole.
    [[nodiscard]] bool is_local() const noexcept {
        return std::all_of(steps_.begin(), steps_.end(), [](const Step& step) {
            const auto* const metaspace = std::get_if<Metaspace>(&step);
            return std::holds_alternative<WhiteSpaceSplit>(step) || std::holds_alternative<Matches>(step) ||
                   (metaspace != nullptr && metaspace->split);
        });
    }

    /// Whether what starts the text is treated in another way than what stands behind a space.
    [[nodiscard]] bool looks_at_start() const noexcept {
        return std::any_of(steps_.begin(), steps_.end(), [](const Step& step) {
            const auto* const metaspace = std::get_if<Metaspace>(&step);
            return metaspace != nullptr && metaspace->prepend == Prepend::first;
        });
    }

    /// Cuts every piece further, in place. @param origin where the text stands in the one that the user gave
    void apply(Pieces& pieces, std::size_t origin) const {
        thread_local Pieces next;
        bool is_whole =
            true; // nothing was cut yet: the piece starts where the text does, whatever was stripped from it
        for (const Step& step : steps_) {
            next.clear();
            for (std::size_t i = 0; i < pieces.ends.size(); ++i) {
                const std::size_t begin = i == 0 ? 0 : pieces.ends[i - 1];
                const std::size_t start = is_whole ? origin : origin + pieces.text.sources[begin].first;
                std::visit([&](const auto& s) { cut(s, pieces.text, begin, pieces.ends[i], start == 0, next); }, step);
            }
            std::swap(pieces, next);
            is_whole = false;
        }
    }

  private:
    /// Appends [begin, end) cut at what `matches(character)` takes, a character at a time.
    template <class Matches>
    static void cut_at(const RewrittenText& in, std::size_t begin, std::size_t end, SplitBehavior behavior,
                       Matches&& matches, Pieces& out) {
        bool was_match = false;
        for (std::size_t at = begin; at < end;) {
            const Decoded next = decode_utf8(in.bytes, at);
            const bool is_match = matches(next.character);
            add(in, at, at + next.length, is_match, was_match, at == begin, behavior, out);
            was_match = is_match;
            at += next.length;
        }
        out.cut();
    }

    /// Appends a match or what lies between two, as the behaviour says. The last piece stays open.
    static void add(const RewrittenText& in, std::size_t begin, std::size_t end, bool is_match, bool was_match,
                    bool is_first, SplitBehavior behavior, Pieces& out) {
        if (begin == end) return;
        switch (behavior) {
        case SplitBehavior::removed:
            if (is_match) {
                out.cut();
                return;
            }
            break;
        case SplitBehavior::isolated:
            if (is_match || was_match) out.cut();
            break;
        case SplitBehavior::merged_with_previous:
            if (was_match) out.cut();
            break;
        case SplitBehavior::merged_with_next:
            if (is_match) out.cut();
            break;
        case SplitBehavior::contiguous:
            if (is_match != was_match && !is_first) out.cut();
            break;
        }
        out.text.append(in, begin, end);
    }

    static void cut(const WhiteSpaceSplit&, const RewrittenText& in, std::size_t begin, std::size_t end, bool,
                    Pieces& out) {
        std::size_t from = begin; // of the word
        for (std::size_t at = begin; at < end;) {
            const auto byte = static_cast<unsigned char>(in.bytes[at]);
            const Decoded next = byte < 0x80 ? Decoded{byte, 1, true} : decode_utf8(in.bytes, at);
            if (is_white_space(next.character)) {
                out.text.append(in, from, at);
                out.cut();
                from = at + next.length;
            }
            at += next.length;
        }
        out.text.append(in, from, end);
        out.cut();
    }

    static void cut(const Words&, const RewrittenText& in, std::size_t begin, std::size_t end, bool, Pieces& out) {
        enum class Kind { none, word, other } last = Kind::none;
        for (std::size_t at = begin; at < end;) {
            const Decoded next = decode_utf8(in.bytes, at);
            const Kind kind = is_white_space(next.character)      ? Kind::none
                              : is_word_character(next.character) ? Kind::word
                                                                  : Kind::other;
            if (kind != last) out.cut();
            if (kind != Kind::none) out.text.append(in, at, at + next.length);
            last = kind;
            at += next.length;
        }
        out.cut();
    }

    static void cut(const BertWords&, const RewrittenText& in, std::size_t begin, std::size_t end, bool, Pieces& out) {
        for (std::size_t at = begin; at < end;) {
            const Decoded next = decode_utf8(in.bytes, at);
            const bool is_space = is_white_space(next.character),
                       is_apart = BertCharacters::is_punctuation(next.character);
            if (is_space || is_apart) out.cut();
            if (!is_space) out.text.append(in, at, at + next.length);
            if (is_apart) out.cut();
            at += next.length;
        }
        out.cut();
    }

    static void cut(const Punctuation& step, const RewrittenText& in, std::size_t begin, std::size_t end, bool,
                    Pieces& out) {
        cut_at(in, begin, end, step.behavior, BertCharacters::is_punctuation, out);
    }

    static void cut(const Digits& step, const RewrittenText& in, std::size_t begin, std::size_t end, bool,
                    Pieces& out) {
        const auto is_number = [](char32_t c) { return character_class(c) == CharacterClass::number; };
        cut_at(in, begin, end, step.individual ? SplitBehavior::isolated : SplitBehavior::contiguous, is_number, out);
    }

    static void cut(const Split& step, const RewrittenText& in, std::size_t begin, std::size_t end, bool, Pieces& out) {
        const std::string_view text = std::string_view(in.bytes).substr(0, end);
        bool was_match = false, is_first = true;
        const auto put = [&](std::size_t from, std::size_t to, bool is_match) {
            if (from == to) return;
            const bool counts = is_match != step.invert;
            // Inverted, what does not count may stand side by side.
            if (!counts && !was_match && step.behavior != SplitBehavior::contiguous) out.cut();
            add(in, from, to, counts, was_match, is_first, step.behavior, out);
            was_match = counts;
            is_first = false;
        };
        std::size_t at = begin;
        while (const auto match = step.pattern.find(text, at)) {
            put(at, match->begin, false);
            put(match->begin, match->end, true);
            at = match->end;
        }
        put(at, end, false);
        out.cut();
    }

    static void cut(const Matches& step, const RewrittenText& in, std::size_t begin, std::size_t end, bool,
                    Pieces& out) {
        const std::string_view text = std::string_view(in.bytes).substr(begin, end - begin);
        step.splitter.split(text, [&](std::size_t from, std::size_t to) {
            if (is_white_space(decode_utf8(text, from).character)) return;
            out.text.append(in, begin + from, begin + to);
            out.cut();
        });
    }

    static void cut(const Metaspace& step, const RewrittenText& in, std::size_t begin, std::size_t end,
                    bool starts_text, Pieces& out) {
        const std::string_view text = std::string_view(in.bytes).substr(0, end);
        const bool has_own = text[begin] == ' ' || text.substr(begin).starts_with(step.replacement);
        if (!has_own && (step.prepend == Prepend::always || (step.prepend == Prepend::first && starts_text))) {
            out.text.append(step.replacement, in.sources[begin].first, in.sources[begin].second);
        }
        const char first = step.replacement.front();
        std::size_t from = begin; // of what has no space
        for (std::size_t at = begin; at < end;) {
            const bool is_space = text[at] == ' ';
            if (!is_space && (text[at] != first || !text.substr(at).starts_with(step.replacement))) {
                ++at;
                continue;
            }
            out.text.append(in, from, at);
            if (step.split) out.cut();
            out.text.append(step.replacement, in.sources[at].first, in.sources[at].second);
            at += is_space ? 1 : step.replacement.size();
            from = at;
        }
        out.text.append(in, from, end);
        out.cut();
    }

    std::vector<Step> steps_;
};

} // namespace familiar::text
