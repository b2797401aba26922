#pragma once

#include <familiar/core/error.hpp>
#include <familiar/text/bert_characters.hpp>
#include <familiar/text/normal_form.hpp>
#include <familiar/text/precompiled_map.hpp>
#include <familiar/text/rewritten_text.hpp>
#include <familiar/text/simple_pattern.hpp>
#include <familiar/text/unicode.hpp>
#include <familiar/text/utf8.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace familiar::text {

/// The normalisers of tokenizer.json, one after the other, with the bytes that every byte came from. A character that
/// is composed, decomposed or replaced stands for what the first character that it was made of stood for; those put in
/// stand for their neighbour's, as in Hugging Face's library. O(length) each.
class Normalizer {
  public:
    struct Mapped {
        std::shared_ptr<const PrecompiledMap> map;
    };
    struct Replaced {
        SimplePattern pattern;
        std::string content;
    };
    struct Prepended {
        std::string content; ///< not put before an empty text
    };
    struct Formed {
        NormalForm form = NormalForm::nfc;
    };
    struct WithoutAccents {}; ///< drops all combining marks
    struct Lowercased {};
    struct Stripped {
        bool left = true, right = true;
    };
    struct NmtCleaned {};
    struct BertNormalized {
        BertNormalizer settings;
    };
    using Step = std::variant<Mapped, Replaced, Prepended, Formed, WithoutAccents, Lowercased, Stripped, NmtCleaned,
                              BertNormalized>;

    Normalizer() = default;
    explicit Normalizer(std::vector<Step> steps) : steps_(std::move(steps)) {}

    [[nodiscard]] const std::vector<Step>& steps() const noexcept { return steps_; }

    /// Whether a text that is cut before its runs of spaces gives in parts what it gives as a whole: not where a step
    /// looks at the start of the text, or over spaces. The end of a part must then be a letter, a digit or a mark.
    [[nodiscard]] bool is_local() const noexcept {
        return std::all_of(steps_.begin(), steps_.end(), [](const Step& step) {
            if (const auto* const mapped = std::get_if<Mapped>(&step)) return mapped->map->is_plain(' ');
            if (const auto* const replaced = std::get_if<Replaced>(&step)) {
                const SimplePattern& pattern = replaced->pattern;
                const bool stays_text = !replaced->content.empty() && replaced->content.find(' ') == std::string::npos;
                return pattern.is_of_spaces() ? !replaced->content.empty() : pattern.has_no_space() && stays_text;
            }
            if (const auto* const stripped = std::get_if<Stripped>(&step)) return !stripped->left;
            return !std::holds_alternative<Prepended>(step);
        });
    }

    /// Whether combining marks vanish.
    [[nodiscard]] bool drops_marks() const noexcept {
        return std::any_of(steps_.begin(), steps_.end(), [](const Step& step) {
            return std::holds_alternative<WithoutAccents>(step) || std::holds_alternative<BertNormalized>(step);
        });
    }

    /// Whether nothing but spaces is replaced: the last byte of a part stays what it is.
    [[nodiscard]] bool keeps_ends() const noexcept {
        return std::all_of(steps_.begin(), steps_.end(), [](const Step& step) {
            const auto* const replaced = std::get_if<Replaced>(&step);
            return replaced != nullptr && replaced->pattern.is(" ");
        });
    }

    /// Whether the text's first character may vanish, which moves the ranges of all that follows.
    [[nodiscard]] bool may_drop_first(std::string_view text) const noexcept {
        return std::any_of(steps_.begin(), steps_.end(), [&](const Step& step) {
            const auto* const mapped = std::get_if<Mapped>(&step);
            if (mapped == nullptr || text.empty()) return false;
            const auto found = mapped->map->find(text.substr(0, 8));
            return found && found->empty();
        });
    }

    /// Rewrites `text`, which is well-formed, in place.
    /// @throws Error malformed_model: a step makes it many times as long, as no published one does
    void apply(RewrittenText& text) const {
        thread_local RewrittenText next;
        const std::size_t most = kMostGrowth * text.bytes.size() + kRoom;
        for (const Step& step : steps_) {
            next.clear();
            std::visit([&](const auto& s) { rewrite(s, text, next, most); }, step);
            if (next.bytes.size() > most) {
                throw Error(ErrorCode::malformed_model,
                            "a normaliser makes a text more than " + std::to_string(kMostGrowth) + " times as long", {},
                            "What it puts in is too long");
            }
            std::swap(text.bytes, next.bytes);
            std::swap(text.sources, next.sources);
        }
    }

    /// The normalised form of a text by itself.
    [[nodiscard]] std::string operator()(std::string_view text) const {
        RewrittenText rewritten;
        rewrite_well_formed(text, rewritten);
        apply(rewritten);
        return rewritten.bytes;
    }

  private:
    static constexpr std::size_t kMostGrowth = 64; // U+FDFA becomes 33 bytes of 3: eleven times
    static constexpr std::size_t kRoom = 65536;

