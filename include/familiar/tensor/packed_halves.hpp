#pragma once

#include <familiar/tensor/aligned_buffer.hpp>
#include <familiar/tensor/half.hpp>
#include <familiar/tensor/packed_matrix.hpp>

#include <cstddef>
#include <cstdint>

namespace familiar::tensor {

/// Weights of a linear layer in f16, in the layout of `PackedMatrix`: half the memory of f32.
class PackedHalves {
  public:
    PackedHalves() = default;
    /// The nearest values; a magnitude from 65520 on becomes infinite.
    explicit PackedHalves(const PackedMatrix& weights)
        : outputs_(weights.outputs()), inputs_(weights.inputs()), values_(panels() * inputs_ * kPanelWidth) {
        for (std::size_t i = 0; i < values_.size(); ++i) values_[i] = f32_to_f16(weights.panel(0)[i]);
    }

    [[nodiscard]] std::size_t outputs() const noexcept { return outputs_; }
    [[nodiscard]] std::size_t inputs() const noexcept { return inputs_; }
    [[nodiscard]] std::size_t panels() const noexcept { return (outputs_ + kPanelWidth - 1) / kPanelWidth; }
    [[nodiscard]] const std::uint16_t* panel(std::size_t p) const noexcept {
        return values_.data() + p * inputs_ * kPanelWidth;
    }

  private:
    std::size_t outputs_ = 0, inputs_ = 0;
    AlignedBuffer<std::uint16_t> values_;
};

} // namespace familiar::tensor
