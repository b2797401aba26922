#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <vector>

namespace familiar::text {

/// A part of a word that merges have come to: a token, or what is none yet.
struct Symbol {
    std::int32_t id = 0;
    std::uint32_t length = 1; ///< in bytes
    std::uint32_t begin = 0;  ///< in the word
};

/// What two neighbours become, and when: the lowest rank first.
struct Merge {
    static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
    std::uint32_t rank = kNone;
    std::int32_t id = 0;
};

namespace detail {

inline constexpr std::size_t kShortWord = 48; // symbols; beyond, looking at every pair costs more than a heap's upkeep

/// When a symbol and the one behind it are merged: the rank, then the place. In the bits of a number of one exponent,
/// as the least of such numbers is found without a branch, which could not be foretold.
struct MergeTurn {
    double value = kNever;

    MergeTurn() = default;
    MergeTurn(std::uint32_t rank, std::size_t place) noexcept
        : value(std::bit_cast<double>(kExponent | std::uint64_t{rank} << 6 | place)) {}

    [[nodiscard]] bool is_never() const noexcept { return value >= kNever; }
    [[nodiscard]] std::size_t place() const noexcept {
        return static_cast<std::size_t>(std::bit_cast<std::uint64_t>(value) % 64);
    }
    void keep_least(const MergeTurn& other) noexcept { value = other.value < value ? other.value : value; }

  private:
    static constexpr std::uint64_t kExponent = 0x4330000000000000U;
    static constexpr double kNever = std::bit_cast<double>(kExponent | std::uint64_t{Merge::kNone} << 6);
};

template <class First, class Find> void merge_by_scan(std::vector<Symbol>& symbols, First&& first, Find&& find) {
    const std::size_t count = symbols.size();
    if (count < 2) return;
    std::array<MergeTurn, kShortWord> turns; // the last symbol's never comes
    std::array<std::int32_t, kShortWord> ids;
    const auto note = [&](std::size_t i, const Merge& merge) {
        turns[i] = MergeTurn(merge.rank, i);
        ids[i] = merge.id;
    };
    for (std::size_t i = 0; i + 1 < count; ++i) note(i, first(i));
    const std::size_t half = count / 2;
    std::uint64_t left = (std::uint64_t{1} << count) - 1; // symbols that were not merged away
    for (;;) {
        MergeTurn least, other; // two chains; of an odd number the last one, which never comes, is left out
        for (std::size_t i = 0; i < half; ++i) {
            least.keep_least(turns[i]);
            other.keep_least(turns[half + i]);
        }
        least.keep_least(other);
        if (least.is_never()) break;
        const std::size_t best = least.place();
        const std::uint64_t behind = left & (~std::uint64_t{1} << best);
        const std::uint64_t before = left & ((std::uint64_t{1} << best) - 1);
        const auto gone = static_cast<std::size_t>(std::countr_zero(behind));
        symbols[best].id = ids[best];
        symbols[best].length += symbols[gone].length;
        turns[gone] = MergeTurn();
        left &= ~(std::uint64_t{1} << gone);
        if (const std::uint64_t next = behind & (behind - 1); next != 0) {
            note(best, find(symbols[best], symbols[static_cast<std::size_t>(std::countr_zero(next))]));
        } else {
            turns[best] = MergeTurn();
        }
        if (before != 0) {
            const auto previous = static_cast<std::size_t>(std::bit_width(before)) - 1;
            note(previous, find(symbols[previous], symbols[best]));
        }
    }
    std::size_t kept = 0;
    for (; left != 0; left &= left - 1) symbols[kept++] = symbols[static_cast<std::size_t>(std::countr_zero(left))];
    symbols.resize(kept);
}

struct MergeCandidate {
    std::uint32_t rank, left, right;
    std::uint32_t left_length, right_length;
    std::int32_t id;
    bool operator>(const MergeCandidate& other) const noexcept {
        return rank != other.rank ? rank > other.rank : left > other.left;
    }
};

/// The memory of `merge_by_heap`, kept for the next word.
struct MergeScratch {
    std::vector<std::uint32_t> previous, next;
    std::vector<MergeCandidate> heap;
};

template <class Find> void merge_by_heap(std::vector<Symbol>& symbols, Find&& find) {
    constexpr std::uint32_t kEnd = std::numeric_limits<std::uint32_t>::max();
    thread_local MergeScratch scratch;
    auto& [previous, next, heap] = scratch;
    const auto count = static_cast<std::uint32_t>(symbols.size());
    previous.resize(count);
    next.resize(count);
    heap.clear();
    const auto push = [&](std::uint32_t left, std::uint32_t right) {
        const Merge merge = find(symbols[left], symbols[right]);
        if (merge.rank == Merge::kNone) return;
        heap.push_back({merge.rank, left, right, symbols[left].length, symbols[right].length, merge.id});
        std::push_heap(heap.begin(), heap.end(), std::greater<>());
    };
    for (std::uint32_t i = 0; i < count; ++i) {
        previous[i] = i == 0 ? kEnd : i - 1;
        next[i] = i + 1 == count ? kEnd : i + 1;
        if (i + 1 < count) push(i, i + 1);
    }
    while (!heap.empty()) {
        std::pop_heap(heap.begin(), heap.end(), std::greater<>());
        const MergeCandidate best = heap.back();
        heap.pop_back();
        Symbol &left = symbols[best.left], &right = symbols[best.right];
        // A candidate is stale once either side has grown or been merged away, which leaves a length of 0.
        if (left.length != best.left_length || right.length != best.right_length) continue;
        left.id = best.id;
        left.length += right.length;
        right.length = 0;
        next[best.left] = next[best.right];
        if (next[best.left] != kEnd) {
            previous[next[best.left]] = best.left;
            push(best.left, next[best.left]);
        }
        if (previous[best.left] != kEnd) push(previous[best.left], best.left);
    }
    std::erase_if(symbols, [](const Symbol& symbol) { return symbol.length == 0; });
}

} // namespace detail

/// Merges the symbols of a word in place: always the pair of the lowest rank, the leftmost first.
/// O(n²) for short words, O(n log n) for long ones.
/// @param find gives the `Merge` of two neighbours
/// @param first gives the `Merge` of symbols i and i + 1 as they are given, where that is known faster; for short words
template <class First, class Find> void merge_symbols(std::vector<Symbol>& symbols, First&& first, Find&& find) {
    symbols.size() <= detail::kShortWord ? detail::merge_by_scan(symbols, first, find)
                                         : detail::merge_by_heap(symbols, find);
}

template <class Find> void merge_symbols(std::vector<Symbol>& symbols, Find&& find) {
    merge_symbols(
        symbols, [&](std::size_t i) { return find(symbols[i], symbols[i + 1]); }, find);
}

} // namespace familiar::text
