#pragma once

#include <familiar/profile/arithmetic.hpp>

#include <cstddef>
#include <string_view>

namespace familiar::profile {

/// One operation of a forward pass as its engine states it: what it is, its shape, and the arithmetic and memory that
/// it cannot do without.
struct Operation {
    std::string_view name; ///< of a literal
    std::size_t layer = 0; ///< from 0; kNoLayer outside the layers
    std::size_t rows = 0;  ///< vectors that go in
    std::size_t outputs = 0, inputs = 0;
    double share = 1.0; ///< the part of it that this is, where threads divide it; the next two are of this part
    double flop = 0.0;  ///< of products and attention; norms, activations and softmax count nothing
    double bytes = 0.0; ///< read and written once
    Arithmetic arithmetic = Arithmetic::f32;

    static constexpr std::size_t kNoLayer = static_cast<std::size_t>(-1);
};

/// y [rows, outputs] = x [rows, inputs] · W, values of `weight_bytes` each; of its outputs those of `part`.
[[nodiscard]] constexpr Operation product_operation(std::string_view name, std::size_t layer, std::size_t rows,
                                                    std::size_t outputs, std::size_t inputs, std::size_t part,
                                                    double weight_bytes = sizeof(float),
                                                    Arithmetic arithmetic = Arithmetic::f32) noexcept {
    const auto m = static_cast<double>(rows), n = static_cast<double>(part), k = static_cast<double>(inputs);
    return {.name = name,
            .layer = layer,
            .rows = rows,
            .outputs = outputs,
            .inputs = inputs,
            .share = n / static_cast<double>(outputs),
            .flop = 2.0 * m * n * k,
            .bytes = 4.0 * m * (n + k) + weight_bytes * n * k,
            .arithmetic = arithmetic};
}

/// Something done to each of `rows` vectors of `size` values, read and written.
[[nodiscard]] constexpr Operation row_operation(std::string_view name, std::size_t layer, std::size_t rows,
                                                std::size_t size) noexcept {
    return {.name = name,
            .layer = layer,
            .rows = rows,
            .outputs = size,
            .inputs = size,
            .bytes = 8.0 * static_cast<double>(rows) * static_cast<double>(size)};
}

} // namespace familiar::profile
