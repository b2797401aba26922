#pragma once

#include <familiar/core/error.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>

namespace familiar::decoder {

/// How the next token is drawn. The penalty comes first, then the temperature, then each limit cuts what the one before
/// has left.
struct SamplingOptions {
    double temperature = 0.0; ///< >= 0; 0 is greedy: always the likeliest token
    std::size_t top_k = 0;    ///< only so many of the likeliest; 0: no limit
    double top_p = 1.0; ///< in (0, 1]: the fewest of the likeliest whose probabilities reach it (arXiv 1904.09751)
    double min_p = 0.0; ///< in [0, 1]: no less likely than this share of the likeliest (arXiv 2407.01082)
    /// Above 0; logits of tokens that the prompt or the text so far holds are divided by it where positive, else
    /// multiplied (arXiv 1909.05858, §4.1); 1: none. Greedy drawing is changed, too.
    double repetition_penalty = 1.0;
    std::uint64_t seed = 0;

    /// Throws `Error` (invalid_argument) for a value out of its range.
    void check() const {
        const auto require = [](bool holds, const char* name, double value, const char* range) {
            if (!holds) {
                throw Error(ErrorCode::invalid_argument, std::string(name) + " " + std::to_string(value), "sampling",
                            range);
            }
        };
        require(std::isfinite(temperature) && temperature >= 0.0, "temperature", temperature, "It is 0 or more");
        require(std::isfinite(repetition_penalty) && repetition_penalty > 0.0, "repetition penalty", repetition_penalty,
                "It is above 0");
        require(top_p > 0.0 && top_p <= 1.0, "top-p", top_p, "It is above 0 and at most 1");
        require(min_p >= 0.0 && min_p <= 1.0, "min-p", min_p, "It is from 0 to 1");
    }
};

} // namespace familiar::decoder
