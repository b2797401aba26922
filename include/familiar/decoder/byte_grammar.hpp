#pragma once

#include <familiar/core/error.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::decoder {

namespace detail {

/// A non-deterministic automaton over bytes (Thompson 1968): states with ranges of bytes, or with steps that need none.
struct ByteAutomaton {
    struct Edge {
        std::uint8_t first = 0, last = 0;
        bool free = false; ///< needs no byte
        std::uint32_t to = 0;
    };
    std::vector<std::vector<Edge>> states;
};

/// Reads the rules of a grammar into an automaton. Rules are inserted where they are named, so none may name itself.
class GrammarParser {
  public:
    static constexpr std::size_t kMostStates = 20000, kMostBytes = 1 << 16, kDeepest = 64;
    static constexpr std::uint64_t kMostRepeats = 1000;

    /// A part of the automaton: entered at `in`, left at `out`.
    struct Part {
        std::uint32_t in, out;
    };

    GrammarParser(std::string_view text, std::string where) : text_(text), where_(std::move(where)) {}

    Part parse(ByteAutomaton& automaton) {
        automaton_ = &automaton;
        if (text_.size() > kMostBytes) fail(0, "the grammar is longer than 64 KiB");
        find_rules();
        const auto root = rules_.find("root");
        if (root == rules_.end()) fail(0, "there is no rule \"root\"");
        return rule(root->first, root->second);
    }

  private:
    struct Rule {
        std::size_t begin, end;
        bool open = false; ///< is being read
    };

    [[noreturn]] void fail(std::size_t at, const std::string& what) const {
        const auto line = 1 + std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(at), '\n');
        throw Error(ErrorCode::invalid_argument, what, where_ + ", line " + std::to_string(line),
                    "A rule is written  name ::= \"text\" [a-z] other (a | b)* c{2,5}");
    }

    static bool is_name(char c) noexcept {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    }

    // ---- rules: where each begins and ends
    void find_rules() {
        std::string_view open;
        std::size_t begin = 0;
        const auto close = [&](std::size_t end) {
            if (open.data() == nullptr) return;
            if (!rules_.emplace(open, Rule{begin, end}).second) fail(begin, "a rule stands there twice");
        };
        for (at_ = 0; at_ < text_.size();) {
            const char c = text_[at_];
            if (c == '"' || c == '[') {
                skip_quoted(c == '"' ? '"' : ']');
            } else if (c == '#') {
                while (at_ < text_.size() && text_[at_] != '\n') ++at_;
            } else if (is_name(c)) {
                const std::size_t start = at_;
                while (at_ < text_.size() && is_name(text_[at_])) ++at_;
                const std::size_t after = at_;
                while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
                if (text_.substr(at_, 3) == "::=") {
                    close(start);
                    open = text_.substr(start, after - start);
                    begin = at_ += 3;
                }
            } else {
                ++at_;
            }
        }
        close(text_.size());
    }

    void skip_quoted(char end) {
        const std::size_t start = at_++;
        while (at_ < text_.size() && text_[at_] != end) at_ += text_[at_] == '\\' ? 2 : 1;
        if (at_ >= text_.size()) fail(start, "a text or a class has no end");
        ++at_;
    }

    // ---- automaton
    std::uint32_t state() {
        if (automaton_->states.size() >= kMostStates) fail(std::min(at_, text_.size()), "the grammar is too large");
        automaton_->states.emplace_back();
        return static_cast<std::uint32_t>(automaton_->states.size() - 1);
    }
    void free_edge(std::uint32_t from, std::uint32_t to) { automaton_->states[from].push_back({0, 0, true, to}); }
    void byte_edge(std::uint32_t from, std::uint8_t first, std::uint8_t last, std::uint32_t to) {
        automaton_->states[from].push_back({first, last, false, to});
    }

    Part rule(std::string_view name, Rule& rule) {
        if (rule.open) fail(rule.begin, "the rule \"" + std::string(name) + "\" names itself");
        if (depth_ == kDeepest) fail(rule.begin, "rules are nested too deeply");
        const std::size_t back = at_, end = end_;
        rule.open = true;
        ++depth_;
        at_ = rule.begin;
        end_ = rule.end;
        const Part part = alternatives();
        if (at_ != end_) fail(at_, "unexpected " + std::string(1, text_[at_]));
        at_ = back;
        end_ = end;
        --depth_;
        rule.open = false;
        return part;
    }

