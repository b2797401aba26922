#pragma once

#include <familiar/text/white_space.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace familiar::grimoire {

/// Lines of notes that are not blank: what is left out where they do not fit, one by one from the end.
[[nodiscard]] inline std::size_t lines_of_notes(std::string_view notes) {
    std::size_t lines = 0;
    for (std::size_t begin = 0; begin < notes.size();) {
        const std::size_t end = std::min(notes.find('\n', begin), notes.size());
        lines += text::strip(notes.substr(begin, end - begin)).empty() ? 0 : 1;
        begin = end + 1;
    }
    return lines;
}

/// The notes without their last `dropped` lines (see lines_of_notes), and without blank ones at the end then; unchanged
/// where nothing is dropped, empty where as many are dropped as there are.
[[nodiscard]] inline std::string shortened_notes(std::string_view notes, std::size_t dropped) {
    for (; dropped > 0 && !notes.empty(); --dropped) {
        while (!notes.empty() && text::strip(notes.substr(notes.rfind('\n') + 1)).empty()) {
            const std::size_t last = notes.rfind('\n');
            notes = last == std::string_view::npos ? std::string_view() : notes.substr(0, last);
        }
        const std::size_t last = notes.rfind('\n');
        notes = last == std::string_view::npos ? std::string_view() : notes.substr(0, last);
        if (dropped > 1) continue;
        while (!notes.empty() &&
               (notes.back() == '\n' || notes.back() == ' ' || notes.back() == '\t' || notes.back() == '\r'))
            notes.remove_suffix(1);
    }
    return std::string(notes);
}

} // namespace familiar::grimoire
