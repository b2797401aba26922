#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <queue>
#include <utility>
#include <vector>

namespace familiar::text {

/// The merges of byte-pair encoding (Sennrich et al. 2016): always the pair of the lowest rank, the leftmost first.
class BytePairMerges {
  public:
    struct Merge {
        std::uint32_t rank = kNone;
        std::int32_t id = 0; ///< what the pair becomes
    };
    static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

    /// @param merges how many will be inserted at most
    explicit BytePairMerges(std::size_t merges = 0)
        : entries_(std::bit_ceil(merges * 2 + 2)), shift_(64 - std::bit_width(entries_.size() - 1)) {}

    /// Keeps the first rank of a pair. The rank is the number of pairs so far.
    void insert(std::int32_t left, std::int32_t right, std::uint32_t rank, std::int32_t id) noexcept {
        const std::uint64_t key = key_of(left, right);
        std::size_t at = slot(key);
        while (entries_[at].merge.rank != kNone) {
            if (entries_[at].key == key) return;
            at = (at + 1) & (entries_.size() - 1);
        }
        entries_[at] = {key, {rank, id}};
    }

    [[nodiscard]] Merge find(std::int32_t left, std::int32_t right) const noexcept {
        const std::uint64_t key = key_of(left, right);
        for (std::size_t at = slot(key);; at = (at + 1) & (entries_.size() - 1)) {
            const Entry& entry = entries_[at];
            if (entry.merge.rank == kNone || entry.key == key) return entry.merge;
        }
    }

    struct Symbol {
        std::int32_t id = 0;
        std::uint32_t length = 1; ///< in bytes
    };

    /// Merges the symbols of a word in place. O(n²) for short words, O(n log n) for long ones.
    void apply(std::vector<Symbol>& symbols) const {
        if (symbols.size() <= kShort) {
            apply_by_scan(symbols);
        } else {
            apply_by_heap(symbols);
        }
    }

  private:
    static constexpr std::size_t kShort = 48; // where the heap's upkeep costs more than looking at every pair

    struct Entry {
        std::uint64_t key = 0;
        Merge merge;
    };

    static std::uint64_t key_of(std::int32_t left, std::int32_t right) noexcept {
        return (static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32) | static_cast<std::uint32_t>(right);
    }

    [[nodiscard]] std::size_t slot(std::uint64_t key) const noexcept {
        key *= 0x9E3779B97F4A7C15U;
        key = (key ^ (key >> 32)) * 0xD6E8FEB86659FD93U;
        return static_cast<std::size_t>(key >> shift_);
    }

    void apply_by_scan(std::vector<Symbol>& symbols) const {
        Merge next[kShort]; // next[i]: of symbols i and i + 1
        std::size_t count = symbols.size();
        for (std::size_t i = 0; i + 1 < count; ++i) next[i] = find(symbols[i].id, symbols[i + 1].id);
        while (count > 1) {
            std::size_t best = 0;
            for (std::size_t i = 1; i + 1 < count; ++i) {
                if (next[i].rank < next[best].rank) best = i;
            }
            if (next[best].rank == kNone) break;
            symbols[best] = {next[best].id, symbols[best].length + symbols[best + 1].length};
            --count;
            for (std::size_t i = best + 1; i < count; ++i) {
                symbols[i] = symbols[i + 1];
                next[i] = next[i + 1];
            }
            if (best + 1 < count) next[best] = find(symbols[best].id, symbols[best + 1].id);
            if (best > 0) next[best - 1] = find(symbols[best - 1].id, symbols[best].id);
        }
        symbols.resize(count);
    }

    struct Candidate {
        std::uint32_t rank, left, right;
        std::int32_t left_id, right_id, id;
        bool operator>(const Candidate& other) const noexcept {
            return rank != other.rank ? rank > other.rank : left > other.left;
        }
    };

    void apply_by_heap(std::vector<Symbol>& symbols) const {
        constexpr std::uint32_t kEnd = std::numeric_limits<std::uint32_t>::max();
        const auto count = static_cast<std::uint32_t>(symbols.size());
        std::vector<std::uint32_t> previous(count), next(count);
        std::vector<Candidate> storage;
        storage.reserve(count);
        std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> heap({}, std::move(storage));
        const auto push = [&](std::uint32_t left, std::uint32_t right) {
            const Merge merge = find(symbols[left].id, symbols[right].id);
            if (merge.rank != kNone)
                heap.push({merge.rank, left, right, symbols[left].id, symbols[right].id, merge.id});
        };
        for (std::uint32_t i = 0; i < count; ++i) {
            previous[i] = i == 0 ? kEnd : i - 1;
            next[i] = i + 1 == count ? kEnd : i + 1;
            if (i + 1 < count) push(i, i + 1);
        }
        while (!heap.empty()) {
            const Candidate best = heap.top();
            heap.pop();
            // A candidate is stale once either side has been merged: a merged-away symbol has length 0.
            if (symbols[best.left].length == 0 || symbols[best.right].length == 0 ||
                symbols[best.left].id != best.left_id || symbols[best.right].id != best.right_id ||
                next[best.left] != best.right) {
                continue;
            }
            symbols[best.left] = {best.id, symbols[best.left].length + symbols[best.right].length};
            symbols[best.right].length = 0;
            next[best.left] = next[best.right];
            if (next[best.left] != kEnd) {
                previous[next[best.left]] = best.left;
                push(best.left, next[best.left]);
            }
            if (previous[best.left] != kEnd) push(previous[best.left], best.left);
        }
        std::size_t kept = 0;
        for (const Symbol& symbol : symbols) {
            if (symbol.length != 0) symbols[kept++] = symbol;
        }
        symbols.resize(kept);
    }

    std::vector<Entry> entries_;
    int shift_;
};

} // namespace familiar::text
