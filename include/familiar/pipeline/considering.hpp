#pragma once

#include <familiar/core/cancellation.hpp>
#include <familiar/core/example.hpp>
#include <familiar/core/progress.hpp>
#include <familiar/pipeline/batch.hpp>
#include <familiar/pipeline/row_outcome.hpp>

#include <cstddef>
#include <span>
#include <utility>

namespace familiar::pipeline {

/// A pipeline whose batches `consider` makes: with what a plug-in is said to say, with a selection that is tried …
/// `consider(examples, progress, cancellation)` as the pipeline's own. Does not own the pipeline.
template <class Pipeline, class Consider> class Considering {
  public:
    using Question = typename Pipeline::Question;

    Considering(Pipeline& pipeline, Consider consider) : pipeline_(pipeline), consider_(std::move(consider)) {}

    [[nodiscard]] auto& transport() noexcept { return pipeline_.transport(); }
    [[nodiscard]] Batch consider(std::span<const Example> examples, const ProgressSink& progress,
                                 const Cancellation* cancellation) {
        return consider_(examples, progress, cancellation);
    }
    [[nodiscard]] Question question(const Batch& batch, std::size_t row) const {
        return pipeline_.question(batch, row);
    }
    template <class Ask>
    [[nodiscard]] RowOutcome outcome(const Batch& batch, std::size_t row, Ask&& ask, const Question* asked) const {
        return pipeline_.outcome(batch, row, ask, asked);
    }

  private:
    Pipeline& pipeline_;
    Consider consider_;
};

} // namespace familiar::pipeline
