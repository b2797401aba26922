#pragma once

#include <familiar/encoder/precision.hpp>
#include <familiar/tensor/bfloat_rows.hpp>
#include <familiar/tensor/byte_rows.hpp>
#include <familiar/tensor/views.hpp>

#include <cstddef>

namespace familiar::encoder {

/// Rows that a linear layer multiplies, in the one form of three that its weights' precision asks for. Does not own.
struct LinearRows {
    tensor::MatrixView<const float> floats; ///< of f32 and f16 weights
    tensor::BfloatRows bfloats;             ///< of bf16 weights
    tensor::ByteRows bytes;                 ///< of int8 weights

    LinearRows() = default;
    LinearRows(tensor::MatrixView<const float> rows) noexcept : floats(rows) {}
    LinearRows(tensor::MatrixView<float> rows) noexcept : floats(rows) {}
    LinearRows(tensor::BfloatRows rows) noexcept : bfloats(rows) {}
    LinearRows(const tensor::ByteRows& rows) noexcept : bytes(rows) {}
};

/// Memory for rows of another form than f32, made row by row, by any number of threads at once.
class LinearRowBuffer {
  public:
    /// Contents are lost.
    void resize(Precision precision, std::size_t rows, std::size_t columns) {
        precision_ = precision;
        if (precision == Precision::bf16) bfloats_.resize(rows, columns);
        if (precision == Precision::int8) bytes_.resize(rows, columns);
    }

    template <class Kernels> void set(const Kernels& kernels, std::size_t row, const float* x, std::size_t n) noexcept {
        if (precision_ == Precision::bf16) kernels.round_row(x, n, bfloats_.row(row));
        if (precision_ == Precision::int8) kernels.quantize_whole_row(x, n, bytes_.row(row), bytes_.facts(row));
    }

    [[nodiscard]] LinearRows view() const noexcept {
        return precision_ == Precision::int8 ? LinearRows(bytes_.view()) : LinearRows(bfloats_.view());
    }

  private:
    Precision precision_ = Precision::f32;
    tensor::BfloatRowBuffer bfloats_;
    tensor::ByteRowBuffer bytes_;
};

} // namespace familiar::encoder
