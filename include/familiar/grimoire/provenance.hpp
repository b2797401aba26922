#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace familiar::grimoire {

/// The ways in which a grimoire can have been written, as its provenance and `familiar grimoire write` name them.
inline constexpr std::array<std::string_view, 8> kStrategyNames = {"profound",  "simple",   "zero-shot", "mistakes",
                                                                   "validated", "playbook", "retrieved", "generated"};

/// Where a grimoire comes from: by whom, how, and from what it was written.
struct Provenance {
    std::string task;                 ///< the task's name
    std::string strategy;             ///< one of kStrategyNames
    std::string parent;               ///< the grimoire that it was condensed from; empty where it was written afresh
    std::string strong;               ///< identity of the LLM that wrote it
    std::string weak;                 ///< identity of the LLM that it was written for; empty where none was asked
    std::vector<std::string> samples; ///< ids (JSON text) of the examples that it was written from
    std::uint64_t seed = 0;
    std::string prompt_hash; ///< SHA-256 of the recipe: prompts, task, examples to choose from, how they are chosen

    friend bool operator==(const Provenance&, const Provenance&) = default;
};

} // namespace familiar::grimoire
