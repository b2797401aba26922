#pragma once

#include <familiar/core/task.hpp>
#include <familiar/text/utf8.hpp>
#include <familiar/text/white_space.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace familiar::prompt {

/// How a reply is compared with labels.
enum class ReplyMatch {
    lenient, ///< white space around, case and one final full stop are ignored
    exact,   ///< only white space around is ignored, as published for SuperICL
};

/// The lower-case form of a character, for the alphabets whose capitals stand at a fixed distance: Latin (ASCII,
/// Latin-1, Extended-A), Greek, Cyrillic, Armenian. Others are returned as they are.
constexpr char32_t lower_case(char32_t c) noexcept {
    if (c >= U'A' && c <= U'Z') return c + 32;
    if (c < 0xc0) return c;
    if (c <= 0xde) return c == 0xd7 ? c : c + 32;
    if (c >= 0x100 && c <= 0x17f) {
        if (c == 0x130 || c == 0x131 || c == 0x138 || c == 0x149 || c == 0x17f) return c;
        if (c == 0x178) return 0xff;
        const bool odd_is_capital = (c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e);
        return (c % 2 == 1) == odd_is_capital ? c + 1 : c;
    }
    if (c >= 0x391 && c <= 0x3a9 && c != 0x3a2) return c + 32;
    if (c == 0x3c2) return 0x3c3; // final sigma
    if (c >= 0x400 && c <= 0x40f) return c + 80;
    if (c >= 0x410 && c <= 0x42f) return c + 32;
    if (c >= 0x460 && c <= 0x481) return c % 2 == 0 ? c + 1 : c;
    if (c >= 0x531 && c <= 0x556) return c + 48;
    return c;
}

/// Whether two texts are equal but for case (see lower_case).
inline bool equal_but_for_case(std::string_view a, std::string_view b) noexcept {
    std::size_t i = 0, j = 0;
    while (i < a.size() && j < b.size()) {
        const auto x = text::decode_utf8(a, i), y = text::decode_utf8(b, j);
        if (!x.well_formed || !y.well_formed) return false;
        if (lower_case(x.character) != lower_case(y.character)) return false;
        i += x.length;
        j += y.length;
    }
    return i == a.size() && j == b.size();
}

/// The label that a reply is, or nothing: the whole reply must be one, none is looked for inside it. The exact
/// spelling goes before a lenient one, so that labels that differ only by case can be told apart; a reply that is
/// two labels but for case, and none exactly, is none. O(labels · length).
inline std::optional<std::size_t> parse_label(std::string_view reply, const Task& task,
                                              ReplyMatch match = ReplyMatch::lenient) {
    const std::string_view text = text::strip(reply);
    if (const auto label = task.label_index(text)) return label;
    if (match == ReplyMatch::exact) return std::nullopt;

    const auto without_stop = [](std::string_view t) {
        if (t.ends_with('.')) t.remove_suffix(1);
        return text::strip(t);
    };
    const std::string_view bare = without_stop(text);
    if (bare.empty()) return std::nullopt;
    if (const auto label = task.label_index(bare)) return label;
    std::optional<std::size_t> found;
    for (std::size_t i = 0; i < task.labels.size(); ++i) {
        if (!equal_but_for_case(bare, task.labels[i]) && !equal_but_for_case(bare, without_stop(task.labels[i])))
            continue;
        if (found) return std::nullopt;
        found = i;
    }
    return found;
}

/// The label that a reply is, as a prompt format compares them: by its own `parse(task, reply)` where it has one,
/// else leniently.
template <class Format>
std::optional<std::size_t> parse_label(const Format& format, const Task& task, std::string_view reply) {
    if constexpr (requires { format.parse(task, reply); }) {
        return format.parse(task, reply);
    } else {
        return parse_label(reply, task);
    }
}

} // namespace familiar::prompt
