#pragma once

#include <familiar/tensor/aligned_buffer.hpp>

#include <cstddef>

namespace familiar::tensor {

/// Output columns that one panel of packed weights holds. 64 floats are four 512-bit registers: with six rows of the
/// left matrix they fill the 32 registers of AVX-512 (24 accumulators), and 384, 576, 768, 1024, 1152 and 1536 divide
/// by it.
inline constexpr std::size_t kPanelWidth = 64;

/// Weights of a linear layer y = x · Wᵀ, W of `outputs` × `inputs`, packed for the kernels: panel p holds outputs
/// [64 p, 64 p + 64), and within it element (input k, output j) stands at [k * 64 + j]. Missing outputs of the last
/// panel are zero. The layout is the same for every instruction set.
class PackedMatrix {
  public:
    PackedMatrix() = default;
    PackedMatrix(std::size_t outputs, std::size_t inputs)
        : outputs_(outputs), inputs_(inputs), values_(panels() * inputs * kPanelWidth) {}

    [[nodiscard]] std::size_t outputs() const noexcept { return outputs_; }
    [[nodiscard]] std::size_t inputs() const noexcept { return inputs_; }
    [[nodiscard]] std::size_t panels() const noexcept { return (outputs_ + kPanelWidth - 1) / kPanelWidth; }
    [[nodiscard]] float* panel(std::size_t p) noexcept { return values_.data() + p * inputs_ * kPanelWidth; }
    [[nodiscard]] const float* panel(std::size_t p) const noexcept {
        return values_.data() + p * inputs_ * kPanelWidth;
    }
    /// Outputs of panel p that exist.
    [[nodiscard]] std::size_t panel_outputs(std::size_t p) const noexcept {
        const std::size_t left = outputs_ - p * kPanelWidth;
        return left < kPanelWidth ? left : kPanelWidth;
    }

  private:
    std::size_t outputs_ = 0, inputs_ = 0;
    AlignedBuffer<float> values_;
};

} // namespace familiar::tensor
