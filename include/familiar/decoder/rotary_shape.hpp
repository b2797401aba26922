#pragma once

#include <familiar/core/error.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace familiar::decoder {

/// Which values of a head turn together: neighbours (2i, 2i + 1), or (i, i + n/2).
enum class RotaryLayout { pairs, halves };

/// How the frequencies of rotary positions are changed for contexts longer than the first training's.
///
/// - linear: all divided by the factor (arXiv 2306.15595);
/// - dynamic: a larger base for sequences longer than `original_context` ("NTK-aware", by the length at hand);
/// - yarn: low frequencies divided by the factor, high ones kept, a ramp between (Peng et al., arXiv 2309.00071, §3.2);
/// - llama3: the same idea with bounds on the wave length (Llama 3.1);
/// - longrope: divided by `factors`, in sequences longer than `original_context` by `long_factors` (arXiv 2402.13753).
enum class RotaryScalingKind { none, linear, dynamic, yarn, llama3, longrope };

constexpr std::string_view to_string(RotaryScalingKind kind) noexcept {
    constexpr std::string_view names[] = {"none", "linear", "dynamic", "yarn", "llama3", "longrope"};
    return names[static_cast<std::size_t>(kind)];
}

struct RotaryScaling {
    RotaryScalingKind kind = RotaryScalingKind::none;
    double factor = 1.0;                              ///< of the context's length; ≥ 1 in all published models
    std::size_t original_context = 0;                 ///< tokens; of dynamic, yarn, llama3 and longrope
    double beta_fast = 32.0, beta_slow = 1.0;         ///< yarn: turns within the original context
    bool whole_bounds = true;                         ///< yarn: the ramp begins and ends at whole pairs
    double low_frequency = 1.0, high_frequency = 4.0; ///< llama3: turns within the original context
    double amplitude = 1.0;                           ///< sines and cosines are multiplied by it
};

/// Rotary positions (Su et al., arXiv 2104.09864).
struct RotaryShape {
    RotaryLayout layout = RotaryLayout::pairs;
    std::size_t dimensions = 0; ///< values of a head that turn, even; the others stay
    double base = 10000.0;
    RotaryScaling scaling{};
    std::vector<double> factors{};      ///< frequencies are divided by them: [dimensions / 2], or none
    std::vector<double> long_factors{}; ///< of longrope, instead of `factors`, beyond the original context

    /// Throws `Error` (malformed_model) where the numbers cannot be; `where` is the file.
    void check(std::size_t head_size, const std::string& where) const {
        const auto require = [&](bool holds, const std::string& what) {
            if (!holds) throw Error(ErrorCode::malformed_model, what, where, "The file is damaged or lies");
        };
        const auto positive = [](double value) { return std::isfinite(value) && value > 0.0; };
        const auto all_positive = [&](const std::vector<double>& values) {
            return std::all_of(values.begin(), values.end(), positive);
        };
        require(dimensions != 0 && dimensions % 2 == 0 && dimensions <= head_size,
                "rotary dimensions of " + std::to_string(dimensions) + " in heads of " + std::to_string(head_size));
        require(positive(base), "rotary base of " + std::to_string(base));
        require(positive(scaling.factor), "rotary factor of " + std::to_string(scaling.factor));
        require(positive(scaling.amplitude), "rotary amplitude of " + std::to_string(scaling.amplitude));
        require(positive(scaling.beta_fast) && positive(scaling.beta_slow),
                "yarn's bounds of " + std::to_string(scaling.beta_fast) + " and " + std::to_string(scaling.beta_slow));
        require(positive(scaling.low_frequency) && scaling.high_frequency > scaling.low_frequency &&
                    std::isfinite(scaling.high_frequency),
                "frequency bounds of " + std::to_string(scaling.low_frequency) + " and " +
                    std::to_string(scaling.high_frequency));
        const bool by_length = scaling.kind != RotaryScalingKind::none && scaling.kind != RotaryScalingKind::linear;
        require(!by_length || scaling.original_context != 0,
                "no original context for " + std::string(to_string(scaling.kind)) + " positions");
        require(scaling.kind != RotaryScalingKind::dynamic || dimensions > 2, "dynamic positions of one pair");
        for (const auto* const list : {&factors, &long_factors}) {
            require(list->empty() || list->size() == dimensions / 2,
                    std::to_string(list->size()) + " rotary factors for " + std::to_string(dimensions / 2) + " pairs");
            require(all_positive(*list), "a rotary factor that is not above 0");
        }
        require(scaling.kind != RotaryScalingKind::longrope || (!factors.empty() && !long_factors.empty()),
                "longrope without its factors");
    }
};

} // namespace familiar::decoder
