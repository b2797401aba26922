#pragma once

#include <familiar/core/error.hpp>
#include <familiar/weights/detail/printable.hpp>
#include <familiar/weights/weight_source.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::weights {

/// Tensors sorted by name: what the readers of all formats share. Does not own names or bytes.
class TensorTable {
  public:
    TensorTable() = default;

    /// Throws Error (malformed_model) where two tensors have one name; `path` is for its message. O(n log n).
    TensorTable(std::vector<TensorView> tensors, const std::string& path) : tensors_(std::move(tensors)) {
        std::ranges::sort(tensors_, {}, &TensorView::name);
        const auto twice = std::ranges::adjacent_find(tensors_, {}, &TensorView::name);
        if (twice != tensors_.end()) {
            throw Error(ErrorCode::malformed_model, "two tensors are named " + detail::printable(twice->name), path,
                        "The file is damaged: fetch it again");
        }
    }

    /// O(log n).
    [[nodiscard]] std::optional<TensorView> find(std::string_view name) const noexcept {
        const auto place = std::ranges::lower_bound(tensors_, name, {}, &TensorView::name);
        if (place == tensors_.end() || place->name != name) return std::nullopt;
        return *place;
    }

    [[nodiscard]] std::span<const TensorView> tensors() const noexcept { return tensors_; }

  private:
    std::vector<TensorView> tensors_;
};

} // namespace familiar::weights
