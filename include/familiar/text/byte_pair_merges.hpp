#pragma once

#include <familiar/core/error.hpp>
#include <familiar/text/merge_symbols.hpp>
#include <familiar/text/printable_text.hpp>
#include <familiar/text/vocabulary.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::text {

/// Pairs of tokens in the order of their ranks.
using MergeList = std::vector<std::pair<std::string_view, std::string_view>>;

/// The merges of byte-pair encoding (Sennrich et al. 2016): always the pair of the lowest rank, the leftmost first.
class BytePairMerges {
  public:
    static constexpr std::uint32_t kNone = Merge::kNone;

    /// @param merges how many will be inserted at most
    explicit BytePairMerges(std::size_t merges = 0)
        : entries_(std::bit_ceil(merges * 2 + 2)), shift_(64 - std::bit_width(entries_.size() - 1)) {}

    /// @param merges in the order of their ranks
    /// @param where  file and place of the merges, for messages
    /// @param prefix bytes of the right token that the merged one does not repeat: those of a continuation's prefix
    /// @throws Error malformed_model: a merge of tokens, or into a token, that the vocabulary lacks
    BytePairMerges(const Vocabulary& vocabulary, const MergeList& merges, const std::string& where,
                   std::size_t prefix = 0)
        : BytePairMerges(merges.size()) {
        std::string merged;
        std::int32_t last = -1;
        const auto require = [&](std::optional<std::int32_t> id, std::string_view token, std::size_t rank) {
            if (id) return *id;
            throw Error(ErrorCode::malformed_model,
                        "the vocabulary lacks the token " + quoted_text(token) + " of a merge",
                        where + "[" + std::to_string(rank) + "]");
        };
        constexpr std::size_t kBlock = 32; // merges whose memory is asked for together
        std::array<std::uint32_t, 2 * kBlock> hashes;
        std::array<std::optional<std::int32_t>, 2 * kBlock> ids;
        for (std::size_t begin = 0; begin < merges.size(); begin += kBlock) {
            const std::size_t count = std::min(kBlock, merges.size() - begin);
            for (std::size_t i = 0; i < 2 * count; ++i) {
                const auto& [left, right] = merges[begin + i / 2];
                hashes[i] = Vocabulary::hash_of(i % 2 == 0 ? left : right);
                vocabulary.prefetch(hashes[i]);
            }
            for (std::size_t i = 0; i < count; ++i) {
                const auto& [left, right] = merges[begin + i];
                ids[2 * i] = vocabulary.find(left, hashes[2 * i]);
                ids[2 * i + 1] = vocabulary.find(right, hashes[2 * i + 1]);
                if (ids[2 * i] && ids[2 * i + 1]) {
                    __builtin_prefetch(&entries_[slot(key_of(*ids[2 * i], *ids[2 * i + 1]))], 1);
                }
            }
            for (std::size_t i = 0; i < count; ++i) {
                const std::size_t rank = begin + i;
                const auto& [left, right] = merges[rank];
                const std::int32_t first = require(ids[2 * i], left, rank),
                                   second = require(ids[2 * i + 1], right, rank);
                const std::string_view rest = right.substr(std::min(prefix, right.size()));
                // Most vocabularies number what merges give in the order of the merges: no search then.
                const bool follows = !vocabulary.has_duplicates() && vocabulary.contains(last + 1) &&
                                     is_joined(vocabulary.token(last + 1), left, rest);
                if (!follows) merged.assign(left).append(rest);
                last = follows ? last + 1 : require(vocabulary.find(merged), merged, rank);
                insert(first, second, static_cast<std::uint32_t>(rank), last);
            }
        }
    }

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
        const std::size_t mask = entries_.size() - 1;
        const auto is_other = [&](std::size_t at) {
            return (int{entries_[at].merge.rank != kNone} & int{entries_[at].key != key}) != 0;
        };
        std::size_t at = slot(key);
        at = (at + (is_other(at) ? 1 : 0)) & mask; // no branch: whether the first place is taken cannot be foretold
        while (is_other(at)) at = (at + 1) & mask;
        return entries_[at].merge;
    }

    /// Merges the symbols of a word in place. O(n²) for short words, O(n log n) for long ones.
    void apply(std::vector<Symbol>& symbols) const {
        merge_symbols(symbols, [this](const Symbol& left, const Symbol& right) { return find(left.id, right.id); });
    }

    /// The same where what the given symbols i and i + 1 become is known without a search: `first(i)`.
    template <class First> void apply(std::vector<Symbol>& symbols, First&& first) const {
        merge_symbols(symbols, first,
                      [this](const Symbol& left, const Symbol& right) { return find(left.id, right.id); });
    }

  private:
    struct Entry {
        std::uint64_t key = 0;
        Merge merge;
    };

    static bool is_joined(std::string_view whole, std::string_view left, std::string_view right) noexcept {
        return whole.size() == left.size() + right.size() && whole.starts_with(left) && whole.ends_with(right);
    }

    static std::uint64_t key_of(std::int32_t left, std::int32_t right) noexcept {
        return (static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32) | static_cast<std::uint32_t>(right);
    }

    [[nodiscard]] std::size_t slot(std::uint64_t key) const noexcept {
        key *= 0x9E3779B97F4A7C15U;
        key = (key ^ (key >> 32)) * 0xD6E8FEB86659FD93U;
        return static_cast<std::size_t>(key >> shift_);
    }

    std::vector<Entry> entries_;
    int shift_;
};

} // namespace familiar::text
