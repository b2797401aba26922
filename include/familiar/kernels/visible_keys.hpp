#pragma once

#include <familiar/kernels/kernel_backend.hpp>

#include <cstddef>

namespace familiar::kernels {

/// Keys [first, last) of the numbering of VisibleKeys.
struct KeyRange {
    std::size_t first = 0, last = 0;
};

/// The keys of an attention task as one sequence: the visible spans one after another, then the task's own. A key's
/// number is its position; query i stands at the position of own row i + own_offset. One definition of the mask for all
/// backends.
class VisibleKeys {
  public:
    explicit VisibleKeys(const AttentionTask& task) noexcept : task_(&task) {
        for (const KeyValueSpan& span : task.visible) visible_ += span.count;
    }

    [[nodiscard]] std::size_t count() const noexcept { return visible_ + task_->own.count; }
    [[nodiscard]] std::size_t spans() const noexcept { return task_->visible.size() + 1; }
    [[nodiscard]] const KeyValueSpan& span(std::size_t s) const noexcept {
        return s < task_->visible.size() ? task_->visible[s] : task_->own;
    }

    [[nodiscard]] std::size_t position(std::size_t query) const noexcept {
        return visible_ + task_->own_offset + query;
    }

    /// What query i sees; empty where there is nothing.
    [[nodiscard]] KeyRange range(std::size_t query) const noexcept {
        KeyRange range{0, count()};
        const std::size_t after = position(query) + 1;
        if (task_->causal && after < range.last) range.last = after;
        if (task_->ahead < range.last && after + task_->ahead < range.last) range.last = after + task_->ahead;
        if (task_->window > 0 && after > task_->window) range.first = after - task_->window;
        if (range.first > range.last) range.first = range.last;
        return range;
    }

    [[nodiscard]] const float* key(std::size_t j) const noexcept {
        const Place place = find(j);
        return span(place.span).keys + place.row * span(place.span).stride;
    }
    [[nodiscard]] const float* value(std::size_t j) const noexcept {
        const Place place = find(j);
        return span(place.span).values + place.row * span(place.span).stride;
    }

  private:
    struct Place {
        std::size_t span, row;
    };

    /// Precondition: j < count(). O(spans), of which there are two or three.
    [[nodiscard]] Place find(std::size_t j) const noexcept {
        Place place{0, j};
        while (place.row >= span(place.span).count) place.row -= span(place.span++).count;
        return place;
    }

    const AttentionTask* task_;
    std::size_t visible_ = 0;
};

} // namespace familiar::kernels
