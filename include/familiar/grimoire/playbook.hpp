#pragma once

#include <familiar/text/white_space.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::grimoire {

/// Rules that are kept apart, each with how often it helped and hurt (ACE, arXiv 2510.04618): they are added, merged
/// and dropped one by one, so that no rewriting loses what was known.
class Playbook {
  public:
    struct Rule {
        std::string text;
        std::size_t helped = 0, hurt = 0;
        bool fresh = true; ///< no evidence has been counted since it came
    };

    [[nodiscard]] const std::vector<Rule>& rules() const noexcept { return rules_; }

    /// Makes the changes that a reply asks for, one a line: `- a new rule` (also `* …`, `1. …`), `MERGE 2 5: one rule`,
    /// `DROP 3`, `HURT 4`; numbers count from 1 in the playbook before any change. Lines of another form, and numbers
    /// of no rule, are passed over. A new rule that says what another does (see `same`) is that one. At most `most`
    /// rules, and one at least, are kept: those that hurt most go first.
    void change(std::string_view reply, std::size_t most) {
        std::vector<char> gone(rules_.size(), 0);
        std::vector<Rule> fresh;
        for (std::size_t begin = 0; begin < reply.size();) {
            const std::size_t end = std::min(reply.find('\n', begin), reply.size());
            change_by_line(text::strip(reply.substr(begin, end - begin)), gone, fresh);
            begin = end + 1;
        }
        std::size_t number = 0;
        std::erase_if(rules_, [&](const Rule&) { return gone[number++] != 0; });
        for (Rule& rule : fresh) add(std::move(rule));
        while (rules_.size() > std::max<std::size_t>(most, 1)) {
            rules_.erase(std::max_element(rules_.begin(), rules_.end(), [](const Rule& a, const Rule& b) {
                return a.hurt + b.helped < b.hurt + a.helped; // a is worth more than b
            }));
        }
    }

    /// Counts evidence for the fresh rules: rows that came out right with them and wrong before, and the reverse. Then
    /// drops the rules that hurt more often than they help.
    void credit(std::size_t mended, std::size_t spoilt) {
        for (Rule& rule : rules_) {
            if (!std::exchange(rule.fresh, false)) continue;
            rule.helped += mended;
            rule.hurt += spoilt;
        }
        std::erase_if(rules_, [](const Rule& rule) { return rule.hurt > rule.helped; });
    }

    /// One rule a line with its number and counters, as the strong LLM is shown it.
    [[nodiscard]] std::string numbered() const {
        std::string out;
        for (std::size_t i = 0; i < rules_.size(); ++i) {
            out += std::to_string(i + 1) + ". " + rules_[i].text + counters(rules_[i]) + "\n";
        }
        if (!out.empty()) out.pop_back();
        return out;
    }

    /// The rules that help most first, one a line after a dash; with their counters behind them where wanted.
    [[nodiscard]] std::string text(bool with_counters) const {
        std::vector<const Rule*> order;
        for (const Rule& rule : rules_) order.push_back(&rule);
        const auto worth = [](const Rule* rule) {
            return static_cast<std::ptrdiff_t>(rule->helped) - static_cast<std::ptrdiff_t>(rule->hurt);
        };
        std::stable_sort(order.begin(), order.end(), [&](const Rule* a, const Rule* b) { return worth(a) > worth(b); });
        std::string out;
        for (const Rule* rule : order) out += "- " + rule->text + (with_counters ? counters(*rule) : "") + "\n";
        if (!out.empty()) out.pop_back();
        return out;
    }

    /// Whether two rules say the same: four fifths of the words that either has are in both.
    [[nodiscard]] static bool same(std::string_view a, std::string_view b) {
        const auto x = words(a), y = words(b);
        std::size_t common = 0;
        for (const auto& word : x) common += y.contains(word) ? 1 : 0;
        const std::size_t all = x.size() + y.size() - common;
        return all == 0 || common * 5 >= all * 4;
    }

  private:
    static std::string counters(const Rule& rule) {
        return " (helped " + std::to_string(rule.helped) + ", hurt " + std::to_string(rule.hurt) + ")";
    }

    static std::set<std::string> words(std::string_view rule) {
        std::set<std::string> out;
        for (const auto word : text::split_white_space(rule)) {
            std::string plain;
            for (const char c : word) {
                if (std::string_view(".,;:!?\"'`*()").find(c) == std::string_view::npos)
                    plain += static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
            }
            if (!plain.empty()) out.insert(std::move(plain));
        }
        return out;
    }

    /// Numbers at the beginning of `line`, between spaces, commas or `and`; what is behind them is left in `line`.
    static std::vector<std::size_t> take_numbers(std::string_view& line) {
        std::vector<std::size_t> numbers;
        for (;;) {
            line.remove_prefix(std::min(line.find_first_not_of(" ,#"), line.size()));
            if (line.starts_with("and ")) line.remove_prefix(4);
            std::size_t number = 0;
            const auto read = std::from_chars(line.data(), line.data() + line.size(), number);
            if (read.ec != std::errc()) return numbers;
            line.remove_prefix(static_cast<std::size_t>(read.ptr - line.data()));
            numbers.push_back(number);
        }
    }

    /// The rule of a line that begins as an item of a list does; nothing else is one.
    static std::optional<std::string_view> item(std::string_view line) {
        if (line.starts_with("- ") || line.starts_with("* ") || line.starts_with("+ "))
            return text::strip(line.substr(2));
        const std::size_t digits = std::min(line.find_first_not_of("0123456789"), line.size());
        if (digits > 0 && digits < 4 &&
            (line.substr(digits).starts_with(". ") || line.substr(digits).starts_with(") ")))
            return text::strip(line.substr(digits + 2));
        return std::nullopt;
    }

    void change_by_line(std::string_view line, std::vector<char>& gone, std::vector<Rule>& fresh) {
        const auto known = [&](std::size_t number) { return number >= 1 && number <= gone.size(); };
        std::string_view rest = line;
        if (const auto listed = item(rest)) rest = *listed; // commands may come as items, too
        const auto command = [&](std::string_view word) {
            if (!rest.starts_with(word)) return false;
            rest.remove_prefix(word.size());
            return true;
        };
        if (command("DROP ")) {
            for (const std::size_t number : take_numbers(rest)) {
                if (known(number)) gone[number - 1] = 1;
            }
        } else if (command("HURT ")) {
            for (const std::size_t number : take_numbers(rest)) {
                if (known(number)) ++rules_[number - 1].hurt;
            }
        } else if (command("MERGE ")) {
            Rule merged;
            const auto numbers = take_numbers(rest);
            const std::size_t colon = rest.find(':');
            if (colon == std::string_view::npos) return;
            merged.text = std::string(text::strip(rest.substr(colon + 1)));
            if (merged.text.empty()) return;
            for (const std::size_t number : numbers) {
                if (!known(number) || gone[number - 1] != 0) continue;
                merged.helped += rules_[number - 1].helped;
                merged.hurt += rules_[number - 1].hurt;
                gone[number - 1] = 1;
            }
            fresh.push_back(std::move(merged));
        } else if (item(line) && !rest.empty()) {
            fresh.push_back({std::string(rest)});
        }
    }

    void add(Rule rule) {
        for (Rule& known : rules_) {
            if (!same(known.text, rule.text)) continue;
            known.helped += rule.helped;
            known.hurt += rule.hurt;
            return;
        }
        rules_.push_back(std::move(rule));
    }

    std::vector<Rule> rules_;
};

} // namespace familiar::grimoire
