#pragma once

#include <cmath>
#include <cstddef>
#include <limits>

namespace familiar::tensor {

/// Magnitudes below count as zero: their reciprocal would not be finite.
inline constexpr float kLeastMagnitude = 0x1p-100F;

/// How values are made integers in [-127, 127]: q = round(x · `inverse`), and back x = q · `scale`.
struct SymmetricScale {
    float scale = 0.0F;   ///< 0 where all values count as zero, NaN where one is none or infinite
    float inverse = 0.0F; ///< 0 in both cases
    bool finite = true;

    /// Of values whose largest magnitude is known.
    static SymmetricScale of(float magnitude, bool finite = true) noexcept {
        if (!finite) return {std::numeric_limits<float>::quiet_NaN(), 0.0F, false};
        if (!(magnitude >= kLeastMagnitude)) return {};
        return {magnitude / 127.0F, 127.0F / magnitude, true};
    }
    /// Of x[0 … n).
    static SymmetricScale of(const float* x, std::size_t n) noexcept {
        float magnitude = 0.0F;
        bool finite = true;
        for (std::size_t i = 0; i < n; ++i) {
            const float y = std::fabs(x[i]);
            finite = finite && y <= std::numeric_limits<float>::max();
            magnitude = y > magnitude ? y : magnitude;
        }
        return of(magnitude, finite);
    }
};

} // namespace familiar::tensor
