#pragma once

#include <familiar/core/example.hpp>
#include <familiar/tensor/views.hpp>

#include <concepts>
#include <cstddef>
#include <span>
#include <string>

namespace familiar::encoder {

/// Texts to vectors. `embed` writes row i of `out` [examples, dimension] for example i; a pair is encoded as one. The
/// result of a row depends on its own text only. `identity` names model, pooling and precision, for caches and reports.
template <class E>
concept TextEncoder = requires(E& e, std::span<const Example> examples, tensor::MatrixView<float> out) {
    { e.dimension() } -> std::convertible_to<std::size_t>;
    { e.embed(examples, out) } -> std::same_as<void>;
    { e.identity() } -> std::convertible_to<std::string>;
};

} // namespace familiar::encoder
