#pragma once

#include <familiar/text/word_cache.hpp>
#include <familiar/text/word_table.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace familiar::text {

/// The tokens of short words that a thread has met, one cache line a look: what most words of a text ask first. A new
/// word takes the place of one that was not put in last, so that the cache is bounded at 2 MiB and never started anew.
class ShortWordCache {
  public:
    static constexpr std::size_t kMostTokens = 4;
    static constexpr std::int32_t kNone = -1;

    using Tokens = std::array<std::int32_t, kMostTokens>; ///< ids, then kNone; kNone alone: of other tokens than these

    ShortWordCache() : lines_(kLines) {}

    /// The calling thread's cache of an owner (`WordCache::new_owner`). The thread keeps those of the last few owners.
    static ShortWordCache& of(std::uint64_t owner) { return detail::kept_by_thread<ShortWordCache>(owner); }

    /// Null where the word was not met or is forgotten; else valid until the next `insert`. Precondition: not empty.
    [[nodiscard]] const Tokens* find(const ShortWord& word) const noexcept {
        const Line& line = lines_[place(word)];
        if (line[0].word == word) return &line[0].tokens;
        return line[1].word == word ? &line[1].tokens : nullptr;
    }

    /// Lets the processor fetch what `find` will look at.
    void prefetch(const ShortWord& word) const noexcept {
#if defined(__GNUC__)
        __builtin_prefetch(lines_.data() + place(word));
#else
        static_cast<void>(word);
#endif
    }

    /// Precondition: `find` found nothing.
    void insert(const ShortWord& word, const Tokens& tokens) noexcept {
        Line& line = lines_[place(word)];
        line[1] = line[0];
        line[0] = {word, tokens};
    }

    void clear() noexcept { lines_.assign(kLines, Line{}); }

  private:
    static constexpr std::size_t kLines = std::size_t{1} << 15;

    struct Entry {
        ShortWord word; // of length 0: free
        Tokens tokens{};
    };
    struct alignas(64) Line : std::array<Entry, 2> {};

    static std::size_t place(const ShortWord& word) noexcept { return word.hash() >> (64 - 15); }

    std::vector<Line> lines_;
};

} // namespace familiar::text
