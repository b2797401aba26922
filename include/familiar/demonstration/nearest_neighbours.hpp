#pragma once

#include <familiar/tensor/views.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

namespace familiar::demonstration {

/// A row found for a query, and how near it is.
struct Neighbour {
    std::size_t index = 0;
    float similarity = 0.0F;
    friend bool operator==(const Neighbour&, const Neighbour&) = default;
};

/// No row is to be left out.
inline constexpr std::size_t kNobody = std::numeric_limits<std::size_t>::max();

/// Scales every row to length 1; a row of zeros stays. Length in double.
inline void normalise_rows(tensor::MatrixView<float> rows) noexcept {
    for (std::size_t r = 0; r < rows.rows; ++r) {
        double squares = 0.0;
        for (const float x : rows[r]) squares += static_cast<double>(x) * x;
        if (!(squares > 0.0)) continue;
        const auto scale = static_cast<float>(1.0 / std::sqrt(squares));
        for (float& x : rows[r]) x *= scale;
    }
}

/// Dot product in a fixed order of sixteen partial sums, so that compilers can use vectors and every build adds in the
/// same order.
inline float dot_product(const float* a, const float* b, std::size_t n) noexcept {
    constexpr std::size_t kLanes = 16;
    float sums[kLanes] = {};
    std::size_t i = 0;
    for (; i + kLanes <= n; i += kLanes) {
        for (std::size_t lane = 0; lane < kLanes; ++lane) sums[lane] += a[i + lane] * b[i + lane];
    }
    for (std::size_t lane = 0; i + lane < n; ++lane) sums[lane] += a[i + lane] * b[i + lane];
    for (std::size_t width = kLanes / 2; width > 0; width /= 2) {
        for (std::size_t lane = 0; lane < width; ++lane) sums[lane] += sums[lane + width];
    }
    return sums[0];
}

/// The `count` rows of `pool` with the largest dot product with `query`, best first, the lower index first among
/// equals; `left_out` is never among them. Exact. O(rows · columns + rows · log count).
inline std::vector<Neighbour> nearest(std::span<const float> query, tensor::MatrixView<const float> pool,
                                      std::size_t count, std::size_t left_out = kNobody) {
    const auto better = [](const Neighbour& a, const Neighbour& b) {
        return a.similarity > b.similarity || (a.similarity == b.similarity && a.index < b.index);
    };
    std::vector<Neighbour> best; // a heap whose front is the worst
    best.reserve(std::min(count, pool.rows) + 1);
    if (count == 0) return best;
    for (std::size_t r = 0; r < pool.rows; ++r) {
        if (r == left_out) continue;
        float similarity = dot_product(query.data(), pool.row(r), pool.columns);
        if (std::isnan(similarity)) similarity = -std::numeric_limits<float>::infinity();
        const Neighbour candidate{r, similarity};
        if (best.size() == count && !better(candidate, best.front())) continue;
        if (best.size() == count) {
            std::pop_heap(best.begin(), best.end(), better);
            best.pop_back();
        }
        best.push_back(candidate);
        std::push_heap(best.begin(), best.end(), better);
    }
    std::sort_heap(best.begin(), best.end(), better);
    return best;
}

} // namespace familiar::demonstration
