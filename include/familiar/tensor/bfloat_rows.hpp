#pragma once

#include <familiar/tensor/aligned_buffer.hpp>
#include <familiar/tensor/views.hpp>

#include <cstddef>
#include <cstdint>

namespace familiar::tensor {

/// bf16 values from row to row: what a register holds, so that rows can be written without a rest.
constexpr std::size_t bfloat_row_stride(std::size_t columns) noexcept {
    return (columns + 31) / 32 * 32;
}

/// Rows of activations in bf16; behind an odd number of `columns` stands a zero.
using BfloatRows = MatrixView<const std::uint16_t>;

/// Memory for `BfloatRows`; grows, never shrinks.
class BfloatRowBuffer {
  public:
    /// Contents are lost.
    void resize(std::size_t rows, std::size_t columns) {
        rows_ = rows;
        columns_ = columns;
        values_.resize(rows * bfloat_row_stride(columns));
    }

    [[nodiscard]] std::uint16_t* row(std::size_t r) noexcept {
        return values_.data() + r * bfloat_row_stride(columns_);
    }
    [[nodiscard]] BfloatRows view() const noexcept {
        return {values_.data(), rows_, columns_, bfloat_row_stride(columns_)};
    }

  private:
    std::size_t rows_ = 0, columns_ = 0;
    AlignedBuffer<std::uint16_t> values_;
};

} // namespace familiar::tensor
