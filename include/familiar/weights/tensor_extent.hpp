#pragma once

#include <familiar/tensor/element_type.hpp>

#include <cstddef>
#include <limits>
#include <optional>
#include <span>

namespace familiar::weights {

static_assert(sizeof(std::size_t) == 8, "sizes in model files have 64 bits");

/// Bytes of a tensor of `type` and `shape` (slowest dimension first), or nothing where the count of values or bytes
/// overflows, or where a row is no whole number of blocks. An empty shape is one value.
constexpr std::optional<std::size_t> tensor_bytes(tensor::ElementType type,
                                                  std::span<const std::size_t> shape) noexcept {
    constexpr std::size_t kMost = std::numeric_limits<std::size_t>::max();
    const auto block = tensor::block_layout(type);
    const std::size_t row = shape.empty() ? 1 : shape.back();
    if (row % block.values != 0) return std::nullopt;
    std::size_t bytes = block.bytes;
    if (row / block.values > kMost / bytes) return std::nullopt;
    bytes *= row / block.values;
    std::size_t values = row;
    bool empty = row == 0;
    for (std::size_t i = 0; i + 1 < shape.size(); ++i) {
        const std::size_t count = shape[i];
        if (count == 0) empty = true;
        if (count == 0 || values == 0) continue; // sizes beside a zero must still not overflow
        if (values > kMost / count || bytes > kMost / count) return std::nullopt;
        values *= count;
        bytes *= count;
    }
    return empty ? 0 : bytes;
}

} // namespace familiar::weights
