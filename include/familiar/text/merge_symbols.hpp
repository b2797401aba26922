#pragma once

#include <algorithm>
#include <array>
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

template <class Find> void merge_by_scan(std::vector<Symbol>& symbols, Find&& find) {
    // Of symbols i and i + 1; filled as far as there are symbols.
    std::array<std::uint32_t, kShortWord> ranks;
    std::array<std::int32_t, kShortWord> ids;
    const auto look = [&](std::size_t i) {
        const Merge merge = find(symbols[i], symbols[i + 1]);
        ranks[i] = merge.rank;
        ids[i] = merge.id;
    };
    std::size_t count = symbols.size();
    for (std::size_t i = 0; i + 1 < count; ++i) look(i);
    while (count > 1) {
        std::size_t best = 0;
        for (std::size_t i = 1; i + 1 < count; ++i) {
            if (ranks[i] < ranks[best]) best = i;
        }
        if (ranks[best] == Merge::kNone) break;
        symbols[best].id = ids[best];
        symbols[best].length += symbols[best + 1].length;
        --count;
        for (std::size_t i = best + 1; i < count; ++i) { // what stands behind the last pair is not read
            symbols[i] = symbols[i + 1];
            ranks[i] = ranks[i + 1];
            ids[i] = ids[i + 1];
        }
        if (best + 1 < count) look(best);
        if (best > 0) look(best - 1);
    }
    symbols.resize(count);
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
template <class Find> void merge_symbols(std::vector<Symbol>& symbols, Find&& find) {
    symbols.size() <= detail::kShortWord ? detail::merge_by_scan(symbols, find) : detail::merge_by_heap(symbols, find);
}

} // namespace familiar::text
