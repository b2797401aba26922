#pragma once

#include <familiar/kernels/kernel_backend.hpp>
#include <familiar/tensor/aligned_buffer.hpp>
#include <familiar/tensor/byte_rows.hpp>
#include <familiar/tensor/packed_bytes.hpp>
#include <familiar/tensor/packed_matrix.hpp>
#include <familiar/tensor/views.hpp>

#include <cstddef>

namespace familiar::encoder {

/// What is done with the sums of a linear layer before they are stored.
struct LinearEnd {
    kernels::Activation activation = kernels::Activation::none;
    bool accumulate = false; ///< added to what the output holds (a residual connection)
};

/// A linear layer y = x · Wᵀ + bias of an encoder; every product with learnt weights is one of these. Its outputs are
/// computed a panel of 64 at a time, so that panels can be shared out among threads; a row's result depends neither on
/// the other rows nor on how the panels are shared out.
struct Linear {
    tensor::PackedMatrix packed;       ///< empty once there are integers
    tensor::AlignedBuffer<float> bias; ///< [outputs], or empty
    tensor::PackedBytes bytes{};       ///< the weights as integers, or empty

    [[nodiscard]] bool is_integer() const noexcept { return !bytes.empty(); }
    [[nodiscard]] std::size_t outputs() const noexcept { return is_integer() ? bytes.outputs() : packed.outputs(); }
    [[nodiscard]] std::size_t inputs() const noexcept { return is_integer() ? bytes.inputs() : packed.inputs(); }
    [[nodiscard]] std::size_t panels() const noexcept { return is_integer() ? bytes.panels() : packed.panels(); }
    [[nodiscard]] double weight_bytes() const noexcept { return is_integer() ? 1.0 : sizeof(float); }

    /// Puts integers in the weights' place.
    void quantize() {
        bytes = tensor::PackedBytes(packed);
        packed = {};
    }

    /// Outputs [64 · panel, 64 · panel + 64) of f32 weights, those that exist, to the columns of `y` from 0 on; `x`
    /// [rows, inputs()].
    template <kernels::KernelBackend Kernels>
    void multiply_panel(const Kernels& kernels, LinearEnd end, tensor::MatrixView<const float> x, std::size_t panel,
                        tensor::MatrixView<float> y) const noexcept {
        const std::size_t count = packed.panel_outputs(panel);
        kernels.multiply_panel(x, packed.panel(panel), count, epilogue(end, panel), {y.data, y.rows, count, y.stride});
    }

    /// The same of quantised rows, where `is_integer()`.
    template <kernels::KernelBackend Kernels>
    void multiply_panel(const Kernels& kernels, LinearEnd end, const tensor::ByteRows& x, std::size_t panel,
                        tensor::MatrixView<float> y) const noexcept {
        const std::size_t count = bytes.panel_outputs(panel);
        kernels.multiply_bytes(x, bytes.panel(panel), count, epilogue(end, panel), {y.data, y.rows, count, y.stride});
    }

    /// Panels [first, last) of all, to the columns of `y` from 0 on.
    template <kernels::KernelBackend Kernels>
    void multiply(const Kernels& kernels, LinearEnd end, tensor::MatrixView<const float> x, std::size_t first,
                  std::size_t last, tensor::MatrixView<float> y) const noexcept {
        for (std::size_t p = first; p < last; ++p) multiply_panel(kernels, end, x, p, panel_of(y, p - first));
    }

    /// Where panel p stands in an output that begins with panel 0.
    [[nodiscard]] static tensor::MatrixView<float> panel_of(tensor::MatrixView<float> y, std::size_t p) noexcept {
        return {y.data + p * tensor::kPanelWidth, y.rows, y.columns - p * tensor::kPanelWidth, y.stride};
    }

  private:
    [[nodiscard]] kernels::Epilogue epilogue(LinearEnd end, std::size_t panel) const noexcept {
        return {bias.size() != 0 ? bias.data() + panel * tensor::kPanelWidth : nullptr, end.activation, end.accumulate};
    }
};

} // namespace familiar::encoder
