#pragma once

#include <familiar/core/error.hpp>
#include <familiar/core/suggest.hpp>
#include <familiar/prompt/prompt_format.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace familiar::pipeline {

/// What `familiar run` can be told, as it is told it: names and SPECs are text. The defaults are the program's.
struct RunOptions {
    std::filesystem::path task; ///< folder with task.json or card.json and the splits
    std::string method = "supericl";
    std::string plugin = "linear";
    std::string llm = "embedded";
    std::string select = "balanced";
    std::optional<std::size_t> demonstrations; ///< the method's own number without it, see Method
    std::string decision = "always";
    std::string grimoire = "best";              ///< NAME, or a SPEC: best, ranked:…, oracle, file:…
    std::optional<std::filesystem::path> store; ///< of grimoires; `grimoires` in the task's folder without it
    std::string split = "test";
    std::optional<std::size_t> limit; ///< rows of the split; all without it
    std::uint64_t seed = 0;
    std::string format = "ours";
    bool explain = false;
    std::vector<std::string> ablate;          ///< of kAblations
    std::optional<std::filesystem::path> out; ///< a new folder under `runs` without it
    std::optional<std::filesystem::path>
        cache; ///< file of the reply cache; transport::ReplyCache::default_path() without it
    bool use_cache = true;
};

/// Which parts a method has.
struct Method {
    std::string_view name;
    bool plugin, llm, demonstrations, grimoire;
    std::size_t default_demonstrations; ///< where none are asked for
};

inline constexpr std::array<Method, 6> kMethods = {{{"zero-shot", false, true, false, false, 0},
                                                    {"icl", false, true, true, false, 8},
                                                    {"plugin", true, false, false, false, 0},
                                                    {"supericl", true, true, true, false, 8},
                                                    {"grimoire", false, true, true, true, 0},
                                                    {"joined", true, true, true, true, 8}}};

inline constexpr std::array<std::string_view, 4> kAblations = {"test-prediction", "confidence", "demonstrations",
                                                               "grimoire"};

/// Throws Error (unknown_name) with the nearest known method.
[[nodiscard]] inline Method parse_method(std::string_view name) {
    std::vector<std::string_view> known;
    for (const Method& method : kMethods) {
        if (method.name == name) return method;
        known.push_back(method.name);
    }
    throw Error(ErrorCode::unknown_name, "unknown method " + std::string(name), "--method", suggestion(name, known));
}

/// Throws Error (unknown_name) with the nearest known part.
[[nodiscard]] inline prompt::Ablation parse_ablation(const std::vector<std::string>& parts) {
    prompt::Ablation ablation;
    for (const std::string& part : parts) {
        if (part == kAblations[0]) {
            ablation.test_prediction = true;
        } else if (part == kAblations[1]) {
            ablation.confidence = true;
        } else if (part == kAblations[2]) {
            ablation.demonstrations = true;
        } else if (part == kAblations[3]) {
            ablation.grimoire = true;
        } else {
            throw Error(ErrorCode::unknown_name, "unknown part " + part, "--ablate", suggestion(part, kAblations));
        }
    }
    return ablation;
}

} // namespace familiar::pipeline