    void skip_space() {
        while (at_ < end_) {
            if (text_[at_] == '#') {
                while (at_ < end_ && text_[at_] != '\n') ++at_;
            } else if (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r') {
                ++at_;
            } else {
                return;
            }
        }
    }

    Part alternatives() {
        const Part all{state(), state()};
        while (true) {
            const Part one = sequence();
            free_edge(all.in, one.in);
            free_edge(one.out, all.out);
            skip_space();
            if (at_ >= end_ || text_[at_] != '|') return all;
            ++at_;
        }
    }

    Part sequence() {
        const std::uint32_t in = state();
        std::uint32_t out = in;
        while (true) {
            skip_space();
            if (at_ >= end_ || text_[at_] == '|' || text_[at_] == ')') return {in, out};
            const Part part = repeated();
            free_edge(out, part.in);
            out = part.out;
        }
    }

    /// An item and how often: ?, *, +, {n}, {n,}, {n,m}. Repeats are written out.
    Part repeated() {
        const std::size_t begin = at_;
        const Part first = item();
        const std::size_t after = at_;
        const auto [least, most] = bounds();
        if (least == 1 && most == 1) return first;
        const std::size_t resume = at_;
        const std::uint32_t in = state(), out = state();
        std::uint32_t from = in;
        Part part = first;
        const std::uint64_t copies = most == kEndless ? std::max<std::uint64_t>(least, 1) : most;
        if (copies == 0) {
            free_edge(in, out);
            return {in, out};
        }
        for (std::uint64_t i = 0; i < copies; ++i) {
            if (i != 0) {
                at_ = begin;
                part = item();
                at_ = after;
            }
            if (i >= least) free_edge(from, out);
            free_edge(from, part.in);
            from = part.out;
        }
        if (most == kEndless) free_edge(from, part.in);
        free_edge(from, out);
        at_ = resume;
        return {in, out};
    }

    static constexpr std::uint64_t kEndless = std::numeric_limits<std::uint64_t>::max();

    std::pair<std::uint64_t, std::uint64_t> bounds() {
        if (at_ >= end_) return {1, 1};
        switch (text_[at_]) {
        case '?':
            return ++at_, std::pair{std::uint64_t{0}, std::uint64_t{1}};
        case '*':
            return ++at_, std::pair{std::uint64_t{0}, kEndless};
        case '+':
            return ++at_, std::pair{std::uint64_t{1}, kEndless};
        case '{':
            break;
        default:
            return {1, 1};
        }
        const std::size_t begin = at_++;
        const auto number = [&]() -> std::optional<std::uint64_t> {
            std::optional<std::uint64_t> value;
            for (; at_ < end_ && text_[at_] >= '0' && text_[at_] <= '9'; ++at_) {
                value = value.value_or(0) * 10 + static_cast<std::uint64_t>(text_[at_] - '0');
                if (*value > kMostRepeats) fail(begin, "more than 1000 repeats");
            }
            return value;
        };
        const auto least = number();
        auto most = least;
        if (at_ < end_ && text_[at_] == ',') {
            ++at_;
            most = number();
            if (!most) most = kEndless;
        }
        if (!least || at_ >= end_ || text_[at_] != '}' || *most < *least) fail(begin, "a count that is none");
        ++at_;
        return {*least, *most};
    }

    Part item() {
        const char c = text_[at_];
        if (c == '"') return literal();
        if (c == '[') return character_class();
        if (c == '(') {
            if (depth_ == kDeepest) fail(at_, "parentheses are nested too deeply");
            const std::size_t begin = at_++;
            ++depth_;
            const Part part = alternatives();
            --depth_;
            if (at_ >= end_ || text_[at_] != ')') fail(begin, "a parenthesis has no end");
            ++at_;
            return part;
        }
        if (!is_name(c)) fail(at_, "unexpected " + std::string(1, c));
        const std::size_t begin = at_;
        while (at_ < end_ && is_name(text_[at_])) ++at_;
        const auto name = text_.substr(begin, at_ - begin);
        const auto found = rules_.find(name);
        if (found == rules_.end()) fail(begin, "there is no rule \"" + std::string(name) + "\"");
        return rule(found->first, found->second);
    }

