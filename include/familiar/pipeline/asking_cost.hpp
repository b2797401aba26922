#pragma once

#include <familiar/pipeline/row_outcome.hpp>
#include <familiar/transport/llm_request.hpp>

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>

namespace familiar::pipeline {

/// What asking an LLM has cost: about a row, or to choose a grimoire or fit a decision before the rows.
struct AskingCost {
    std::uint64_t calls = 0; ///< requests that went to the LLM, those that failed too
    std::uint64_t cached_calls = 0;
    transport::TokenUsage tokens;

    AskingCost& operator+=(const AskingCost& other) noexcept {
        calls += other.calls;
        cached_calls += other.cached_calls;
        tokens += other.tokens;
        return *this;
    }
    friend bool operator==(const AskingCost&, const AskingCost&) = default;
};

[[nodiscard]] inline AskingCost cost_of(const RowOutcome& row) noexcept {
    return {row.calls + row.failed_calls, row.cached_calls, row.usage};
}

/// Two members of an object: what the run store remembers beside what was chosen or fitted.
inline void write_cost(const AskingCost& cost, nlohmann::json& object) {
    object["calls"] = {cost.calls, cost.cached_calls};
    object["tokens"] = {cost.tokens.prompt, cost.tokens.completion, cost.tokens.reused};
}

[[nodiscard]] inline AskingCost read_cost(const nlohmann::json& object) {
    const auto number = [&](const char* key, std::size_t i) { return object.at(key).at(i).get<std::uint64_t>(); };
    return {number("calls", 0), number("calls", 1), {number("tokens", 0), number("tokens", 1), number("tokens", 2)}};
}

} // namespace familiar::pipeline
