#pragma once

#include <familiar/decoder/key_value_store.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace familiar::decoder {

/// Keys and values of the beginnings that sequences share, each held once: a bounded list, the longest unused one is
/// dropped first. A beginning serves every sequence that starts with some of its tokens, for as many as agree.
class PrefixCache {
  public:
    /// A kept beginning, and how many of its tokens agree with what was looked for.
    struct Match {
        std::shared_ptr<const KeyValueStore> store;
        std::size_t tokens = 0;
    };

    /// @param entries at least 1
    /// @param bytes   of keys and values in all; a single larger beginning is kept nevertheless
    explicit PrefixCache(std::size_t entries = 8, std::size_t bytes = std::size_t{1} << 30)
        : most_entries_(std::max<std::size_t>(entries, 1)), most_bytes_(bytes) {}

    /// The beginning that agrees longest with `tokens`; no store where none has the first token. O(entries · tokens).
    /// @param regime of its keys, see `CausalModel::regime`
    [[nodiscard]] Match find(std::span<const std::int32_t> tokens, std::size_t regime = 0) {
        std::size_t best = 0, at = entries_.size();
        for (std::size_t i = 0; i < entries_.size(); ++i) {
            if (entries_[i].regime != regime) continue;
            const auto& kept = entries_[i].tokens;
            const auto parts = std::mismatch(kept.begin(), kept.end(), tokens.begin(), tokens.end()).first;
            const auto common = static_cast<std::size_t>(parts - kept.begin());
            if (common > best) best = common, at = i;
        }
        if (at == entries_.size()) return {};
        entries_[at].used = ++clock_;
        return {entries_[at].store, best};
    }

    /// Keeps `store`, filled with `tokens`; beginnings of it are dropped, as it stands for them too.
    void insert(std::vector<std::int32_t> tokens, std::shared_ptr<const KeyValueStore> store, std::size_t regime = 0) {
        std::erase_if(entries_, [&](const Entry& entry) {
            return entry.regime == regime && entry.tokens.size() <= tokens.size() &&
                   std::equal(entry.tokens.begin(), entry.tokens.end(), tokens.begin());
        });
        entries_.push_back({std::move(tokens), std::move(store), regime, ++clock_});
        while (entries_.size() > 1 && (entries_.size() > most_entries_ || bytes() > most_bytes_)) {
            entries_.erase(std::min_element(entries_.begin(), entries_.end(),
                                            [](const Entry& a, const Entry& b) { return a.used < b.used; }));
        }
    }

    void clear() noexcept { entries_.clear(); }
    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
    [[nodiscard]] std::size_t bytes() const noexcept {
        std::size_t sum = 0;
        for (const auto& entry : entries_) sum += entry.store->bytes();
        return sum;
    }

    /// A kept beginning.
    struct Entry {
        std::vector<std::int32_t> tokens;
        std::shared_ptr<const KeyValueStore> store;
        std::size_t regime;
        std::uint64_t used; ///< a clock of uses
    };

    /// Shows each, the longest unused first.
    template <class Visitor> void visit(Visitor&& visitor) const {
        std::vector<const Entry*> order;
        for (const auto& entry : entries_) order.push_back(&entry);
        std::sort(order.begin(), order.end(), [](const Entry* a, const Entry* b) { return a->used < b->used; });
        for (const auto* const entry : order) visitor(*entry);
    }

  private:
    std::size_t most_entries_, most_bytes_;
    std::vector<Entry> entries_;
    std::uint64_t clock_ = 0;
};

} // namespace familiar::decoder
