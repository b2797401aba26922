#pragma once

#include <familiar/transport/llm_request.hpp>

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>

namespace familiar::report {

/// What a run cost and how it was made: what its rows do not tell.
struct RunFigures {
    std::uint64_t calls = 0;        ///< requests that an LLM answered
    std::uint64_t cached_calls = 0; ///< requests that the cache answered
    transport::TokenUsage tokens;
    std::uint64_t demonstrations_dropped = 0;
    std::optional<std::uint64_t> notes_lines_dropped; ///< where a grimoire was shown
    double seconds = 0.0;
    std::uint64_t seed = 0; ///< of resampled intervals
    nlohmann::ordered_json parameters = nlohmann::ordered_json::object();
    nlohmann::ordered_json hashes = nlohmann::ordered_json::object();
};

} // namespace familiar::report