    /// A byte, or what a backslash and a letter stand for.
    std::uint8_t byte() {
        char c = text_[at_++];
        if (c == '\\') {
            if (at_ >= end_) fail(at_ - 1, "a backslash at the end");
            c = text_[at_++];
            if (c == 'n') return '\n';
            if (c == 't') return '\t';
            if (c == 'r') return '\r';
        }
        return static_cast<std::uint8_t>(c);
    }

    Part literal() {
        ++at_;
        const std::uint32_t in = state();
        std::uint32_t out = in;
        while (text_[at_] != '"') {
            const std::uint8_t value = byte();
            const std::uint32_t next = state();
            byte_edge(out, value, value, next);
            out = next;
        }
        ++at_;
        return {in, out};
    }

    /// One character: of a list of ASCII characters and ranges; or of all others, ASCII or not.
    Part character_class() {
        const std::size_t begin = at_++;
        const bool others = text_[at_] == '^';
        if (others) ++at_;
        std::array<bool, 128> listed{};
        while (text_[at_] != ']') {
            const std::uint8_t first = byte();
            std::uint8_t last = first;
            if (text_[at_] == '-' && at_ + 1 < end_ && text_[at_ + 1] != ']') {
                ++at_;
                last = byte();
            }
            if (first > 127 || last > 127 || last < first)
                fail(begin, "a class holds ASCII characters and ranges of them");
            for (std::size_t i = first; i <= last; ++i) listed[i] = true;
        }
        ++at_;
        const Part part{state(), state()};
        for (std::size_t i = 0; i < 128; ++i) {
            if (listed[i] == others) continue;
            std::size_t last = i;
            while (last + 1 < 128 && listed[last + 1] != others) ++last;
            byte_edge(part.in, static_cast<std::uint8_t>(i), static_cast<std::uint8_t>(last), part.out);
            i = last;
        }
        if (others) add_wide_characters(part);
        return part;
    }

    /// All well-formed UTF-8 beyond ASCII (Unicode 16, table 3-7).
    void add_wide_characters(Part part) {
        struct Form {
            std::uint8_t first, last, second_first, second_last, more;
        };
        static constexpr Form forms[] = {{0xC2, 0xDF, 0x80, 0xBF, 0}, {0xE0, 0xE0, 0xA0, 0xBF, 1},
                                         {0xE1, 0xEC, 0x80, 0xBF, 1}, {0xED, 0xED, 0x80, 0x9F, 1},
                                         {0xEE, 0xEF, 0x80, 0xBF, 1}, {0xF0, 0xF0, 0x90, 0xBF, 2},
                                         {0xF1, 0xF3, 0x80, 0xBF, 2}, {0xF4, 0xF4, 0x80, 0x8F, 2}};
        for (const auto& form : forms) {
            std::uint32_t from = state();
            byte_edge(part.in, form.first, form.last, from);
            std::uint32_t next = form.more == 0 ? part.out : state();
            byte_edge(from, form.second_first, form.second_last, next);
            for (int more = 0; more < form.more; ++more) {
                from = next;
                next = more + 1 == form.more ? part.out : state();
                byte_edge(from, 0x80, 0xBF, next);
            }
        }
    }

    std::string_view text_;
    std::string where_;
    std::size_t at_ = 0, end_ = 0, depth_ = 0;
    std::map<std::string_view, Rule> rules_;
    ByteAutomaton* automaton_ = nullptr;
};

} // namespace detail

/// The texts that a small grammar allows, as a deterministic automaton over bytes that is made while it is walked.
///
/// Rules as in GBNF: `name ::= …`, of which `root` is the whole; texts `"…"` (\n, \t, \r, \", \\), classes `[a-z_]` and
/// `[^"\n]` of one character, `( … | … )`, `?`, `*`, `+`, `{n}`, `{n,}`, `{n,m}`, names of other rules, `#` comments.
/// No rule may name itself, not by others either: nesting without a bound is no small grammar.
class ByteGrammar {
  public:
    using State = std::uint32_t;
    static constexpr State kDead = 0; ///< nothing that follows can make it right
    static constexpr std::size_t kMostStates = 20000;

