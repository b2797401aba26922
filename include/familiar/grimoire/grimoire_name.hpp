#pragma once

#include <familiar/core/error.hpp>
#include <familiar/text/printable_text.hpp>
#include <familiar/text/white_space.hpp>

#include <algorithm>
#include <string>
#include <string_view>

namespace familiar::grimoire {

/// What is wrong with a name for a grimoire, or nothing: it has to be a file's name on any system, and must not read as
/// another form of `--grimoire`.
[[nodiscard]] inline std::string fault_of_name(std::string_view name) {
    if (name.empty()) return "it is empty";
    if (name.size() > 200) return "it is longer than 200 bytes";
    if (name.find_first_of("/\\") != std::string_view::npos) return "it holds a path separator";
    if (name.front() == '.') return "it begins with a full stop";
    if (text::strip(name).size() != name.size()) return "it has white space around it";
    if (std::any_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }))
        return "it holds a control character";
    if (name == "best" || name == "oracle" || name.starts_with("file:") || name.starts_with("ranked:"))
        return "it means something else to --grimoire";
    return {};
}

/// Throws Error (invalid_argument), naming the name and `where`, unless it will do.
inline void require_grimoire_name(std::string_view name, const std::string& where) {
    const std::string fault = fault_of_name(name);
    if (fault.empty()) return;
    throw Error(ErrorCode::invalid_argument, text::quoted_text(name) + " is no name for a grimoire: " + fault, where,
                "Use letters, digits, - and _, for example");
}

} // namespace familiar::grimoire
