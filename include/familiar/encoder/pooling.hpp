#pragma once

#include <familiar/core/error.hpp>
#include <familiar/kernels/kernel_backend.hpp>
#include <familiar/tensor/views.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>

namespace familiar::encoder {

/// How a sequence of vectors becomes one.
enum class Pooling {
    mean,   ///< of all tokens, the special ones too
    cls,    ///< the first token
    max,    ///< the largest of each component
    pooler, ///< the family's dense layer over the first token
};

constexpr std::string_view to_string(Pooling pooling) noexcept {
    constexpr std::string_view names[] = {"mean", "cls", "max", "pooler"};
    return names[static_cast<std::size_t>(pooling)];
}

/// Throws `Error` (unknown_name) that lists the known names.
inline Pooling parse_pooling(std::string_view name) {
    for (const auto pooling : {Pooling::mean, Pooling::cls, Pooling::max, Pooling::pooler}) {
        if (name == to_string(pooling)) return pooling;
    }
    throw Error(ErrorCode::unknown_name, "no pooling is called \"" + std::string(name) + "\"", "pooling",
                "Known are mean, cls, max, pooler");
}

/// Mean, first or largest of the rows of `tokens` [n, size] to `out` [size]; zeros where there are no rows. The sum
/// runs in the order of the rows, in f32. For `pooler` the first row, which the dense layer then takes.
template <kernels::KernelBackend Kernels>
void pool_rows(const Kernels& kernels, Pooling pooling, tensor::MatrixView<const float> tokens, float* out) noexcept {
    const std::size_t size = tokens.columns;
    if (tokens.rows == 0) {
        std::fill(out, out + size, 0.0F);
        return;
    }
    std::copy(tokens.row(0), tokens.row(0) + size, out);
    if (pooling == Pooling::mean) {
        for (std::size_t i = 1; i < tokens.rows; ++i) kernels.add(out, tokens.row(i), size, out);
        const float share = 1.0F / static_cast<float>(tokens.rows);
        for (std::size_t j = 0; j < size; ++j) out[j] *= share;
    } else if (pooling == Pooling::max) {
        for (std::size_t i = 1; i < tokens.rows; ++i) {
            const float* const row = tokens.row(i);
            for (std::size_t j = 0; j < size; ++j) out[j] = std::max(out[j], row[j]);
        }
    }
}

/// Scales to length 1 (sum in f64); a vector of length below 1e-12 is divided by 1e-12, as the field's libraries do.
inline void normalise_row(float* row, std::size_t size) noexcept {
    double sum = 0.0;
    for (std::size_t j = 0; j < size; ++j) sum += static_cast<double>(row[j]) * row[j];
    const double scale = 1.0 / std::max(std::sqrt(sum), 1e-12);
    for (std::size_t j = 0; j < size; ++j) row[j] = static_cast<float>(row[j] * scale);
}

} // namespace familiar::encoder
