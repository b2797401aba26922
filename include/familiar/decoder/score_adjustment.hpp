#pragma once

#include <familiar/core/error.hpp>
#include <familiar/core/softmax.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace familiar::decoder {

/// Log-probabilities a token: long candidates are not less likely for their length alone (Brown et al.,
/// arXiv 2005.14165, §2.4). @param tokens of each candidate, at least one
inline std::vector<double> length_normalised(std::span<const double> logprobs, std::span<const std::size_t> tokens) {
    if (tokens.size() != logprobs.size()) {
        throw Error(ErrorCode::invalid_argument,
                    std::to_string(logprobs.size()) + " scores, lengths of " + std::to_string(tokens.size()),
                    "scores of candidates");
    }
    std::vector<double> out(logprobs.begin(), logprobs.end());
    for (std::size_t i = 0; i < out.size(); ++i) out[i] /= static_cast<double>(std::max<std::size_t>(tokens[i], 1));
    return out;
}

/// Probabilities of the candidates among themselves, in proportion to e^score: [candidates], sum 1.
inline std::vector<double> among_candidates(std::span<const double> scores) {
    std::vector<double> out(scores.begin(), scores.end());
    if (!out.empty()) softmax(out, out);
    return out;
}

/// Contextual calibration (Zhao et al., arXiv 2102.09690): each candidate's probability is divided by the one that it
/// has after a prompt without content, which says how much the model likes it anyway. With texts of the domain as such
/// prompts it is domain-context calibration (Fei et al., arXiv 2305.19148). Several priors are averaged as
/// probabilities among the candidates.
///
/// @param scores of the candidates, natural logarithms; @param priors their scores after prompts without content, each
/// as long as `scores`
/// Gives calibrated scores: logarithms up to a common constant. Throws `Error` (invalid_argument) for other lengths.
inline std::vector<double> calibrated(std::span<const double> scores, std::span<const std::vector<double>> priors) {
    std::vector<double> out(scores.begin(), scores.end());
    if (priors.empty()) return out;
    std::vector<double> mean(scores.size(), 0.0);
    for (const auto& prior : priors) {
        if (prior.size() != scores.size()) {
            throw Error(ErrorCode::invalid_argument,
                        std::to_string(scores.size()) + " scores, a prior of " + std::to_string(prior.size()),
                        "scores of candidates");
        }
        const auto probabilities = among_candidates(prior);
        for (std::size_t i = 0; i < mean.size(); ++i) mean[i] += probabilities[i] / static_cast<double>(priors.size());
    }
    for (std::size_t i = 0; i < out.size(); ++i) out[i] -= std::log(mean[i]);
    return out;
}

} // namespace familiar::decoder
