#pragma once

#include <familiar/core/error.hpp>
#include <familiar/text/jinja/marked_text.hpp>
#include <familiar/text/printable_text.hpp>
#include <familiar/text/utf8.hpp>
#include <familiar/text/white_space.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::text::jinja {

struct Token {
    enum class Kind : std::uint8_t {
        data,
        output_begin,
        output_end,
        block_begin,
        block_end,
        name,
        integer,
        real,
        string,
        symbol,
        end
    };
    Kind kind = Kind::end;
    std::string text; ///< of a string: its value
    std::size_t line = 0;
};

/// Cuts a template into tokens, with the settings of chat templates: a tag alone on its line leaves no white space
/// before it, the first newline behind a block tag and the template's last newline vanish (trim_blocks, lstrip_blocks).
class Lexer {
  public:
    /// @throws Error malformed_model: a tag that does not end, a character that belongs nowhere
    static std::vector<Token> cut(std::string_view source, const std::string& where) {
        return Lexer(source, where).run();
    }

  private:
    using Kind = Token::Kind;

    Lexer(std::string_view source, const std::string& where) : where_(where) {
        source_.reserve(source.size());
        for (std::size_t i = 0; i < source.size(); ++i) { // every kind of newline is one newline
            if (source[i] == '\r') {
                source_ += '\n';
                if (i + 1 < source.size() && source[i + 1] == '\n') ++i;
            } else {
                source_ += source[i];
            }
        }
        if (source_.ends_with('\n')) source_.pop_back();
    }

    [[nodiscard]] Error error(const std::string& what) const {
        return {ErrorCode::malformed_model, printable_text(what), where_ + ", line " + std::to_string(line_of(at_))};
    }

