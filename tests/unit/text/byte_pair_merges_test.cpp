#include <familiar/core/random.hpp>
#include <familiar/text/byte_pair_merges.hpp>

#include <catch2/catch.hpp>

#include <map>
#include <utility>
#include <vector>

using namespace familiar;
using text::BytePairMerges;

namespace {

/// The definition, word for word: look for the pair of the lowest rank, merge its leftmost occurrence, again.
std::vector<std::int32_t> by_definition(std::vector<std::int32_t> ids,
                                        const std::map<std::pair<int, int>, std::pair<int, int>>& merges) {
    for (;;) {
        std::size_t best = ids.size();
        int rank = 0;
        for (std::size_t i = 0; i + 1 < ids.size(); ++i) {
            const auto found = merges.find({ids[i], ids[i + 1]});
            if (found != merges.end() && (best == ids.size() || found->second.first < rank)) {
                best = i;
                rank = found->second.first;
            }
        }
        if (best == ids.size()) return ids;
        ids[best] = merges.at({ids[best], ids[best + 1]}).second;
        ids.erase(ids.begin() + static_cast<std::ptrdiff_t>(best) + 1);
    }
}

} // namespace

TEST_CASE("Merging follows the definition for short words and long ones", "[text]") {
    Random random(11, "merges");
    for (int round = 0; round < 300; ++round) {
        const int letters = 2 + static_cast<int>(random.below(4));
        std::map<std::pair<int, int>, std::pair<int, int>> pairs;
        BytePairMerges merges(60);
        int next = letters;
        for (int rank = 0; rank < 60; ++rank) {
            const auto left = static_cast<int>(random.below(static_cast<std::uint64_t>(next)));
            const auto right = static_cast<int>(random.below(static_cast<std::uint64_t>(next)));
            if (!pairs.emplace(std::pair(left, right), std::pair(rank, next)).second) continue;
            merges.insert(left, right, static_cast<std::uint32_t>(rank), next++);
        }
        const std::size_t length = 1 + random.below(round % 2 == 0 ? 48 : 300);
        std::vector<std::int32_t> ids;
        std::vector<text::Symbol> symbols;
        for (std::size_t i = 0; i < length; ++i) {
            ids.push_back(static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(letters))));
            symbols.push_back({ids.back(), 1, static_cast<std::uint32_t>(i)});
        }
        merges.apply(symbols);
        std::vector<std::int32_t> got;
        std::size_t bytes = 0;
        for (const auto& symbol : symbols) {
            got.push_back(symbol.id);
            bytes += symbol.length;
        }
        REQUIRE(got == by_definition(ids, pairs));
        REQUIRE(bytes == length);
    }
}

TEST_CASE("A pair without a merge has no rank", "[text]") {
    BytePairMerges merges(1);
    merges.insert(1, 2, 0, 3);
    CHECK(merges.find(1, 2).id == 3);
    CHECK(merges.find(2, 1).rank == BytePairMerges::kNone);
    CHECK(BytePairMerges().find(0, 0).rank == BytePairMerges::kNone);
}
