#pragma once

#include <familiar/tensor/element_type.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace familiar::weights {

/// A tensor as it stands in a mapped file: checked to lie inside it. Valid as long as its source lives.
struct TensorView {
    std::string_view name;
    tensor::ElementType type = tensor::ElementType::f32;
    std::array<std::size_t, 4> shape{}; ///< slowest dimension first (also for GGUF, whose files have it the other way)
    std::size_t dimensions = 0;
    std::span<const std::byte> bytes;

    [[nodiscard]] std::size_t size() const noexcept {
        std::size_t product = 1;
        for (std::size_t i = 0; i < dimensions; ++i) product *= shape[i];
        return product;
    }
};

/// Named tensors of a model file. `find` is O(log n) or better and gives nothing for an unknown name; `names` lists
/// all; `path` is for messages.
template <class S>
concept WeightSource = requires(const S& s, std::string_view name) {
    { s.find(name) } -> std::same_as<std::optional<TensorView>>;
    { s.tensors() } -> std::convertible_to<std::span<const TensorView>>;
    { s.path() } -> std::convertible_to<std::string>;
};

} // namespace familiar::weights
