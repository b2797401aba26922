#pragma once

#include <familiar/core/random.hpp>
#include <familiar/kernels/dispatched.hpp>

#include <catch2/catch.hpp>

#include <cmath>
#include <cstddef>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

/// What the kernels' tests share: every backend of this machine, inputs, and bounds on rounding.
namespace familiar::tests {

inline std::vector<kernels::Dispatched> backends() {
    std::vector<kernels::Dispatched> all;
    for (std::size_t i = 0; i < std::size(kernels::kIsaNames); ++i) {
        const auto isa = static_cast<kernels::Isa>(i);
        if (kernels::available(isa)) all.emplace_back(isa);
    }
    return all;
}

/// Uniform in [-range, range).
inline std::vector<float> random_values(std::size_t n, std::uint64_t seed, double range = 1.0) {
    Random random(seed, "kernels");
    std::vector<float> values(n);
    for (float& value : values) value = static_cast<float>((2.0 * random.uniform() - 1.0) * range);
    return values;
}

inline constexpr double kUnit = 0x1p-24; ///< half the distance from 1 to the next f32

inline bool same_bits(float x, float y) {
    return std::memcmp(&x, &y, sizeof x) == 0;
}

inline bool same_bits(const std::vector<float>& x, const std::vector<float>& y) {
    return x.size() == y.size() && (x.empty() || std::memcmp(x.data(), y.data(), x.size() * sizeof(float)) == 0);
}

inline bool is_within(float value, double truth, double tolerance) {
    return std::fabs(static_cast<double>(value) - truth) <= tolerance; // false for a NaN
}

inline constexpr float kInfinity = std::numeric_limits<float>::infinity();
inline constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

/// The definitions, in double.
inline double true_activation(kernels::Activation activation, double x) {
    switch (activation) {
    case kernels::Activation::none:
        return x;
    case kernels::Activation::gelu:
        return 0.5 * x * std::erfc(-x / std::sqrt(2.0));
    case kernels::Activation::gelu_tanh:
        return 0.5 * x * (1.0 + std::tanh(std::sqrt(2.0 / M_PI) * (x + 0.044715 * x * x * x)));
    case kernels::Activation::relu:
        return x > 0.0 ? x : 0.0;
    case kernels::Activation::silu:
        return x / (1.0 + std::exp(-x));
    case kernels::Activation::tanh:
        return std::tanh(x);
    }
    return x;
}

inline constexpr kernels::Activation kActivations[] = {kernels::Activation::none,      kernels::Activation::gelu,
                                                       kernels::Activation::gelu_tanh, kernels::Activation::relu,
                                                       kernels::Activation::silu,      kernels::Activation::tanh};

} // namespace familiar::tests
