#pragma once

#include <string>

namespace familiar {

/// Notes for a task, as a strong LLM wrote them.
struct Grimoire {
    std::string name;
    std::string text; ///< UTF-8

    friend bool operator==(const Grimoire&, const Grimoire&) = default;
};

} // namespace familiar
