#pragma once

#include <charconv>
#include <string>

namespace familiar {

/// Shortest spelling that reads back as the same number; for identities and messages.
inline std::string number_text(double value) {
    char text[32];
    return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

} // namespace familiar