    [[nodiscard]] std::size_t line_of(std::size_t at) const {
        return 1 + static_cast<std::size_t>(
                       std::count(source_.begin(), source_.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
    }

    [[nodiscard]] bool stands(std::string_view text, std::size_t at) const {
        return std::string_view(source_).substr(at, text.size()) == text;
    }

    void add(Kind kind, std::string text) {
        line_ += static_cast<std::size_t>(
            std::count(source_.begin() + static_cast<std::ptrdiff_t>(counted_),
                       source_.begin() + static_cast<std::ptrdiff_t>(std::max(at_, counted_)), '\n'));
        counted_ = std::max(at_, counted_);
        tokens_.push_back({kind, std::move(text), line_});
    }

    std::vector<Token> run() {
        while (at_ < source_.size()) {
            const std::size_t tag = next_tag(at_);
            if (tag == std::string::npos) {
                add(Kind::data, source_.substr(at_));
                at_ = source_.size();
                break;
            }
            const char kind = source_[tag + 1];
            const char sign = tag + 2 < source_.size() ? source_[tag + 2] : '\0';
            add_data(tag, kind, sign);
            at_ = tag + 2 + (sign == '-' || sign == '+' ? 1 : 0);
            if (kind == '#') {
                skip_comment();
            } else if (kind == '{') {
                add(Kind::output_begin, {});
                read_tag("}}", Kind::output_end);
            } else if (!read_raw()) {
                add(Kind::block_begin, {});
                read_tag("%}", Kind::block_end);
            }
        }
        add(Kind::end, {});
        return std::move(tokens_);
    }

    [[nodiscard]] std::size_t next_tag(std::size_t from) const {
        for (std::size_t at = source_.find('{', from); at != std::string::npos; at = source_.find('{', at + 1)) {
            if (at + 1 < source_.size() && (source_[at + 1] == '{' || source_[at + 1] == '%' || source_[at + 1] == '#'))
                return at;
        }
        return std::string::npos;
    }

    static std::string without_trailing_space(std::string text) {
        const MarkedText marked(std::move(text), true);
        return marked.stripped({}, false, true).bytes();
    }

    /// The text before a tag, as the tag's sign and kind leave it.
    void add_data(std::size_t tag, char kind, char sign) {
        std::string data = source_.substr(at_, tag - at_);
        if (sign == '-') {
            data = without_trailing_space(std::move(data));
        } else if (sign != '+' && kind != '{') {
            const std::size_t newline = data.rfind('\n');
            const std::size_t line = newline == std::string::npos ? 0 : newline + 1;
            const bool starts_line = line > 0 || starts_line_;
            if (starts_line && line < data.size() && without_trailing_space(data.substr(line)).empty())
                data.resize(line);
        }
        if (!data.empty()) add(Kind::data, std::move(data));
    }

    /// Behind `length` bytes of a tag's end that start at `at_` (its sign first).
    void leave(char sign, std::size_t length, bool trims_newline) {
        at_ += length;
        if (sign == '-') {
            while (at_ < source_.size()) {
                const Decoded next = decode_utf8(source_, at_);
                if (!is_python_space(next.character)) break;
                at_ += next.length;
            }
        } else if (trims_newline && sign != '+' && at_ < source_.size() && source_[at_] == '\n') {
            ++at_;
        }
        starts_line_ = source_[at_ - 1] == '\n';
    }

    void skip_comment() {
        const std::size_t end = source_.find("#}", at_);
        if (end == std::string::npos) throw error("a comment that does not end");
        const char sign = end > at_ && (source_[end - 1] == '-' || source_[end - 1] == '+') ? source_[end - 1] : '\0';
        at_ = end;
        leave(sign, 2, true);
    }

    /// `{% raw %} … {% endraw %}`; false where this block is another one.
    bool read_raw() {
        std::size_t at = at_;
        const auto skip_space = [&] {
            while (at < source_.size() && (source_[at] == ' ' || source_[at] == '\n' || source_[at] == '\t')) ++at;
        };
        skip_space();
        if (!stands("raw", at)) return false;
        at += 3;
        skip_space();
        const char sign = at < source_.size() && (source_[at] == '-' || source_[at] == '+') ? source_[at] : '\0';
        if (sign != '\0') ++at;
        if (!stands("%}", at)) return false;
        at_ = at;
        leave(sign, 2, true);
        for (std::size_t end = source_.find("{%", at_); end != std::string::npos; end = source_.find("{%", end + 1)) {
            at = end + 2;
            const char before = at < source_.size() && (source_[at] == '-' || source_[at] == '+') ? source_[at] : '\0';
            if (before != '\0') ++at;
            skip_space();
            if (!stands("endraw", at)) continue;
            at += 6;
            skip_space();
            const char after = at < source_.size() && (source_[at] == '-' || source_[at] == '+') ? source_[at] : '\0';
            if (after != '\0') ++at;
            if (!stands("%}", at)) continue;
            add_data(end, '%', before);
            at_ = at;
            leave(after, 2, true);
            return true;
        }
        throw error("raw without endraw");
    }

    void read_tag(std::string_view end, Kind end_kind) {
        std::string open; // brackets that wait for their partners
        while (at_ < source_.size()) {
            const char c = source_[at_];
            if (open.empty()) {
                const bool is_signed = (c == '-' || c == '+') && stands(end, at_ + 1);
                if (is_signed && !(c == '+' && end_kind == Kind::output_end)) {
                    leave_tag(c, end_kind, 3);
                    return;
                }
                if (stands(end, at_)) {
                    leave_tag('\0', end_kind, 2);
                    return;
                }
            }
            if (c == ' ' || c == '\n' || c == '\t' || c == '\f' || c == '\v') {
                ++at_;
            } else if (c == '\'' || c == '"') {
                read_string(c);
            } else if (c >= '0' && c <= '9') {
                read_number();
            } else if (is_name(c)) {
                std::size_t stop = at_;
                while (stop < source_.size() && is_name(source_[stop])) ++stop;
                take(Kind::name, stop - at_);
            } else {
                read_symbol(open);
            }
        }
        throw error("a tag that does not end with " + std::string(end));
    }

    void leave_tag(char sign, Kind kind, std::size_t length) {
        add(kind, {});
        leave(sign, length, kind == Kind::block_end);
    }

    static bool is_name(char c) noexcept {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
               static_cast<unsigned char>(c) >= 0x80;
    }

    void take(Kind kind, std::size_t length) {
        add(kind, source_.substr(at_, length));
        at_ += length;
    }

    void read_number() {
        const auto is_digit = [&](std::size_t i) {
            return i < source_.size() && ((source_[i] >= '0' && source_[i] <= '9') || source_[i] == '_');
        };
        std::size_t stop = at_;
        bool is_real = false;
        while (is_digit(stop)) ++stop;
        if (stop + 1 < source_.size() && source_[stop] == '.' && is_digit(stop + 1)) {
            is_real = true;
            ++stop;
            while (is_digit(stop)) ++stop;
        }
        if (stop < source_.size() && (source_[stop] == 'e' || source_[stop] == 'E')) {
            const std::size_t digits =
                stop + (stop + 1 < source_.size() && (source_[stop + 1] == '-' || source_[stop + 1] == '+') ? 2 : 1);
            if (is_digit(digits)) {
                is_real = true;
                stop = digits;
                while (is_digit(stop)) ++stop;
            }
        }
        std::string digits = source_.substr(at_, stop - at_);
        std::erase(digits, '_');
        add(is_real ? Kind::real : Kind::integer, std::move(digits));
        at_ = stop;
    }

    void read_string(char quote) {
        std::string value;
        std::size_t at = at_ + 1;
        for (;; ++at) {
            if (at >= source_.size()) throw error("a string that does not end");
            if (source_[at] == quote) break;
            if (source_[at] != '\\' || at + 1 >= source_.size()) {
                value += source_[at];
                continue;
            }
            at = read_escape(at + 1, value);
        }
        add(Kind::string, std::move(value));
        at_ = at + 1;
    }

    /// An escape whose letter stands at `at`; returns where its last character stands.
    std::size_t read_escape(std::size_t at, std::string& value) const {
        static constexpr std::array<std::pair<char, char>, 11> kSimple{{{'n', '\n'},
                                                                        {'t', '\t'},
                                                                        {'r', '\r'},
                                                                        {'\\', '\\'},
                                                                        {'\'', '\''},
                                                                        {'"', '"'},
                                                                        {'a', '\a'},
                                                                        {'b', '\b'},
                                                                        {'f', '\f'},
                                                                        {'v', '\v'},
                                                                        {'0', '\0'}}};
        const char letter = source_[at];
        if (letter == '\n') return at; // the line goes on
        const std::size_t digits = letter == 'x' ? 2 : letter == 'u' ? 4 : letter == 'U' ? 8 : 0;
        if (digits != 0) {
            char32_t code = 0;
            for (std::size_t i = 1; i <= digits; ++i) {
                const char c = at + i < source_.size() ? source_[at + i] : ' ';
                const int digit = c >= '0' && c <= '9'   ? c - '0'
                                  : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                  : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                         : -1;
                if (digit < 0) throw error("an escape that is not hexadecimal");
                code = code * 16 + static_cast<char32_t>(digit);
            }
            append_utf8(value, code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF) ? code : kReplacementCharacter);
            return at + digits;
        }
        const auto found =
            std::find_if(kSimple.begin(), kSimple.end(), [&](const auto& known) { return known.first == letter; });
        if (found != kSimple.end()) {
            value += found->second;
        } else {
            value += '\\'; // not an escape: both characters stand
            value += letter;
        }
        return at;
    }

    void read_symbol(std::string& open) {
        static constexpr std::array<std::string_view, 6> kDouble{"**", "//", "==", "!=", "<=", ">="};
        for (const auto& symbol : kDouble) {
            if (stands(symbol, at_)) {
                take(Kind::symbol, 2);
                return;
            }
        }
        const char c = source_[at_];
        if (std::string_view("+-*/%~<>=()[]{},.:|;").find(c) == std::string_view::npos) {
            throw error(std::string("the character `") + c + "` belongs nowhere in a tag");
        }
        if (c == '(' || c == '[' || c == '{') open += c == '(' ? ')' : c == '[' ? ']' : '}';
        if (c == ')' || c == ']' || c == '}') {
            if (open.empty() || open.back() != c) throw error(std::string("`") + c + "` without its partner");
            open.pop_back();
        }
        take(Kind::symbol, 1);
    }

    std::string source_, where_;
    std::vector<Token> tokens_;
    std::size_t at_ = 0, line_ = 1, counted_ = 0;
    bool starts_line_ = true;
};

} // namespace familiar::text::jinja
