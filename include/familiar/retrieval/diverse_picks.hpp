#pragma once

#include <familiar/retrieval/unit_rows.hpp>
#include <familiar/tensor/views.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

/// Few rows that are near a query and unlike one another. Both functions take rows of length 1 and each row's cosine to
/// the query, and return positions in the order in which they were picked, the lower one first among equals; `count` of
/// them, or all rows where there are fewer. Arithmetic in double.
namespace familiar::retrieval {

namespace detail {

/// The largest value among the rows that are not picked yet; the lowest row of equals.
template <class Score>
std::size_t best_unpicked(std::size_t rows, const std::vector<char>& picked, const Score& score) {
    std::size_t best = rows;
    double most = 0.0;
    for (std::size_t i = 0; i < rows; ++i) {
        if (picked[i] != 0) continue;
        const double value = score(i);
        if (best != rows && !(value > most)) continue;
        best = i;
        most = value;
    }
    return best;
}

} // namespace detail

/// Maximal marginal relevance (Carbonell, Goldstein, SIGIR 1998): each pick has the largest
/// weight · relevance − (1 − weight) · largest similarity to what is picked. `weight` 1 is the nearest rows, 0 the most
/// unlike ones. O(count · rows · dimension).
[[nodiscard]] inline std::vector<std::size_t> maximal_marginal_relevance(tensor::MatrixView<const float> rows,
                                                                         std::span<const double> relevance,
                                                                         double weight, std::size_t count) {
    count = std::min(count, rows.rows);
    std::vector<char> picked(rows.rows, 0);
    std::vector<double> redundancy(rows.rows, 0.0);
    std::vector<std::size_t> picks;
    while (picks.size() < count) {
        const std::size_t pick = detail::best_unpicked(
            rows.rows, picked, [&](std::size_t i) { return weight * relevance[i] - (1.0 - weight) * redundancy[i]; });
        for (std::size_t i = 0; i < rows.rows; ++i) {
            if (picked[i] != 0) continue;
            const double similarity = dot(rows.row(i), rows.row(pick), rows.columns);
            redundancy[i] = picks.empty() ? similarity : std::max(redundancy[i], similarity);
        }
        picked[pick] = 1;
        picks.push_back(pick);
    }
    return picks;
}

/// Greedy maximum a posteriori of a determinantal point process (Chen, Zhang, Zhou, NeurIPS 2018, algorithm 1) with the
/// kernel q_i · (1 + cos_ij) / 2 · q_j, q = exp(theta · (1 + relevance) / 2): theta 0 asks for variety alone, a larger
/// one for nearness too (Ye et al., "Compositional Exemplars", arXiv 2302.05698). Copies of a picked row add nothing to
/// the determinant and come last. O(count · rows · (dimension + count)).
[[nodiscard]] inline std::vector<std::size_t> greedy_determinantal(tensor::MatrixView<const float> rows,
                                                                   std::span<const double> relevance, double theta,
                                                                   std::size_t count) {
    count = std::min(count, rows.rows);
    const std::size_t n = rows.rows;
    std::vector<double> quality(n), gain(n), factors(count * n);
    double highest = -std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < n; ++i) highest = std::max(highest, relevance[i]);
    for (std::size_t i = 0; i < n; ++i) {
        // A common factor changes no pick: the largest quality is 1, whatever theta.
        quality[i] = std::exp(theta * (relevance[i] - highest) / 2.0);
        gain[i] = quality[i] * quality[i];
    }
    std::vector<char> picked(n, 0);
    std::vector<std::size_t> picks;
    while (picks.size() < count) {
        const std::size_t step = picks.size();
        const std::size_t pick = detail::best_unpicked(n, picked, [&](std::size_t i) { return gain[i]; });
        picked[pick] = 1;
        picks.push_back(pick);
        // What is left of a copy after its twin is rounding, by which nothing may be divided.
        if (!(gain[pick] > 1e-12 * quality[pick] * quality[pick])) continue;
        const double root = std::sqrt(gain[pick]);
        double* const factor = factors.data() + step * n;
        for (std::size_t i = 0; i < n; ++i) {
            if (picked[i] != 0) continue;
            double value = quality[i] * quality[pick] * (1.0 + dot(rows.row(i), rows.row(pick), rows.columns)) / 2.0;
            for (std::size_t s = 0; s < step; ++s) value -= factors[s * n + pick] * factors[s * n + i];
            factor[i] = value / root;
            gain[i] = std::max(gain[i] - factor[i] * factor[i], 0.0);
        }
    }
    return picks;
}

} // namespace familiar::retrieval
