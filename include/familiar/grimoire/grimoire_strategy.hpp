#pragma once

#include <familiar/grimoire/writing_desk.hpp>

#include <concepts>
#include <string>
#include <string_view>
#include <vector>

namespace familiar::grimoire {

/// What a strategy has written.
struct Draft {
    std::string text;
    std::vector<std::string> samples; ///< ids of the examples that the strong LLM was shown
    std::vector<std::string> remarks; ///< what the user should know of how it went
};

/// Writes a grimoire: asks the strong LLM, and the weak one where `kNeedsWeak`. Throws Error where a request fails;
/// what the desk gives decides everything, so the same desk gives the same draft and the same requests. However the
/// LLMs answer, it asks no more than where the weak LLM gets every row wrong: that is how its cost is known before the
/// first call.
template <class S>
concept GrimoireStrategy = requires(const S& s, const WritingDesk& desk) {
    { s.write(desk) } -> std::same_as<Draft>;
    { S::kName } -> std::convertible_to<std::string_view>;
    { S::kNeedsWeak } -> std::convertible_to<bool>;
    { s.identity() } -> std::convertible_to<std::string>;
};

} // namespace familiar::grimoire
