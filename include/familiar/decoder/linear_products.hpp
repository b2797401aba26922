#pragma once

#include <familiar/core/thread_pool.hpp>
#include <familiar/decoder/activations.hpp>
#include <familiar/decoder/decoder_weights.hpp>
#include <familiar/decoder/linear_weights.hpp>
#include <familiar/kernels/kernel_backend.hpp>
#include <familiar/tensor/aligned_buffer.hpp>
#include <familiar/tensor/interleaved_matrix.hpp>
#include <familiar/tensor/packed_matrix.hpp>
#include <familiar/tensor/page_memory.hpp>
#include <familiar/tensor/quantized_rows.hpp>
#include <familiar/tensor/views.hpp>
#include <familiar/weights/load.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace familiar::decoder {

/// The products of a causal model with its matrices, a panel of 64 outputs at a time: as integers where `Activations`
/// asks for them and the matrix's type has them, else with weights unpacked to f32. Memory for the other order of the
/// matrices, filled as they are first used, and for what a product needs besides; no allocation once it has seen its
/// largest operand.
template <kernels::KernelBackend Kernels> class LinearProducts {
  public:
    /// Rows that products take, as they are and, where integers are wanted, as integers too. The latter last until the
    /// next call of `operand`.
    struct Operand {
        tensor::MatrixView<const float> rows;
        tensor::QuantizedRows quantized;
    };

    /// @param weights gets places for the other order of its matrices; must be given to the other functions from then
    /// on
    /// @param mapping where the weights' file is mapped, if it is: its pages are given back while matrices are copied
    /// @param widest  most inputs of a matrix
    /// @param workers threads that multiply
    LinearProducts(DecoderWeights& weights, Activations activations, std::span<const std::byte> mapping,
                   std::size_t widest, std::size_t workers)
        : activations_(activations), panels_(workers) {
        for (auto& panel : panels_) panel.resize(widest * tensor::kPanelWidth);
        if (activations_ == Activations::int8) interleave(weights, mapping);
    }

    [[nodiscard]] Activations activations() const noexcept { return activations_; }

    /// @param around is given how many rows of a task become integers, who does it, and what to call for that
    template <class Around>
    Operand operand(const Kernels& kernels, ThreadPool& pool, tensor::MatrixView<const float> a, const Around& around) {
        if (activations_ == Activations::f32 || a.columns % tensor::kQuantizedBlock != 0) return {a, {}};
        quantized_.resize(a.rows, a.columns);
        pool.run((a.rows + kRowBlock - 1) / kRowBlock, [&](std::size_t task, std::size_t worker) {
            const std::size_t first = task * kRowBlock, end = std::min(a.rows, first + kRowBlock);
            around(end - first, worker, [&] {
                for (std::size_t row = first; row < end; ++row) {
                    kernels.quantize_row(a.row(row), a.columns, quantized_.row(row), quantized_.row_blocks(row));
                }
            });
        });
        return {a, quantized_.view()};
    }

    Operand operand(const Kernels& kernels, ThreadPool& pool, tensor::MatrixView<const float> a) {
        return operand(kernels, pool, a, [](std::size_t, std::size_t, const auto& body) { body(); });
    }

    /// c = epilogue(a · panel p of the layer), with the layer's own bias. A panel is for one thread at a time.
    void multiply_panel(const Kernels& kernels, LinearWeights& linear, std::size_t p, const Operand& a,
                        tensor::MatrixView<float> c, kernels::Epilogue epilogue, std::size_t worker) noexcept {
        if (!linear.bias.empty()) epilogue.bias = linear.bias.data() + p * tensor::kPanelWidth;
        if (!linear.interleaved.empty()) {
            kernels.multiply_interleaved(a.quantized, linear.interleaved.panel(p), c.columns, epilogue, c);
            return;
        }
        float* const panel = panels_[worker].data();
        kernels.unpack_panel(linear.matrix, p, panel);
        kernels.multiply_panel(a.rows, panel, c.columns, epilogue, c);
    }

    /// Throws `Error` (numeric_failure) naming the matrix where one that was copied holds NaN or infinity: what has
    /// been multiplied with it is worth nothing. Constant time for each matrix. @param where the model's file
    void require_finite(DecoderWeights& weights, const std::string& where) const {
        if (activations_ == Activations::f32) return;
        for_each_linear(weights, [&](const LinearWeights& linear) {
            if (const auto value = linear.interleaved.not_finite()) {
                throw weights::not_finite(linear.name, *value, where);
            }
        });
    }

  private:
    static constexpr std::size_t kRowBlock = 16; ///< rows quantised by a task; fewer stay with the calling thread

    template <class Visit> static void for_each_linear(DecoderWeights& weights, const Visit& visit) {
        for (auto& layer : weights.layers) {
            for (auto& projection : layer.projections) visit(projection);
            for (LinearWeights* const linear : {&layer.output, &layer.gate, &layer.up, &layer.down}) visit(*linear);
        }
        visit(weights.head);
    }

    void interleave(DecoderWeights& weights, std::span<const std::byte> mapping) {
        const auto fits = [](const LinearWeights& linear) {
            return linear.matrix.rows != 0 && tensor::is_interleaved(linear.matrix.type);
        };
        std::size_t size = 0; // panels are whole cache lines, so that all begin at one
        for_each_linear(weights, [&](LinearWeights& linear) {
            if (fits(linear)) size += tensor::InterleavedMatrix::bytes(linear.matrix);
        });
        memory_ = tensor::PageMemory(size);
        std::byte* at = memory_.data();
        for_each_linear(weights, [&](LinearWeights& linear) {
            if (!fits(linear)) return;
            linear.interleaved = {linear.matrix, at, mapping};
            at += tensor::InterleavedMatrix::bytes(linear.matrix);
        });
    }

    Activations activations_;
    tensor::PageMemory memory_;
    tensor::QuantizedBuffer quantized_;
    std::vector<tensor::AlignedBuffer<float>> panels_;
};

} // namespace familiar::decoder
