#pragma once

#include <familiar/tensor/aligned_buffer.hpp>

#include <cstddef>
#include <cstdint>

namespace familiar::tensor {

/// Values of a row that share a scale when activations are quantised to 8 bits.
inline constexpr std::size_t kQuantizedBlock = 32;

/// What a product needs of 32 quantised values besides themselves: value k is `scale` · q[k], q in [-127, 127].
struct QuantizedBlock {
    float scale = 0.0F;             ///< largest magnitude / 127; NaN where a value is none or infinite
    float scaled_sum = 0.0F;        ///< scale · Σ q
    std::int32_t negative_sum = 0;  ///< -Σ q
    std::int32_t negative_half = 0; ///< -Σ q of the first sixteen
};

/// Rows of activations as 8-bit integers, `columns` (a multiple of 32) values and columns / 32 blocks each, end to end.
/// Does not own.
struct QuantizedRows {
    const std::int8_t* values = nullptr;
    const QuantizedBlock* blocks = nullptr;
    std::size_t rows = 0, columns = 0;

    [[nodiscard]] constexpr const std::int8_t* row(std::size_t r) const noexcept { return values + r * columns; }
    [[nodiscard]] constexpr const QuantizedBlock* row_blocks(std::size_t r) const noexcept {
        return blocks + r * (columns / kQuantizedBlock);
    }
};

/// Memory for `QuantizedRows`; grows, never shrinks.
class QuantizedBuffer {
  public:
    /// Contents are lost. `columns` a multiple of 32.
    void resize(std::size_t rows, std::size_t columns) {
        rows_ = rows;
        columns_ = columns;
        values_.resize(rows * columns);
        blocks_.resize(rows * (columns / kQuantizedBlock));
    }

    [[nodiscard]] std::int8_t* row(std::size_t r) noexcept { return values_.data() + r * columns_; }
    [[nodiscard]] QuantizedBlock* row_blocks(std::size_t r) noexcept {
        return blocks_.data() + r * (columns_ / kQuantizedBlock);
    }
    [[nodiscard]] QuantizedRows view() const noexcept { return {values_.data(), blocks_.data(), rows_, columns_}; }

  private:
    std::size_t rows_ = 0, columns_ = 0;
    AlignedBuffer<std::int8_t> values_;
    AlignedBuffer<QuantizedBlock> blocks_;
};

} // namespace familiar::tensor
