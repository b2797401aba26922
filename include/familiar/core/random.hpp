#pragma once

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar {

/// Seeded generator with the same numbers on every platform and compiler: xoshiro256** seeded by splitmix64
/// (Blackman, Vigna: "Scrambled Linear Pseudorandom Number Generators", 2021). Meets UniformRandomBitGenerator.
class Random {
  public:
    using result_type = std::uint64_t;

    explicit constexpr Random(std::uint64_t seed) noexcept {
        for (auto& word : state_) word = split_mix(seed);
    }

    /// A generator of its own for a named purpose, so that one consumer's draws never shift another's.
    constexpr Random(std::uint64_t seed, std::string_view purpose) noexcept : Random(mix(seed, purpose)) {}

    static constexpr result_type min() noexcept { return 0; }
    static constexpr result_type max() noexcept { return ~result_type{0}; }

    constexpr result_type operator()() noexcept {
        const std::uint64_t result = rotate(state_[1] * 5, 7) * 9, t = state_[1] << 17;
        state_[2] ^= state_[0];
        state_[3] ^= state_[1];
        state_[1] ^= state_[2];
        state_[0] ^= state_[3];
        state_[2] ^= t;
        state_[3] = rotate(state_[3], 45);
        return result;
    }

    /// Uniform in [0, bound), without bias; `bound` > 0.
    constexpr std::uint64_t below(std::uint64_t bound) noexcept {
        const std::uint64_t first_fair = (0 - bound) % bound;
        std::uint64_t draw = (*this)();
        while (draw < first_fair) draw = (*this)();
        return draw % bound;
    }

    /// Uniform in [0, 1), 53 bits.
    constexpr double uniform() noexcept { return static_cast<double>((*this)() >> 11) * 0x1.0p-53; }

    /// Fisher-Yates; O(n).
    template <class T> constexpr void shuffle(std::span<T> values) noexcept {
        for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[below(i)]);
    }

    /// 0 … n - 1 in random order.
    [[nodiscard]] std::vector<std::size_t> permutation(std::size_t n) {
        std::vector<std::size_t> order(n);
        std::iota(order.begin(), order.end(), std::size_t{0});
        shuffle(std::span(order));
        return order;
    }

  private:
    static constexpr std::uint64_t rotate(std::uint64_t x, int k) noexcept { return (x << k) | (x >> (64 - k)); }

    static constexpr std::uint64_t split_mix(std::uint64_t& seed) noexcept {
        std::uint64_t z = (seed += 0x9e3779b97f4a7c15);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }

    static constexpr std::uint64_t mix(std::uint64_t seed, std::string_view purpose) noexcept {
        std::uint64_t hash = 0xcbf29ce484222325 ^ seed; // FNV-1a
        for (const char c : purpose) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
        return split_mix(hash);
    }

    std::uint64_t state_[4]{};
};

} // namespace familiar
