#pragma once

#include <familiar/text/unicode.hpp>
#include <familiar/text/utf8.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace familiar::text {

/// What normalisers and pre-tokenizers search: a fixed text, or the few regular expressions that published files use
/// beside the words' patterns: a run of one character or of white space (` {2,}`, `\s+`, ` +`, `\n`).
class SimplePattern {
  public:
    /// A fixed text; the empty one is found nowhere.
    explicit SimplePattern(std::string fixed) : text_(std::move(fixed)) {}

    /// Reads a regular expression; nothing where it is not of the kinds above.
    [[nodiscard]] static std::optional<SimplePattern> from_regex(std::string_view regex) {
        std::string unit, fixed;
        bool is_space = false;
        std::size_t units = 0;
        while (!regex.empty() && regex.front() != '+' && regex.front() != '{') {
            if (!take_unit(regex, unit, is_space)) return std::nullopt;
            fixed += unit;
            ++units;
            if (is_space) break;
        }
        if (units == 0) return std::nullopt;
        SimplePattern out(is_space ? std::string() : fixed);
        out.is_space_ = is_space;
        if (regex.empty()) {
            out.most_ = is_space ? 1 : 0;
            return out;
        }
        if (units != 1) return std::nullopt;
        const auto least = least_of(regex);
        if (!least) return std::nullopt;
        out.least_ = *least;
        out.most_ = SIZE_MAX;
        return out;
    }

    struct Match {
        std::size_t begin = 0, end = 0;
    };

    /// The first match at or behind `from` in a well-formed text. O(what is passed over).
    [[nodiscard]] std::optional<Match> find(std::string_view text, std::size_t from) const noexcept {
        if (most_ == 0) {
            const std::size_t found = text_.empty() ? std::string_view::npos : text.find(text_, from);
            if (found == std::string_view::npos) return std::nullopt;
            return Match{found, found + text_.size()};
        }
        for (std::size_t at = from; at < text.size();) {
            std::size_t end = at, count = 0;
            while (count < most_) {
                const std::size_t length = unit_at(text, end);
                if (length == 0) break;
                end += length;
                ++count;
            }
            if (count >= least_) return Match{at, end};
            at = count > 0 ? end : at + decode_utf8(text, at).length;
        }
        return std::nullopt;
    }

    [[nodiscard]] bool is(std::string_view fixed) const noexcept { return most_ == 0 && text_ == fixed; }

    /// Whether it matches spaces and nothing else.
    [[nodiscard]] bool is_of_spaces() const noexcept { return !is_space_ && text_ == " "; }

    /// Whether no match holds a space.
    [[nodiscard]] bool has_no_space() const noexcept { return !is_space_ && text_.find(' ') == std::string::npos; }

  private:
    static constexpr std::size_t kMostRepeats = 1000; // what a bound in braces may say

    /// Takes a character off the expression: itself, escaped, in brackets by itself, or `\s`.
    static bool take_unit(std::string_view& regex, std::string& unit, bool& is_space) {
        if (regex.starts_with("\\s") || regex.starts_with("[\\s]")) {
            regex.remove_prefix(regex.front() == '[' ? 4 : 2);
            is_space = true;
            unit.clear();
            return true;
        }
        const bool in_brackets = regex.front() == '[';
        if (in_brackets) regex.remove_prefix(1);
        if (regex.empty()) return false;
        if (regex.front() == '\\') {
            if (regex.size() < 2) return false;
            const char escaped = regex[1];
            const char meant = escaped == 'n' ? '\n' : escaped == 't' ? '\t' : escaped == 'r' ? '\r' : escaped;
            const bool is_letter = (escaped >= 'a' && escaped <= 'z') || (escaped >= 'A' && escaped <= 'Z');
            if ((is_letter && meant == escaped) || (escaped >= '0' && escaped <= '9')) return false;
            unit.assign(1, meant);
            regex.remove_prefix(2);
        } else {
            constexpr std::string_view kSpecial = ".^$*+?()[]{}|\\";
            const std::size_t length = decode_utf8(regex, 0).length;
            if (kSpecial.find(regex.front()) != std::string_view::npos) return false;
            unit.assign(regex.substr(0, length));
            regex.remove_prefix(length);
        }
        if (!in_brackets) return true;
        if (!regex.starts_with(']')) return false;
        regex.remove_prefix(1);
        return true;
    }

    /// `+` or `{n,}`, to the end of the expression.
    static std::optional<std::size_t> least_of(std::string_view regex) noexcept {
        if (regex == "+") return 1;
        if (!regex.starts_with('{') || !regex.ends_with(",}") || regex.size() < 4 || regex.size() > 7)
            return std::nullopt;
        std::size_t least = 0;
        for (const char c : regex.substr(1, regex.size() - 3)) {
            if (c < '0' || c > '9') return std::nullopt;
            least = least * 10 + static_cast<std::size_t>(c - '0');
        }
        return least >= 1 && least <= kMostRepeats ? std::optional(least) : std::nullopt;
    }

    [[nodiscard]] std::size_t unit_at(std::string_view text, std::size_t at) const noexcept {
        if (at >= text.size()) return 0;
        if (!is_space_) return text.substr(at).starts_with(text_) ? text_.size() : 0;
        const Decoded next = decode_utf8(text, at);
        return is_white_space(next.character) ? next.length : 0;
    }

    std::string text_;
    bool is_space_ = false;
    std::size_t least_ = 1, most_ = 0; ///< repeats; most_ 0: the fixed text
};

} // namespace familiar::text
