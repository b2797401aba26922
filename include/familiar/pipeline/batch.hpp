#pragma once

#include <familiar/core/example.hpp>
#include <familiar/core/grimoire.hpp>
#include <familiar/core/prediction.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace familiar::pipeline {

/// Examples and all that a pipeline knows of them before anybody is asked. The examples are the caller's and outlive
/// it.
struct Batch {
    std::span<const Example> examples;
    std::vector<std::optional<Prediction>> predictions; ///< one an example
    std::vector<bool> asks;                             ///< whether the LLM will be asked
    std::vector<std::vector<std::size_t>> selections;   ///< one an example, or one alone for all of them
    std::vector<const Grimoire*> grimoires;             ///< one an example, or one alone for all of them

    [[nodiscard]] std::size_t size() const noexcept { return examples.size(); }
    [[nodiscard]] const std::vector<std::size_t>& selection(std::size_t row) const {
        return selections.size() == 1 ? selections.front() : selections[row];
    }
    [[nodiscard]] const Grimoire* grimoire(std::size_t row) const {
        return grimoires.size() == 1 ? grimoires.front() : grimoires[row];
    }
};

} // namespace familiar::pipeline
