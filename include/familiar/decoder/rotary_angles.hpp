#pragma once

#include <familiar/decoder/decoder_shape.hpp>

#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

namespace familiar::decoder {

/// Sines and cosines of rotary positions: position p turns pair i by p · scale · base^(-2i/n), computed in double so
/// that far positions are as exact as near ones.
class RotaryAngles {
  public:
    RotaryAngles() = default;

    /// @param factors frequencies are divided by them (`rope_freqs` of a GGUF file): [dimensions / 2], or none
    explicit RotaryAngles(const RotaryShape& shape, std::span<const float> factors = {})
        : frequencies_(shape.dimensions / 2) {
        for (std::size_t i = 0; i < frequencies_.size(); ++i) {
            const double exponent = -2.0 * static_cast<double>(i) / static_cast<double>(shape.dimensions);
            frequencies_[i] = std::pow(shape.base, exponent) * shape.position_scale;
            if (!factors.empty()) frequencies_[i] /= static_cast<double>(factors[i]);
        }
    }

    /// Pairs of values that turn.
    [[nodiscard]] std::size_t size() const noexcept { return frequencies_.size(); }

    /// Writes `size()` values each.
    void at(std::size_t position, float* cosines, float* sines) const noexcept {
        for (std::size_t i = 0; i < frequencies_.size(); ++i) {
            const double angle = static_cast<double>(position) * frequencies_[i];
            cosines[i] = static_cast<float>(std::cos(angle));
            sines[i] = static_cast<float>(std::sin(angle));
        }
    }

  private:
    std::vector<double> frequencies_;
};

} // namespace familiar::decoder
