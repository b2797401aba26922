#pragma once

#include <familiar/text/white_space.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace familiar::grimoire {

/// What a line begins with that begins a section of notes.
inline constexpr std::string_view kSectionMark = "## ";

/// The sections of notes, their headings included, white space around them left out; what stands before the first
/// heading belongs to each of them. One section, the whole text, where there is no heading.
[[nodiscard]] inline std::vector<std::string> sections_of(std::string_view notes) {
    std::string common;
    std::vector<std::string> sections;
    for (std::size_t begin = 0; begin < notes.size();) {
        const std::size_t end = std::min(notes.find('\n', begin), notes.size());
        const std::string_view line = notes.substr(begin, end - begin);
        if (line.starts_with(kSectionMark)) sections.emplace_back();
        (sections.empty() ? common : sections.back()).append(line).append("\n");
        begin = end + 1;
    }
    if (sections.empty()) return {std::string(notes)};
    common = std::string(text::strip(common));
    for (auto& section : sections) {
        section = (common.empty() ? "" : common + "\n\n") + std::string(text::strip(section));
    }
    return sections;
}

/// The text with no line that would begin a section: headings lose their marks.
[[nodiscard]] inline std::string without_marks(std::string_view text) {
    std::string out;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        std::string_view line = text.substr(begin, end - begin);
        if (line.starts_with(kSectionMark)) line.remove_prefix(kSectionMark.size());
        out.append(line).append(end < text.size() ? "\n" : "");
        begin = end + 1;
    }
    return out;
}

} // namespace familiar::grimoire
