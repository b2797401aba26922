#pragma once

#include <familiar/retrieval/unit_rows.hpp>
#include <familiar/tensor/views.hpp>

#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

namespace familiar::retrieval {

/// No row is meant: of a cluster without members, say.
inline constexpr std::size_t kNobody = std::numeric_limits<std::size_t>::max();

/// For each cluster the member whose direction is closest (cosine) to that of the members' mean, the first of equally
/// close ones; kNobody for a cluster without members. In double. O(rows · dimension).
/// @param rows   [n, dimension]
/// @param labels [n], each below `clusters`
[[nodiscard]] inline std::vector<std::size_t>
central_members(tensor::MatrixView<const float> rows, std::span<const std::size_t> labels, std::size_t clusters) {
    std::vector<double> means(clusters * rows.columns, 0.0); // their sums, rather: the direction is the same
    for (std::size_t i = 0; i < rows.rows; ++i) {
        double* const mean = means.data() + labels[i] * rows.columns;
        for (std::size_t k = 0; k < rows.columns; ++k) mean[k] += static_cast<double>(rows.row(i)[k]);
    }
    std::vector<std::size_t> members(clusters, kNobody);
    std::vector<double> closest(clusters, -std::numeric_limits<double>::infinity());
    for (std::size_t i = 0; i < rows.rows; ++i) {
        const double* const mean = means.data() + labels[i] * rows.columns;
        double product = 0.0;
        for (std::size_t k = 0; k < rows.columns; ++k) product += mean[k] * static_cast<double>(rows.row(i)[k]);
        const double length = std::sqrt(dot(rows.row(i), rows.row(i), rows.columns));
        const double closeness = length > 0.0 ? product / length : 0.0;
        if (members[labels[i]] != kNobody && !(closeness > closest[labels[i]])) continue;
        members[labels[i]] = i;
        closest[labels[i]] = closeness;
    }
    return members;
}

} // namespace familiar::retrieval
