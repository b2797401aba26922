#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::text {

/// A set of byte strings with a number each, laid out once for fast walks: a step is one look at one place (Aoe 1989,
/// with the places of a node's children reached by exclusive or). 8 bytes a node.
class DoubleArrayTrie {
  public:
    using Node = std::uint32_t;
    static constexpr Node kRoot = 0;
    static constexpr Node kNone = 0; ///< what `step` gives where there is no edge; never a child
    static constexpr std::int32_t kNoValue = -1;
    static constexpr std::int32_t kLargestValue = (1 << 24) - 3;

    using Entry = std::pair<std::string_view, std::int32_t>;

    DoubleArrayTrie() : units_(kBlock) { units_[kRoot].value_and_label = kUsed; }

    /// @param entries any order; of equal keys the first counts. Keys are not empty; values from 0 to kLargestValue.
    explicit DoubleArrayTrie(std::vector<Entry> entries) : DoubleArrayTrie() {
        std::stable_sort(entries.begin(), entries.end(),
                         [](const Entry& a, const Entry& b) { return a.first < b.first; });
        const auto is_same = [](const Entry& a, const Entry& b) { return a.first == b.first; };
        entries.erase(std::unique(entries.begin(), entries.end(), is_same), entries.end());
        if (!entries.empty()) Builder(*this).build(entries);
    }

    [[nodiscard]] Node step(Node node, unsigned char byte) const noexcept {
        const std::uint32_t child = units_[node].base ^ byte;
        const std::uint32_t found = units_[child].value_and_label;
        const bool is_used = found >= kUsed; // a free place looks like a zero byte's
        return (found & 0xFF) == byte ? child & (0U - is_used) : kNone;
    }

    [[nodiscard]] std::int32_t value(Node node) const noexcept {
        return static_cast<std::int32_t>(units_[node].value_and_label >> 8) - 2;
    }

  private:
    static constexpr std::size_t kBlock = 256;     // places that differ in the byte alone
    static constexpr std::uint32_t kUsed = 1 << 8; // a node without a value

    /// The first block holds the root alone: the children of a node without any are looked for there.
    struct Unit {
        std::uint32_t base = 0;
        std::uint32_t value_and_label = 0; ///< 2 + value in the upper 24 bits, the byte that leads here below; 0: free
    };

    class Builder {
      public:
        explicit Builder(DoubleArrayTrie& trie) : units_(trie.units_) {}

        void build(const std::vector<Entry>& entries) {
            struct Task {
                Node node;
                std::size_t begin, end, depth;
            };
            std::vector<Task> tasks{{kRoot, 0, entries.size(), 0}};
            while (!tasks.empty()) {
                const Task task = tasks.back();
                tasks.pop_back();
                std::array<unsigned char, kBlock> labels;
                std::array<std::size_t, kBlock + 1> begins;
                std::size_t count = 0;
                for (std::size_t i = task.begin; i < task.end; ++i) {
                    const auto label = static_cast<unsigned char>(entries[i].first[task.depth]);
                    if (count > 0 && labels[count - 1] == label) continue;
                    labels[count] = label;
                    begins[count++] = i;
                }
                begins[count] = task.end;
                const std::uint32_t base = place(labels.data(), count);
                units_[task.node].base = base;
                for (std::size_t c = 0; c < count; ++c) {
                    const Node child = base ^ labels[c];
                    std::size_t begin = begins[c];
                    std::uint32_t value = 1;
                    if (entries[begin].first.size() == task.depth + 1)
                        value = static_cast<std::uint32_t>(entries[begin++].second) + 2;
                    units_[child].value_and_label = value << 8 | labels[c];
                    if (begin < begins[c + 1]) tasks.push_back({child, begin, begins[c + 1], task.depth + 1});
                }
            }
        }

      private:
        using Bits = std::array<std::uint64_t, 4>;
        struct Open {
            std::uint32_t start;
            Bits free, unused; ///< places without a node; bases that no node has
        };
        static constexpr std::size_t kMostOpen = 8; // blocks that are tried before a new one is begun

        static bool has(const Bits& bits, unsigned i) noexcept { return (bits[i / 64] >> i % 64 & 1) != 0; }
        static void take(Bits& bits, unsigned i) noexcept { bits[i / 64] &= ~(std::uint64_t{1} << i % 64); }

        /// A base that leads all labels to free places, which are taken.
        std::uint32_t place(const unsigned char* labels, std::size_t count) {
            for (std::size_t i = open_.size(); i-- > 0;) {
                if (const int base = find(open_[i], labels, count); base >= 0) {
                    occupy(open_[i], static_cast<unsigned>(base), labels, count);
                    return open_[i].start + static_cast<std::uint32_t>(base);
                }
            }
            if (open_.size() == kMostOpen) open_.erase(open_.begin());
            constexpr std::uint64_t kAll = ~std::uint64_t{0};
            open_.push_back(
                {static_cast<std::uint32_t>(units_.size()), {kAll, kAll, kAll, kAll}, {kAll, kAll, kAll, kAll}});
            units_.resize(units_.size() + kBlock);
            occupy(open_.back(), 0, labels, count);
            return open_.back().start;
        }

        static int find(const Open& block, const unsigned char* labels, std::size_t count) noexcept {
            for (unsigned word = 0; word < 4; ++word) {
                for (std::uint64_t left = block.free[word]; left != 0; left &= left - 1) {
                    const unsigned base = (word * 64 + static_cast<unsigned>(std::countr_zero(left))) ^ labels[0];
                    if (!has(block.unused, base)) continue;
                    std::size_t fitting = 1;
                    while (fitting < count && has(block.free, base ^ labels[fitting])) ++fitting;
                    if (fitting == count) return static_cast<int>(base);
                }
            }
            return -1;
        }

        static void occupy(Open& block, unsigned base, const unsigned char* labels, std::size_t count) noexcept {
            take(block.unused, base);
            for (std::size_t c = 0; c < count; ++c) take(block.free, base ^ labels[c]);
        }

        std::vector<Unit>& units_;
        std::vector<Open> open_;
    };

    std::vector<Unit> units_;
};

} // namespace familiar::text
