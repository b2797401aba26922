#pragma once

#include <familiar/core/error.hpp>
#include <familiar/core/example.hpp>
#include <familiar/pipeline/row_outcome.hpp>
#include <familiar/pipeline/runner.hpp>

#include <span>
#include <utility>
#include <vector>

namespace familiar::pipeline {

/// Answers rows to learn something from them, beside a run's own: one outcome a row, failed ones too. Throws Error:
/// cancelled, and the failure that every request would share.
template <class Pipeline, class Store>
[[nodiscard]] std::vector<RowOutcome> trial_rows(Pipeline& pipeline, std::span<const Example> examples, Store& store,
                                                 const RunSettings& settings) {
    RunResult result = run(pipeline, examples, store, settings, [] {});
    if (result.ended_by) throw result.ended_by->to_error();
    if (result.cancelled) throw Error(ErrorCode::cancelled, "cancelled");
    std::vector<RowOutcome> rows;
    rows.reserve(result.rows.size());
    for (auto& row : result.rows) rows.push_back(*std::move(row));
    return rows;
}

} // namespace familiar::pipeline
