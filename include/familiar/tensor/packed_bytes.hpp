#pragma once

#include <familiar/tensor/aligned_buffer.hpp>
#include <familiar/tensor/packed_matrix.hpp>
#include <familiar/tensor/symmetric_scale.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace familiar::tensor {

/// 64 outputs of 8-bit weights: the weight of input k and output j is scales[j] · (values[(k / 4 · 64 + j) · 4 + k % 4]
/// - 128). Inputs to a multiple of 4 are there, with weights of 0. Does not own.
struct BytePanel {
    const std::uint8_t* values = nullptr;
    const float* scales = nullptr; ///< [64]
    const float* sums = nullptr;   ///< [64], of each output's weights
    std::size_t columns = 0;
};

/// Weights of a linear layer as 8-bit integers, symmetric, with one scale an output: a quarter of the memory of f32.
/// Panels as `PackedMatrix` has them, four inputs of an output side by side, as instructions of four products take
/// them.
class PackedBytes {
  public:
    PackedBytes() = default;
    /// The nearest integers, the scale of an output its largest magnitude / 127. Weights must be finite.
    explicit PackedBytes(const PackedMatrix& weights)
        : outputs_(weights.outputs()), inputs_(weights.inputs()), values_(panels() * panel_bytes()),
          scales_(panels() * kPanelWidth), sums_(panels() * kPanelWidth) {
        std::fill(values_.begin(), values_.end(), std::uint8_t{128});
        for (std::size_t p = 0; p < panels(); ++p) {
            for (std::size_t j = 0; j < kPanelWidth; ++j) pack(weights.panel(p) + j, p, j);
        }
    }

    [[nodiscard]] bool empty() const noexcept { return outputs_ == 0; }
    [[nodiscard]] std::size_t outputs() const noexcept { return outputs_; }
    [[nodiscard]] std::size_t inputs() const noexcept { return inputs_; }
    [[nodiscard]] std::size_t panels() const noexcept { return (outputs_ + kPanelWidth - 1) / kPanelWidth; }
    [[nodiscard]] BytePanel panel(std::size_t p) const noexcept {
        return {values_.data() + p * panel_bytes(), scales_.data() + p * kPanelWidth, sums_.data() + p * kPanelWidth,
                inputs_};
    }
    /// Outputs of panel p that exist.
    [[nodiscard]] std::size_t panel_outputs(std::size_t p) const noexcept {
        return std::min(kPanelWidth, outputs_ - p * kPanelWidth);
    }

  private:
    [[nodiscard]] std::size_t panel_bytes() const noexcept { return (inputs_ + 3) / 4 * 4 * kPanelWidth; }

    /// `weights`: those of one output, kPanelWidth apart.
    void pack(const float* weights, std::size_t p, std::size_t j) noexcept {
        float largest = 0.0F;
        for (std::size_t k = 0; k < inputs_; ++k) largest = std::max(largest, std::fabs(weights[k * kPanelWidth]));
        const auto steps = SymmetricScale::of(largest);
        scales_[p * kPanelWidth + j] = steps.scale;
        std::uint8_t* const out = values_.data() + p * panel_bytes();
        std::int64_t sum = 0;
        for (std::size_t k = 0; k < inputs_; ++k) {
            const auto q = static_cast<int>(std::nearbyint(weights[k * kPanelWidth] * steps.inverse));
            out[(k / 4 * kPanelWidth + j) * 4 + k % 4] = static_cast<std::uint8_t>(q + 128);
            sum += q;
        }
        sums_[p * kPanelWidth + j] = scales_[p * kPanelWidth + j] * static_cast<float>(sum);
    }

    std::size_t outputs_ = 0, inputs_ = 0;
    AlignedBuffer<std::uint8_t> values_;
    AlignedBuffer<float> scales_, sums_;
};

} // namespace familiar::tensor
