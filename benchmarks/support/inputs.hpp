#pragma once

#include <familiar/core/random.hpp>
#include <familiar/tensor/aligned_buffer.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace familiar::benchmarks {

/// Uniform in [-range, range); aligned as the library's own buffers are.
inline tensor::AlignedBuffer<float> random_floats(std::size_t n, std::uint64_t seed, double range = 1.0) {
    Random random(seed, "benchmark");
    tensor::AlignedBuffer<float> values(n);
    for (float& value : values) value = static_cast<float>((2.0 * random.uniform() - 1.0) * range);
    return values;
}

/// Bytes of which every pattern is a sensible number in every stored type: f16 and f32 with small exponents too.
inline tensor::AlignedBuffer<std::byte> random_bytes(std::size_t n, std::uint64_t seed) {
    Random random(seed, "benchmark");
    tensor::AlignedBuffer<std::byte> values(n);
    for (std::byte& value : values) value = static_cast<std::byte>(random() & 0x3f);
    return values;
}

} // namespace familiar::benchmarks
