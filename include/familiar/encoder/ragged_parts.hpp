#pragma once

#include <familiar/encoder/ragged_batch.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

namespace familiar::encoder {

/// Whole sequences of a batch, one after another.
struct RaggedPart {
    std::size_t first_row = 0, end_row = 0, first_sequence = 0, end_sequence = 0;

    [[nodiscard]] std::size_t rows() const noexcept { return end_row - first_row; }
    [[nodiscard]] std::size_t sequences() const noexcept { return end_sequence - first_sequence; }
};

/// Cuts batches into parts for threads to take. Keeps its memory.
class RaggedParts {
  public:
    /// Tokens of a part: 96 · (3 + 1 + 4) · 384 floats are 1.2 MB, the size of an L2 cache; fewer would read the
    /// weights too often.
    static constexpr std::size_t kRows = 96;

    /// False where the parts are too few for the threads. Their number is a multiple of the number of threads where the
    /// sequences allow it, so that none waits long for the last one.
    bool cut(const RaggedBatch& batch, std::size_t threads) {
        const std::size_t tokens = batch.tokens();
        const std::size_t rounds = (tokens + threads * kRows - 1) / (threads * kRows);
        const std::size_t wanted = std::max<std::size_t>(rounds * threads, 1);
        parts_.clear();
        RaggedPart part;
        const auto close = [&](std::size_t sequence) {
            part.end_sequence = sequence;
            part.end_row = batch.offsets[sequence];
            parts_.push_back(part);
            part.first_sequence = sequence;
            part.first_row = part.end_row;
        };
        for (std::size_t i = 0; i < batch.sequences(); ++i) {
            const std::size_t begin = batch.offsets[i], end = batch.offsets[i + 1];
            // The k-th cut falls where the nearest end of a sequence is.
            const std::size_t target = (parts_.size() + 1) * tokens / wanted;
            if (begin > part.first_row && end > target && (begin >= target || target - begin <= end - target)) close(i);
        }
        if (batch.sequences() > part.first_sequence) close(batch.sequences());
        if (threads == 1) return true;
        std::size_t largest = 0;
        for (const RaggedPart& each : parts_) largest = std::max(largest, each.rows());
        // By parts one thread's share takes at least the largest part's time.
        return largest * threads <= tokens + tokens / 2;
    }

    [[nodiscard]] std::span<const RaggedPart> parts() const noexcept { return parts_; }

  private:
    std::vector<RaggedPart> parts_;
};

} // namespace familiar::encoder
