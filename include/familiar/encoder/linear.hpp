#pragma once

#include <familiar/kernels/kernel_backend.hpp>
#include <familiar/tensor/aligned_buffer.hpp>
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
    tensor::PackedMatrix packed;
    tensor::AlignedBuffer<float> bias; ///< [outputs], or empty

    [[nodiscard]] std::size_t outputs() const noexcept { return packed.outputs(); }
    [[nodiscard]] std::size_t inputs() const noexcept { return packed.inputs(); }
    [[nodiscard]] std::size_t panels() const noexcept { return packed.panels(); }

    /// Outputs [64 · panel, 64 · panel + 64), those that exist, to the columns of `y` from 0 on; `x` [rows, inputs()].
    template <kernels::KernelBackend Kernels>
    void multiply_panel(const Kernels& kernels, LinearEnd end, tensor::MatrixView<const float> x, std::size_t panel,
                        tensor::MatrixView<float> y) const noexcept {
        const kernels::Epilogue epilogue{bias.size() != 0 ? bias.data() + panel * tensor::kPanelWidth : nullptr,
                                         end.activation, end.accumulate};
        const std::size_t count = packed.panel_outputs(panel);
        kernels.multiply_panel(x, packed.panel(panel), count, epilogue, {y.data, y.rows, count, y.stride});
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
};

} // namespace familiar::encoder
