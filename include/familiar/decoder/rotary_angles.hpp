#pragma once

#include <familiar/decoder/rotary_shape.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace familiar::decoder {

/// Sines and cosines of rotary positions: position p turns pair i by p · f(i), f(i) = base^(-2i/n) changed by the
/// shape's scaling; computed in double so that far positions are as exact as near ones.
class RotaryAngles {
  public:
    RotaryAngles() = default;

    /// @param shape checked
    explicit RotaryAngles(const RotaryShape& shape)
        : scaling_(shape.scaling), exponents_(shape.dimensions / 2), frequencies_(shape.dimensions / 2) {
        for (std::size_t i = 0; i < frequencies_.size(); ++i) {
            exponents_[i] = 2.0 * static_cast<double>(i) / static_cast<double>(shape.dimensions);
            frequencies_[i] = scaled(std::pow(shape.base, -exponents_[i]), i, shape);
        }
        long_frequencies_ = frequencies_;
        divide(frequencies_, shape.factors);
        divide(long_frequencies_, shape.long_factors);
    }

    /// Pairs of values that turn.
    [[nodiscard]] std::size_t size() const noexcept { return frequencies_.size(); }

    /// A number for the angles of a sequence of `length` tokens: keys of two lengths with one number are the same keys.
    [[nodiscard]] std::size_t regime(std::size_t length) const noexcept {
        if (length <= scaling_.original_context) return 0;
        if (scaling_.kind == RotaryScalingKind::longrope) return 1;
        return scaling_.kind == RotaryScalingKind::dynamic ? length : 0;
    }

    /// Writes `size()` values each, for a position of a sequence of `length` tokens.
    void at(std::size_t position, std::size_t length, float* cosines, float* sines) const noexcept {
        const bool is_long = regime(length) != 0;
        const auto& frequencies = is_long ? long_frequencies_ : frequencies_;
        // Dynamic: base · stretch^(n / (n - 2)) instead of the base.
        double stretch = 1.0;
        if (is_long && scaling_.kind == RotaryScalingKind::dynamic) {
            const double n = 2.0 * static_cast<double>(size());
            const double ratio = static_cast<double>(length) / static_cast<double>(scaling_.original_context);
            stretch = std::pow(scaling_.factor * ratio - (scaling_.factor - 1.0), n / (n - 2.0));
        }
        for (std::size_t i = 0; i < frequencies.size(); ++i) {
            double angle = static_cast<double>(position) * frequencies[i];
            if (stretch != 1.0) angle *= std::pow(stretch, -exponents_[i]);
            cosines[i] = static_cast<float>(scaling_.amplitude * std::cos(angle));
            sines[i] = static_cast<float>(scaling_.amplitude * std::sin(angle));
        }
    }

  private:
    static constexpr double kTurn = 6.283185307179586;

    static void divide(std::vector<double>& frequencies, const std::vector<double>& factors) {
        for (std::size_t i = 0; i < factors.size(); ++i) frequencies[i] /= factors[i];
    }

    static double scaled(double frequency, std::size_t i, const RotaryShape& shape) {
        const RotaryScaling& s = shape.scaling;
        const auto context = static_cast<double>(s.original_context);
        switch (s.kind) {
        case RotaryScalingKind::linear:
            return frequency / s.factor;
        case RotaryScalingKind::yarn: {
            const double kept = 1.0 - yarn_ramp(i, shape);
            return frequency * kept + frequency / s.factor * (1.0 - kept);
        }
        case RotaryScalingKind::llama3: {
            const double turns = context * frequency / kTurn;
            const double kept = std::clamp((turns - s.low_frequency) / (s.high_frequency - s.low_frequency), 0.0, 1.0);
            return frequency * kept + frequency / s.factor * (1.0 - kept);
        }
        default:
            return frequency;
        }
    }

    /// 0 where pair i keeps its frequency, 1 where it is divided by the factor.
    static double yarn_ramp(std::size_t i, const RotaryShape& shape) {
        const RotaryScaling& s = shape.scaling;
        const auto n = static_cast<double>(shape.dimensions);
        // The pair that turns so often within the original context.
        const auto pair = [&](double turns) {
            return n * std::log(static_cast<double>(s.original_context) / (turns * kTurn)) /
                   (2.0 * std::log(shape.base));
        };
        double first = pair(s.beta_fast), last = pair(s.beta_slow);
        if (s.whole_bounds) first = std::floor(first), last = std::ceil(last);
        first = std::max(first, 0.0), last = std::min(last, n - 1.0);
        if (first == last) last += 0.001;
        return std::clamp((static_cast<double>(i) - first) / (last - first), 0.0, 1.0);
    }

    RotaryScaling scaling_;
    std::vector<double> exponents_, frequencies_, long_frequencies_;
};

} // namespace familiar::decoder