    /// Steps that cannot make a text much longer need no limit.
    template <class S>
    static void rewrite(const S& step, const RewrittenText& in, RewrittenText& out, std::size_t most) {
        if constexpr (std::is_same_v<S, Mapped>) {
            step.map->rewrite(in, out, most);
        } else if constexpr (std::is_same_v<S, Replaced>) {
            rewrite_replaced(step, in, out, most);
        } else {
            rewrite(step, in, out);
        }
    }

    template <class Visit> static void each(const RewrittenText& in, Visit&& visit) {
        for (std::size_t at = 0; at < in.bytes.size();) {
            const Decoded next = decode_utf8(in.bytes, at);
            visit(next.character, at, at + next.length);
            at += next.length;
        }
    }

    static void rewrite_replaced(const Replaced& step, const RewrittenText& in, RewrittenText& out, std::size_t most) {
        std::size_t at = 0;
        while (const auto match = step.pattern.find(in.bytes, at)) {
            if (out.bytes.size() > most) return;
            out.append(in, at, match->begin);
            const auto [begin, end] = in.sources[match->end - 1];
            out.append(step.content, begin, end);
            at = match->end;
        }
        out.append(in, at, in.bytes.size());
    }

    static void rewrite(const Prepended& step, const RewrittenText& in, RewrittenText& out) {
        if (in.bytes.empty()) return;
        out.append(step.content, in.sources.front().first, in.sources.front().second);
        out.append(in, 0, in.bytes.size());
    }

    static void rewrite(const Formed& step, const RewrittenText& in, RewrittenText& out) {
        rewrite_normal_form(in, step.form, out);
    }

    static void rewrite(const WithoutAccents&, const RewrittenText& in, RewrittenText& out) {
        each(in, [&](char32_t c, std::size_t begin, std::size_t end) {
            const CharacterClass kind = c < 0x300 ? CharacterClass::letter : character_class(c);
            if (kind != CharacterClass::nonspacing_mark && kind != CharacterClass::mark) out.append(in, begin, end);
        });
    }

    static void rewrite(const Lowercased&, const RewrittenText& in, RewrittenText& out) {
        each(in, [&](char32_t c, std::size_t begin, std::size_t) {
            std::array<char32_t, 8> lowered{};
            const std::size_t count = to_lower(c, lowered);
            for (std::size_t i = 0; i < count; ++i) out.append(lowered[i], in, begin);
        });
    }

    static void rewrite(const Stripped& step, const RewrittenText& in, RewrittenText& out) {
        std::size_t first = in.bytes.size(), last = 0;
        each(in, [&](char32_t c, std::size_t begin, std::size_t end) {
            if (is_white_space(c)) return;
            first = std::min(first, begin);
            last = end;
        });
        const std::size_t begin = step.left ? first : 0, end = step.right ? last : in.bytes.size();
        if (begin < end) out.append(in, begin, end);
    }

    static void rewrite(const NmtCleaned&, const RewrittenText& in, RewrittenText& out) {
        each(in, [&](char32_t c, std::size_t begin, std::size_t end) {
            if ((c >= 0x01 && c <= 0x08) || c == 0x0B || (c >= 0x0E && c <= 0x1F) || c == 0x7F || c == 0x8F ||
                c == 0x9F)
                return;
            const bool is_space = c == 0x09 || c == 0x0A || c == 0x0C || c == 0x0D || c == 0x1680 ||
                                  (c >= 0x200B && c <= 0x200F) || c == 0x2028 || c == 0x2029 || c == 0x2581 ||
                                  c == 0xFEFF || c == 0xFFFD;
            is_space ? out.append(U' ', in, begin) : out.append(in, begin, end);
        });
    }

    static void rewrite(const BertNormalized& step, const RewrittenText& in, RewrittenText& out) {
        const BertNormalizer& s = step.settings;
        RewrittenText cleaned, decomposed, bare;
        each(in, [&](char32_t c, std::size_t begin, std::size_t end) {
            if (s.clean_text && BertCharacters::is_cleaned_away(c)) return;
            const bool is_apart = s.handle_chinese_chars && BertCharacters::is_ideograph(c);
            if (is_apart) cleaned.append(U' ', in, begin);
            s.clean_text&& is_white_space(c) ? cleaned.append(U' ', in, begin) : cleaned.append(in, begin, end);
            if (is_apart) cleaned.append(U' ', in, begin);
        });
        if (s.strip_accents) {
            rewrite_normal_form(cleaned, NormalForm::nfd, decomposed);
            each(decomposed, [&](char32_t c, std::size_t begin, std::size_t end) {
                if (c < 0x300 || character_class(c) != CharacterClass::nonspacing_mark)
                    bare.append(decomposed, begin, end);
            });
        }
        const RewrittenText& last = s.strip_accents ? bare : cleaned;
        s.lowercase ? rewrite(Lowercased{}, last, out) : out.append(last, 0, last.bytes.size());
    }

    std::vector<Step> steps_;
};

} // namespace familiar::text
