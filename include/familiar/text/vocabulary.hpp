#pragma once

#include <familiar/core/error.hpp>
#include <familiar/text/printable_text.hpp>
#include <familiar/text/word_cache.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::text {

/// Tokens and their ids, both ways. Ids are dense but for a bounded number of holes; a hole has no spelling. All
/// spellings stand in one piece of memory and are found by a flat table: a large vocabulary is read in milliseconds.
class Vocabulary {
  public:
    /// Ids may run ahead of the number of tokens by this much: some published vocabularies have holes, but an absurd id
    /// must not make an absurd table.
    static constexpr std::size_t kMostHoles = 65536;
    /// More tokens than any published vocabulary has; node numbers and scratch sizes rely on it.
    static constexpr std::size_t kMostTokens = std::size_t{1} << 22;

    /// @param expected how many tokens will come: bounds the ids
    explicit Vocabulary(std::size_t expected = 0)
        : slots_(std::bit_ceil(2 * std::min(expected, kMostTokens) + 2)), highest_(expected + kMostHoles) {
        spellings_.reserve(std::min(expected, kMostTokens));
    }

    Vocabulary(const Vocabulary&) = delete;
    Vocabulary& operator=(const Vocabulary&) = delete;
    Vocabulary(Vocabulary&&) noexcept = default;
    Vocabulary& operator=(Vocabulary&&) noexcept = default;
    ~Vocabulary() = default;

    /// @param where for the message of the error: the file and the place in it
    /// @throws Error malformed_model: the id is negative, absurd, or another token's; the token has another id
    void insert(std::string_view token, std::int64_t id, const std::string& where) {
        if (id < 0 || static_cast<std::size_t>(id) >= highest_ || static_cast<std::size_t>(id) >= kMostTokens) {
            throw Error(ErrorCode::malformed_model, "token " + quoted_text(token) + " has the id " + std::to_string(id),
                        where, "Ids run from 0 to about the number of tokens");
        }
        const auto place = static_cast<std::size_t>(id);
        const std::int32_t known = slots_[find_slot(token, hash_of(token))].id;
        if (known != kFree && known != static_cast<std::int32_t>(id)) {
            throw Error(ErrorCode::malformed_model,
                        "token " + quoted_text(token) + " has two ids, " + std::to_string(known) + " and " +
                            std::to_string(id),
                        where);
        }
        if (place < spellings_.size() && spellings_[place].begin != kHole && text_of(spellings_[place]) != token) {
            throw Error(ErrorCode::malformed_model,
                        "the id " + std::to_string(id) + " has two tokens, " + quoted_text(text_of(spellings_[place])) +
                            " and " + quoted_text(token),
                        where);
        }
        insert_duplicate(token, place);
    }

    /// Gives `id`, which has none, a spelling that may be another token's too (files pad their vocabulary so); `find`
    /// keeps the first.
    void insert_duplicate(std::string_view token, std::size_t id) {
        if (id >= spellings_.size()) spellings_.resize(id + 1);
        const std::uint32_t hash = hash_of(token);
        std::size_t at = find_slot(token, hash);
        if (slots_[at].id != kFree) {
            has_duplicates_ = has_duplicates_ || slots_[at].id != static_cast<std::int32_t>(id);
            spellings_[id] = spellings_[static_cast<std::size_t>(slots_[at].id)];
            return;
        }
        spellings_[id] = {bytes_.size(), token.size()};
        bytes_.insert(bytes_.end(), token.begin(), token.end());
        if (++tokens_ * 2 > slots_.size()) {
            widen();
            at = find_slot(token, hash);
        }
        slots_[at] = {hash, static_cast<std::int32_t>(id)};
    }

    /// One more than the highest id.
    [[nodiscard]] std::size_t size() const noexcept { return spellings_.size(); }

    /// Whether any spelling is that of two ids.
    [[nodiscard]] bool has_duplicates() const noexcept { return has_duplicates_; }

    [[nodiscard]] bool contains(std::int32_t id) const noexcept {
        return id >= 0 && static_cast<std::size_t>(id) < spellings_.size() &&
               spellings_[static_cast<std::size_t>(id)].begin != kHole;
    }

    /// The spelling, at hand until another token is inserted; empty for a hole.
    /// @throws Error invalid_token for an id outside [0, size())
    [[nodiscard]] std::string_view token(std::int32_t id) const {
        if (id < 0 || static_cast<std::size_t>(id) >= spellings_.size()) {
            throw Error(ErrorCode::invalid_token, "there is no token " + std::to_string(id), {},
                        "The vocabulary has the ids 0 to " +
                            std::to_string(spellings_.empty() ? 0 : spellings_.size() - 1));
        }
        return text_of(spellings_[static_cast<std::size_t>(id)]);
    }

    [[nodiscard]] std::optional<std::int32_t> find(std::string_view token) const noexcept {
        return find(token, hash_of(token));
    }

    // Who looks for many tokens asks for the table's memory a few of them ahead: most of the time is waiting for it.
    [[nodiscard]] static std::uint32_t hash_of(std::string_view token) noexcept {
        const std::uint64_t hash = WordCache::hash(token);
        return static_cast<std::uint32_t>(hash ^ hash >> 32);
    }
    void prefetch(std::uint32_t hash) const noexcept { __builtin_prefetch(&slots_[hash & (slots_.size() - 1)]); }
    [[nodiscard]] std::optional<std::int32_t> find(std::string_view token, std::uint32_t hash) const noexcept {
        const std::int32_t id = slots_[find_slot(token, hash)].id;
        return id == kFree ? std::nullopt : std::optional(id);
    }

  private:
    static constexpr std::int32_t kFree = -1;
    static constexpr std::size_t kHole = ~std::size_t{0};

    struct Slot {
        std::uint32_t hash = 0;
        std::int32_t id = kFree;
    };
    struct Spelling {
        std::size_t begin = kHole, length = 0; ///< in `bytes_`
    };

    [[nodiscard]] std::string_view text_of(const Spelling& spelling) const noexcept {
        return spelling.begin == kHole ? std::string_view()
                                       : std::string_view(bytes_.data() + spelling.begin, spelling.length);
    }

    /// Where the token stands, or would. The table is never more than half full.
    [[nodiscard]] std::size_t find_slot(std::string_view token, std::uint32_t hash) const noexcept {
        const std::size_t mask = slots_.size() - 1;
        for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
            const Slot& slot = slots_[at];
            if (slot.id == kFree) return at;
            if (slot.hash == hash && text_of(spellings_[static_cast<std::size_t>(slot.id)]) == token) return at;
        }
    }

    void widen() {
        std::vector<Slot> wider(slots_.size() * 2);
        const std::size_t mask = wider.size() - 1;
        for (const Slot& slot : slots_) {
            if (slot.id == kFree) continue;
            std::size_t at = slot.hash & mask;
            while (wider[at].id != kFree) at = (at + 1) & mask;
            wider[at] = slot;
        }
        slots_ = std::move(wider);
    }

    std::vector<Slot> slots_;
    std::vector<Spelling> spellings_;
    std::vector<char> bytes_;
    std::size_t tokens_ = 0; ///< in `slots_`
    std::size_t highest_ = kMostHoles;
    bool has_duplicates_ = false;
};

} // namespace familiar::text
