#pragma once

#include <familiar/decoder/segment.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace familiar::tests {

using Tokens = std::vector<std::int32_t>;
using Rows = std::vector<std::vector<float>>;

inline decoder::Segment segment_of(std::span<const std::int32_t> tokens) {
    decoder::Segment segment;
    segment.tokens = tokens;
    return segment;
}

/// The logits after some of the rows of the last pass, counted over all its segments.
template <class Model> Rows logits_of(Model& model, std::size_t first, std::size_t count) {
    Rows rows;
    for (std::size_t row = first; row < first + count; ++row) {
        rows.emplace_back(model.shape().vocabulary);
        model.logits(std::span(&row, 1), {rows.back().data(), 1, rows.back().size()});
    }
    return rows;
}

/// The largest difference of two rows.
template <class Other> double gap(const std::vector<float>& row, const std::vector<Other>& other) {
    REQUIRE(row.size() == other.size());
    double largest = 0.0;
    for (std::size_t i = 0; i < row.size(); ++i) {
        largest = std::max(largest, std::fabs(double(row[i]) - double(other[i])));
    }
    return largest;
}

} // namespace familiar::tests
