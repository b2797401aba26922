#pragma once

#include <familiar/tensor/interleave.hpp>
#include <familiar/tensor/interleaved_panel.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace familiar::tensor {

/// A stored quantised matrix whose panels are interleaved as they are first asked for, into memory of the owner's:
/// a model is there as soon as its file is mapped, and weights that are never used cost nothing.
class InterleavedMatrix {
  public:
    /// None.
    InterleavedMatrix() = default;
    /// @param stored a type for which `is_interleaved`; must outlive this
    /// @param memory [bytes(stored)], at a multiple of 64; must outlive this
    InterleavedMatrix(const StoredMatrix& stored, std::byte* memory)
        : stored_(stored), memory_(memory), ready_(panels(stored)) {}

    static constexpr std::size_t panels(const StoredMatrix& stored) noexcept {
        return (stored.rows + kPanelWidth - 1) / kPanelWidth;
    }
    static constexpr std::size_t bytes(const StoredMatrix& stored) noexcept {
        return panels(stored) * InterleavedPanel::bytes(stored.type, stored.columns);
    }

    [[nodiscard]] bool empty() const noexcept { return memory_ == nullptr; }

    /// Whether all panels have been asked for, so that the stored matrix is not read any more.
    [[nodiscard]] bool is_complete() const noexcept {
        return std::find(ready_.begin(), ready_.end(), std::uint8_t{0}) == ready_.end();
    }

    /// Outputs [64 p, 64 p + 64). Different panels may be asked for in several threads at the same time, the same one
    /// may not before its first call has returned.
    [[nodiscard]] InterleavedPanel panel(std::size_t p) noexcept {
        std::byte* const at = memory_ + p * InterleavedPanel::bytes(stored_.type, stored_.columns);
        if (ready_[p] == 0) {
            interleave(stored_, p, at);
            ready_[p] = 1;
        }
        return {stored_.type, at, stored_.columns};
    }

  private:
    StoredMatrix stored_;
    std::byte* memory_ = nullptr;
    std::vector<std::uint8_t> ready_;
};

} // namespace familiar::tensor
