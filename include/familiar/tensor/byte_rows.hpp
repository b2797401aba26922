#pragma once

#include <familiar/tensor/aligned_buffer.hpp>

#include <cstddef>
#include <cstdint>

namespace familiar::tensor {

/// What a product needs of a row quantised as a whole besides its values: value k is `scale` · q[k] + `middle`, q in
/// [-127, 127]. A row that lies on one side, as after an activation, uses all steps.
struct ByteRow {
    float scale = 0.0F;            ///< (largest - least) / 254; NaN where a value is none or infinite
    float middle = 0.0F;           ///< of the largest and the least
    std::int32_t negative_sum = 0; ///< -Σ q
};

/// Bytes from row to row: what a register holds, so that rows can be written and read without a rest.
constexpr std::size_t byte_row_stride(std::size_t columns) noexcept {
    return (columns + 15) / 16 * 16;
}

/// Rows of activations as 8-bit integers with one scale a row; behind `columns` values zeros follow to a multiple of 4.
/// Does not own.
struct ByteRows {
    const std::int8_t* values = nullptr;
    const ByteRow* facts = nullptr;
    std::size_t rows = 0, columns = 0;

    [[nodiscard]] constexpr const std::int8_t* row(std::size_t r) const noexcept {
        return values + r * byte_row_stride(columns);
    }
};

/// Memory for `ByteRows`; grows, never shrinks.
class ByteRowBuffer {
  public:
    /// Contents are lost.
    void resize(std::size_t rows, std::size_t columns) {
        rows_ = rows;
        columns_ = columns;
        values_.resize(rows * byte_row_stride(columns));
        facts_.resize(rows);
    }

    [[nodiscard]] std::int8_t* row(std::size_t r) noexcept { return values_.data() + r * byte_row_stride(columns_); }
    [[nodiscard]] ByteRow& facts(std::size_t r) noexcept { return facts_[r]; }
    [[nodiscard]] ByteRows view() const noexcept { return {values_.data(), facts_.data(), rows_, columns_}; }

  private:
    std::size_t rows_ = 0, columns_ = 0;
    AlignedBuffer<std::int8_t> values_;
    AlignedBuffer<ByteRow> facts_;
};

} // namespace familiar::tensor