    /// Throws `Error` (invalid_argument) for a grammar that is not understood or too large, with its line.
    explicit ByteGrammar(std::string_view text, const std::string& where = "grammar") : where_(where) {
        const auto [in, out] = detail::GrammarParser(text, where).parse(automaton_);
        end_ = out;
        states_.emplace_back(); // dead
        start_ = add(close({in}));
    }

    /// Exactly these texts. Throws `Error` (invalid_argument) where there is none or one is empty.
    static ByteGrammar of_texts(const std::vector<std::string>& texts) {
        std::string rules = "root ::=";
        if (texts.empty()) throw Error(ErrorCode::invalid_argument, "a grammar of no text", "grammar");
        for (const auto& text : texts) {
            rules += rules.size() == 8 ? " \"" : " | \"";
            for (const char c : text) {
                if (c == '"' || c == '\\') rules += '\\';
                rules += c;
            }
            rules += '"';
        }
        return ByteGrammar(rules);
    }

    [[nodiscard]] State start() const noexcept { return start_; }
    /// Whether a text may end here.
    [[nodiscard]] bool accepts(State state) const noexcept { return states_[state].accepts; }
    /// Whether nothing may follow: then a text must end here.
    [[nodiscard]] bool is_final(State state) {
        if (!accepts(state)) return false;
        for (std::size_t byte = 0; byte < 256; ++byte) {
            if (next(state, static_cast<std::uint8_t>(byte)) != kDead) return false;
        }
        return true;
    }

    /// Throws `Error` (invalid_argument) where the automaton grows beyond all reason.
    [[nodiscard]] State next(State state, std::uint8_t byte) {
        const State known = states_[state].next[byte];
        if (known != kUnknown) return known;
        std::vector<std::uint32_t> reached;
        for (const auto from : states_[state].members) {
            for (const auto& edge : automaton_.states[from]) {
                if (!edge.free && edge.first <= byte && byte <= edge.last) reached.push_back(edge.to);
            }
        }
        const State to = reached.empty() ? kDead : add(close(std::move(reached)));
        states_[state].next[byte] = to;
        return to;
    }

    [[nodiscard]] State next(State state, std::string_view bytes) {
        for (const char byte : bytes) {
            if (state == kDead) break;
            state = next(state, static_cast<std::uint8_t>(byte));
        }
        return state;
    }

  private:
    static constexpr State kUnknown = ~State{0};

    struct Known {
        Known() { next.fill(kUnknown); }
        std::vector<std::uint32_t> members; ///< states of the other automaton, sorted
        bool accepts = false;
        std::array<State, 256> next;
    };

    /// With all that is reached without a byte.
    [[nodiscard]] std::vector<std::uint32_t> close(std::vector<std::uint32_t> members) const {
        std::vector<bool> seen(automaton_.states.size(), false);
        std::vector<std::uint32_t> out;
        while (!members.empty()) {
            const auto one = members.back();
            members.pop_back();
            if (seen[one]) continue;
            seen[one] = true;
            out.push_back(one);
            for (const auto& edge : automaton_.states[one]) {
                if (edge.free) members.push_back(edge.to);
            }
        }
        std::sort(out.begin(), out.end());
        return out;
    }

    State add(std::vector<std::uint32_t> members) {
        const auto found = numbers_.find(members);
        if (found != numbers_.end()) return found->second;
        if (states_.size() >= kMostStates) {
            throw Error(ErrorCode::invalid_argument, "the grammar has too many states", where_, "Use a simpler one");
        }
        Known known;
        known.accepts = std::binary_search(members.begin(), members.end(), end_);
        known.members = members;
        states_.push_back(std::move(known));
        const auto number = static_cast<State>(states_.size() - 1);
        numbers_.emplace(std::move(members), number);
        return number;
    }

    std::string where_;
    detail::ByteAutomaton automaton_;
    std::uint32_t end_ = 0;
    State start_ = kDead;
    std::vector<Known> states_;
    std::map<std::vector<std::uint32_t>, State> numbers_;
};

} // namespace familiar::decoder
