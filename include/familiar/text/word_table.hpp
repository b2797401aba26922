#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

namespace familiar::text {

/// A word of up to 16 bytes as two integers, zeros behind.
struct ShortWord {
    static constexpr std::size_t kMostBytes = 16;
    std::uint64_t low = 0, high = 0;
    std::uint32_t length = 0;

    /// `at` is followed by at least 16 readable bytes. Precondition: length ≤ 16.
    static ShortWord from_padded(const char* at, std::size_t length) noexcept {
        ShortWord word;
        std::memcpy(&word.low, at, 8);
        std::memcpy(&word.high, at + 8, 8);
        word.length = static_cast<std::uint32_t>(length);
        if (length <= 8) {
            word.high = 0;
            word.low &= mask(length);
        } else {
            word.high &= mask(length - 8);
        }
        return word;
    }

    /// Precondition: text.size() ≤ 16.
    static ShortWord from(std::string_view text) noexcept {
        char padded[kMostBytes] = {};
        std::memcpy(padded, text.data(), text.size());
        return from_padded(padded, text.size());
    }

    /// A to Z to lower case in all bytes at once. Precondition: all bytes are ASCII.
    void lower_ascii() noexcept {
        low = lowered(low);
        high = lowered(high);
    }

    friend bool operator==(const ShortWord&, const ShortWord&) = default;

  private:
    static std::uint64_t mask(std::size_t bytes) noexcept {
        const std::uint64_t low_bytes = bytes >= 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << (8 * bytes)) - 1;
        if constexpr (std::endian::native == std::endian::little) return low_bytes;
        return bytes >= 8 ? ~std::uint64_t{0} : ~(~std::uint64_t{0} >> (8 * bytes));
    }

    static std::uint64_t lowered(std::uint64_t bytes) noexcept {
        constexpr std::uint64_t kOnes = 0x0101010101010101U;
        const std::uint64_t from_a = bytes + (0x80 - 'A') * kOnes;       // high bit set: at least A
        const std::uint64_t beyond_z = bytes + (0x80 - 'Z' - 1) * kOnes; // high bit set: more than Z
        return bytes | (((from_a & ~beyond_z) & (0x80 * kOnes)) >> 2);
    }
};

/// Words of up to 16 bytes to numbers: read-only after it is filled, open addressing, half full at most. Answers most
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
    struct Entry {
        ShortWord word;
        std::int32_t value = kNoValue;
    };

    [[nodiscard]] std::size_t slot(const ShortWord& word) const noexcept {
        std::uint64_t hash = (word.low ^ std::rotl(word.high, 29)) * 0x9E3779B97F4A7C15U;
        hash = (hash ^ (hash >> 32) ^ word.length) * 0xD6E8FEB86659FD93U;
        return static_cast<std::size_t>(hash >> shift_);
    }

    std::vector<Entry> entries_;
    int shift_;
};

} // namespace familiar::text
