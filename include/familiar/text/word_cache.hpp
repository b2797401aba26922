#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::text {

namespace detail {

/// The calling thread's cache of an owner; those of the last four owners are kept.
template <class Cache> Cache& kept_by_thread(std::uint64_t owner) {
    thread_local std::array<std::pair<std::uint64_t, std::unique_ptr<Cache>>, 4> kept;
    if (kept.front().first == owner) return *kept.front().second;
    // Its own, else the last one: what was not used for the longest time.
    const auto found = std::find_if(kept.begin(), kept.end() - 1, [&](const auto& k) { return k.first == owner; });
    if (found->first != owner) {
        if (found->second) {
            found->second->clear();
        } else {
            found->second = std::make_unique<Cache>();
        }
        found->first = owner;
    }
    std::rotate(kept.begin(), found, found + 1);
    return *kept.front().second;
}

} // namespace detail

/// The tokens of words that a thread has met: real text says the same words again and again. Bounded: when it is full
/// it starts anew, so that a text of ever new words costs time but no memory. What it answers is what was put in, so
/// results do not depend on it.
class WordCache {
  public:
    static constexpr std::size_t kLongestWord = 64; ///< in bytes; longer ones hardly come again
    static constexpr std::size_t kMostTokens = 64;

    struct Token {
        std::int32_t id = 0;
        std::uint16_t begin = 0, end = 0; ///< bytes of the word
    };

    WordCache() : slots_(kSlots) {}

    /// A number that no other owner of caches has.
    static std::uint64_t new_owner() noexcept {
        static std::atomic<std::uint64_t> count{0};
        return ++count;
    }

    /// The calling thread's cache of an owner. The thread keeps those of the last few owners.
    static WordCache& of(std::uint64_t owner) { return detail::kept_by_thread<WordCache>(owner); }

    static std::uint64_t hash(std::string_view word) noexcept {
        const std::size_t size = word.size();
        const char* const at = word.data();
        std::uint64_t state = size * kOdd;
        if (size >= 8) {
            for (std::size_t i = 0; i + 8 < size; i += 8) state = mix(state ^ load<std::uint64_t>(at + i));
            state = mix(state ^ load<std::uint64_t>(at + size - 8));
        } else if (size >= 4) {
            state = mix(state ^ (load<std::uint32_t>(at) | std::uint64_t{load<std::uint32_t>(at + size - 4)} << 32));
        } else if (size > 0) {
            const auto byte = [&](std::size_t i) { return std::uint64_t{static_cast<unsigned char>(at[i])}; };
            state = mix(state ^ (byte(0) | byte(size / 2) << 8 | byte(size - 1) << 16));
        }
        return state;
    }

    struct Found {
        const Token* tokens = nullptr; ///< null: not met
        std::size_t count = 0;
    };

    /// Valid until the next `insert`.
    [[nodiscard]] Found find(std::string_view word, std::uint64_t hash) const noexcept {
        for (std::size_t at = hash & (kSlots - 1);; at = (at + 1) & (kSlots - 1)) {
            const Slot slot = slots_[at];
            if (slot.place == 0) return {};
            if (slot.tag != static_cast<std::uint32_t>(hash >> 32)) continue;
            const Record& record = *reinterpret_cast<const Record*>(memory_.data() + slot.place);
            if (record.size == word.size() &&
                std::memcmp(memory_.data() + slot.place + 1, word.data(), word.size()) == 0)
                return {reinterpret_cast<const Token*>(memory_.data() + slot.place + 1 + words_for(record.size)),
                        record.count};
        }
    }

    /// Precondition: `find` found nothing; the word and its tokens are within the limits.
    void insert(std::string_view word, std::uint64_t hash, std::span<const Token> tokens) {
        const std::size_t needed = 1 + words_for(word.size()) + tokens.size();
        if (count_ >= kSlots / 2 || memory_.size() + needed > kMostMemory) clear();
        if (memory_.empty()) memory_.resize(1); // place 0 says that a slot is free
        const std::size_t place = memory_.size();
        memory_.resize(place + needed);
        const Record record{static_cast<std::uint32_t>(word.size()), static_cast<std::uint32_t>(tokens.size())};
        std::memcpy(memory_.data() + place, &record, sizeof record);
        std::memcpy(memory_.data() + place + 1, word.data(), word.size());
        if (!tokens.empty())
            std::memcpy(memory_.data() + place + 1 + words_for(word.size()), tokens.data(), tokens.size_bytes());
        std::size_t at = hash & (kSlots - 1);
        while (slots_[at].place != 0) at = (at + 1) & (kSlots - 1);
        slots_[at] = {static_cast<std::uint32_t>(hash >> 32), static_cast<std::uint32_t>(place)};
        ++count_;
    }

    void clear() noexcept {
        std::fill(slots_.begin(), slots_.end(), Slot{});
        memory_.clear();
        count_ = 0;
    }

  private:
    static constexpr std::size_t kSlots = std::size_t{1} << 16;
    static constexpr std::size_t kMostMemory = std::size_t{1}
                                               << 18; // of 8 bytes: 2 MiB, what a second-level cache holds
    static constexpr std::uint64_t kOdd = 0x9E3779B97F4A7C15U;

    struct Slot {
        std::uint32_t tag = 0, place = 0;
    };
    struct Record {
        std::uint32_t size, count;
    };
    static_assert(sizeof(Token) == 8 && sizeof(Record) == 8);

    static std::size_t words_for(std::size_t bytes) noexcept { return (bytes + 7) / 8; }

    template <class T> static T load(const char* at) noexcept {
        T value;
        std::memcpy(&value, at, sizeof value);
        return value;
    }

    static std::uint64_t mix(std::uint64_t state) noexcept {
        state *= kOdd;
        return (state ^ (state >> 29)) * 0xD6E8FEB86659FD93U ^ (state >> 32);
    }

    std::vector<Slot> slots_;
    std::vector<std::uint64_t> memory_; // records: sizes, the word's bytes, its tokens
    std::size_t count_ = 0;
};

} // namespace familiar::text
