#pragma once

#include <familiar/tensor/element_type.hpp>
#include <familiar/tensor/interleaved_matrix.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace familiar::decoder {

/// A linear layer as it is stored, y = x · Wᵀ + b: the matrix stays where its file is mapped.
struct LinearWeights {
    tensor::StoredMatrix matrix;
    std::vector<float> bias; ///< [outputs], or empty
    /// The matrix in the order of integer products, where these are wanted and the type has them.
    tensor::InterleavedMatrix interleaved{};
    std::string name{}; ///< of the matrix, as its file spells it; for messages

    [[nodiscard]] std::size_t outputs() const noexcept { return matrix.rows; }

    /// Outputs [first, first + count) as a layer of their own.
    [[nodiscard]] LinearWeights part(std::size_t first, std::size_t count) const {
        LinearWeights out{{matrix.type, matrix.data + first * matrix.row_bytes(), count, matrix.columns}, {}};
        out.name = name;
        if (!bias.empty()) {
            const auto begin = bias.begin() + static_cast<std::ptrdiff_t>(first);
            out.bias.assign(begin, begin + static_cast<std::ptrdiff_t>(count));
        }
        return out;
    }
};

} // namespace familiar::decoder
