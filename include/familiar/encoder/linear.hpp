#pragma once

#include <familiar/encoder/linear_rows.hpp>
#include <familiar/encoder/precision.hpp>
#include <familiar/kernels/kernel_backend.hpp>
#include <familiar/tensor/aligned_buffer.hpp>
#include <familiar/tensor/packed_bfloats.hpp>
#include <familiar/tensor/packed_bytes.hpp>
#include <familiar/tensor/packed_halves.hpp>
#include <familiar/tensor/packed_matrix.hpp>
#include <familiar/tensor/views.hpp>

#include <algorithm>
#include <cstddef>
#include <variant>

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
    tensor::PackedMatrix packed;       ///< empty once the weights are of another precision
    tensor::AlignedBuffer<float> bias; ///< [outputs], or empty
    std::variant<std::monostate, tensor::PackedHalves, tensor::PackedBfloats, tensor::PackedBytes> stored{};

    [[nodiscard]] Precision precision() const noexcept { return static_cast<Precision>(stored.index()); }
    [[nodiscard]] std::size_t outputs() const noexcept {
        return size([](const auto& weights) { return weights.outputs(); });
    }
    [[nodiscard]] std::size_t inputs() const noexcept {
        return size([](const auto& weights) { return weights.inputs(); });
    }
    [[nodiscard]] std::size_t panels() const noexcept {
        return size([](const auto& weights) { return weights.panels(); });
    }

    /// Puts weights of a precision in place of the f32 ones.
    void store_as(Precision precision) {
        if (precision == Precision::f16) stored = tensor::PackedHalves(packed);
        if (precision == Precision::bf16) stored = tensor::PackedBfloats(packed);
        if (precision == Precision::int8) stored = tensor::PackedBytes(packed);
        if (precision != Precision::f32) packed = {};
    }

    /// Outputs [64 · panel, 64 · panel + 64), those that exist, to the columns of `y` from 0 on; `x` [rows, inputs()]
    /// as `precision()` takes it.
    template <kernels::KernelBackend Kernels>
    void multiply_panel(const Kernels& kernels, LinearEnd end, const LinearRows& x, std::size_t panel,
                        tensor::MatrixView<float> y) const noexcept {
        const std::size_t count = std::min(tensor::kPanelWidth, outputs() - panel * tensor::kPanelWidth);
        const kernels::Epilogue epilogue{bias.size() != 0 ? bias.data() + panel * tensor::kPanelWidth : nullptr,
                                         end.activation, end.accumulate};
        const tensor::MatrixView<float> to(y.data, y.rows, count, y.stride);
        switch (precision()) {
        case Precision::f32:
            return kernels.multiply_panel(x.floats, packed.panel(panel), count, epilogue, to);
        case Precision::f16:
            return kernels.multiply_halves(x.floats, std::get_if<tensor::PackedHalves>(&stored)->panel(panel), count,
                                           epilogue, to);
        case Precision::bf16:
            return kernels.multiply_bfloats(x.bfloats, std::get_if<tensor::PackedBfloats>(&stored)->panel(panel), count,
                                            epilogue, to);
        case Precision::int8:
            return kernels.multiply_bytes(x.bytes, std::get_if<tensor::PackedBytes>(&stored)->panel(panel), count,
                                          epilogue, to);
        }
    }

    /// Panels [first, last) of all of f32 or f16 weights, to the columns of `y` from 0 on.
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
    template <class Ask> [[nodiscard]] std::size_t size(const Ask& ask) const noexcept {
        switch (precision()) {
        case Precision::f32:
            break;
        case Precision::f16:
            return ask(*std::get_if<tensor::PackedHalves>(&stored));
        case Precision::bf16:
            return ask(*std::get_if<tensor::PackedBfloats>(&stored));
        case Precision::int8:
            return ask(*std::get_if<tensor::PackedBytes>(&stored));
        }
        return ask(packed);
    }
};

} // namespace familiar::encoder
