#pragma once

#include <familiar/tensor/aligned_buffer.hpp>
#include <familiar/tensor/half.hpp>
#include <familiar/tensor/packed_matrix.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace familiar::tensor {

/// Weights of a linear layer in bf16, half the memory of f32. Panels as `PackedMatrix` has them, two inputs of an
/// output side by side, as instructions of two products take them: element (input k, output j) of a panel stands at
/// [(k / 2 * 64 + j) * 2 + k % 2]. An odd number of inputs is followed by one with weights of 0.
class PackedBfloats {
  public:
    PackedBfloats() = default;
    /// The nearest values. Weights must be finite.
    explicit PackedBfloats(const PackedMatrix& weights)
        : outputs_(weights.outputs()), inputs_(weights.inputs()), values_(panels() * panel_size()) {
        std::fill(values_.begin(), values_.end(), std::uint16_t{0});
        for (std::size_t p = 0; p < panels(); ++p) {
            const float* const from = weights.panel(p);
            std::uint16_t* const to = values_.data() + p * panel_size();
            for (std::size_t k = 0; k < inputs_; ++k) {
                for (std::size_t j = 0; j < kPanelWidth; ++j) {
                    to[(k / 2 * kPanelWidth + j) * 2 + k % 2] = f32_to_bf16(from[k * kPanelWidth + j]);
                }
            }
        }
    }

    [[nodiscard]] std::size_t outputs() const noexcept { return outputs_; }
    [[nodiscard]] std::size_t inputs() const noexcept { return inputs_; }
    [[nodiscard]] std::size_t panels() const noexcept { return (outputs_ + kPanelWidth - 1) / kPanelWidth; }
    [[nodiscard]] const std::uint16_t* panel(std::size_t p) const noexcept { return values_.data() + p * panel_size(); }

  private:
    [[nodiscard]] std::size_t panel_size() const noexcept { return (inputs_ + 1) / 2 * 2 * kPanelWidth; }

    std::size_t outputs_ = 0, inputs_ = 0;
    AlignedBuffer<std::uint16_t> values_;
};

} // namespace familiar::tensor
