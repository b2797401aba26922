#pragma once

#include <familiar/tensor/finite.hpp>
#include <familiar/tensor/interleave.hpp>
#include <familiar/tensor/interleaved_panel.hpp>
#include <familiar/tensor/page_memory.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace familiar::tensor {

/// A stored quantised matrix whose panels are interleaved as they are first asked for, into memory of the owner's:
/// a model is there as soon as its file is mapped, and weights that are never used cost nothing. Values are checked
/// while they are copied, and a mapped file's pages given back a portion at a time, so that no more than a portion or
/// two of a matrix is ever in memory twice.
class InterleavedMatrix {
  public:
    /// None.
    InterleavedMatrix() = default;
    /// @param stored  a type for which `is_interleaved`; must outlive this
    /// @param memory  [bytes(stored)], at a multiple of 64; must outlive this
    /// @param mapping of the file in which `stored` stands, if that is mapped
    InterleavedMatrix(const StoredMatrix& stored, std::byte* memory, std::span<const std::byte> mapping = {})
        : stored_(stored), memory_(memory), mapping_(mapping), portion_(portion(stored)), ready_(panels(stored)),
          progress_(std::make_unique<Progress>()) {
        const std::size_t portions = (ready_.size() + portion_ - 1) / portion_;
        progress_->left = std::make_unique<std::atomic<std::size_t>[]>(portions);
        for (std::size_t i = 0; i < portions; ++i) {
            progress_->left[i] = std::min(portion_, ready_.size() - i * portion_);
        }
    }

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

    /// A value of a panel asked for so far whose block holds NaN or infinity; nothing where there is none, or where
    /// this is empty. Constant time.
    [[nodiscard]] std::optional<std::size_t> not_finite() const noexcept {
        const std::size_t value = empty() ? kNone : progress_->not_finite.load(std::memory_order_relaxed);
        return value == kNone ? std::nullopt : std::optional(value);
    }

    /// Outputs [64 p, 64 p + 64). Different panels may be asked for in several threads at the same time, the same one
    /// may not before its first call has returned.
    [[nodiscard]] InterleavedPanel panel(std::size_t p) noexcept {
        std::byte* const at = memory_ + p * InterleavedPanel::bytes(stored_.type, stored_.columns);
        if (ready_[p] == 0) {
            copy(p, at);
            ready_[p] = 1;
        }
        return {stored_.type, at, stored_.columns};
    }

  private:
    static constexpr std::size_t kNone = SIZE_MAX;
    /// Bytes of a portion: enough that to give it back costs little beside copying it.
    static constexpr std::size_t kPortionBytes = std::size_t{2} << 20;

    struct Progress {
        std::atomic<std::size_t> not_finite{kNone};
        std::unique_ptr<std::atomic<std::size_t>[]> left; ///< panels of each portion that are still to be copied
    };

    /// Panels of a portion.
    static std::size_t portion(const StoredMatrix& stored) noexcept {
        const std::size_t panel_bytes = kPanelWidth * stored.row_bytes();
        return std::clamp<std::size_t>(kPortionBytes / std::max<std::size_t>(panel_bytes, 1), 1, panels(stored));
    }

    /// Where outputs [64 first, 64 end) are stored.
    [[nodiscard]] std::span<const std::byte> stored_bytes(std::size_t first, std::size_t end) const noexcept {
        const std::size_t from = first * kPanelWidth, to = std::min(end * kPanelWidth, stored_.rows);
        return {stored_.data + from * stored_.row_bytes(), (to - from) * stored_.row_bytes()};
    }

    void copy(std::size_t p, std::byte* to) noexcept {
        if (const auto block = first_not_finite(stored_.type, stored_bytes(p, p + 1))) {
            const std::size_t before = p * kPanelWidth * stored_.columns;
            progress_->not_finite.store(before + *block * block_layout(stored_.type).values, std::memory_order_relaxed);
        }
        interleave(stored_, p, to);
        const std::size_t number = p / portion_, first = number * portion_;
        if (progress_->left[number].fetch_sub(1, std::memory_order_relaxed) == 1 && !mapping_.empty()) {
            give_back_pages(mapping_, stored_bytes(first, first + portion_));
        }
    }

    StoredMatrix stored_;
    std::byte* memory_ = nullptr;
    std::span<const std::byte> mapping_;
    std::size_t portion_ = 1;
    std::vector<std::uint8_t> ready_;
    std::unique_ptr<Progress> progress_;
};

} // namespace familiar::tensor
