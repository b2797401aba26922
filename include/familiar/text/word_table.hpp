#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

namespace familiar::text {

/// A word of up to 15 bytes as two integers: its bytes, zeros behind, its length in the last byte.
struct ShortWord {
    static constexpr std::size_t kMostBytes = 15;
    static constexpr std::size_t kSize = 16;
    std::uint64_t low = 0, high = 0;

    /// `at` is followed by at least 16 readable bytes. Precondition: length ≤ 15.
    /// @param set bits that are set in every byte of the word: 0x20 for the lower case of letters and digits
    static ShortWord from_padded(const char* at, std::size_t length, unsigned char set = 0) noexcept {
        const std::uint64_t bits = set * std::uint64_t{0x0101010101010101U};
        ShortWord word;
        std::memcpy(&word.low, at, 8);
        std::memcpy(&word.high, at + 8, 8);
        const Kept& kept = kKept[length];
        word.low = (word.low | bits) & kept.low;
        word.high = ((word.high | bits) & kept.high) | kept.length;
        return word;
    }

    /// Precondition: text.size() ≤ 15.
    static ShortWord from(std::string_view text) noexcept {
        char padded[kSize] = {};
        if (!text.empty()) std::memcpy(padded, text.data(), text.size());
        return from_padded(padded, text.size());
    }

    [[nodiscard]] std::size_t length() const noexcept {
        if constexpr (std::endian::native == std::endian::little) return static_cast<std::size_t>(high >> 56);
        return static_cast<std::size_t>(high & 0xFF);
    }

    /// Equal for equal words; the upper bits are the best.
    [[nodiscard]] std::uint64_t hash() const noexcept {
        std::uint64_t hash = (low ^ std::rotl(high, 29)) * 0x9E3779B97F4A7C15U;
        return (hash ^ (hash >> 32)) * 0xD6E8FEB86659FD93U;
    }

    /// All 16 bytes.
    void copy_to(char* bytes) const noexcept {
        std::memcpy(bytes, &low, 8);
        std::memcpy(bytes + 8, &high, 8);
    }

    friend bool operator==(const ShortWord& a, const ShortWord& b) noexcept {
        return ((a.low ^ b.low) | (a.high ^ b.high)) == 0;
    }

  private:
    struct Kept {
        std::uint64_t low, high, length;
    };
    static constexpr std::array<Kept, kSize> kKept = [] {
        const auto mask = [](std::size_t bytes) -> std::uint64_t { // the first `bytes` of eight in memory
            if (bytes >= 8) return ~std::uint64_t{0};
            if constexpr (std::endian::native == std::endian::little) return (std::uint64_t{1} << (8 * bytes)) - 1;
            return ~(~std::uint64_t{0} >> (8 * bytes));
        };
        std::array<Kept, kSize> kept{};
        for (std::size_t n = 0; n < kSize; ++n)
            kept[n] = {mask(n), n > 8 ? mask(n - 8) : 0, std::endian::native == std::endian::little ? n << 56 : n};
        return kept;
    }();
};

/// Words of up to 15 bytes to numbers: read-only after it is filled, open addressing, half full at most. Answers most
/// words of a text with one probe.
class WordTable {
  public:
    static constexpr std::int32_t kNoValue = -1;

    /// @param words how many will be inserted at most
    explicit WordTable(std::size_t words = 0)
        : entries_(std::bit_ceil(words * 2 + 2)), shift_(64 - std::bit_width(entries_.size() - 1)) {}

    /// Keeps the first value of a word.
    void insert(const ShortWord& word, std::int32_t value) noexcept {
        std::size_t at = slot(word);
        while (entries_[at].value != kNoValue) {
            if (entries_[at].word == word) return;
            at = (at + 1) & (entries_.size() - 1);
        }
        entries_[at] = {word, value};
    }

    [[nodiscard]] std::int32_t find(const ShortWord& word) const noexcept {
        for (std::size_t at = slot(word);; at = (at + 1) & (entries_.size() - 1)) {
            const Entry& entry = entries_[at];
            if (entry.value == kNoValue || entry.word == word) return entry.value;
        }
    }

  private:
    struct alignas(32) Entry { // none lies in two cache lines
        ShortWord word;
        std::int32_t value = kNoValue;
    };

    [[nodiscard]] std::size_t slot(const ShortWord& word) const noexcept {
        return static_cast<std::size_t>(word.hash() >> shift_);
    }

    std::vector<Entry> entries_;
    int shift_;
};

} // namespace familiar::text
