#pragma once

#include <familiar/core/error.hpp>
#include <familiar/text/printable_text.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace familiar::text {

/// Tokens and their ids, both ways. Ids are dense but for a bounded number of holes; a hole has no spelling.
class Vocabulary {
  public:
    /// Ids may run ahead of the number of tokens by this much: some published vocabularies have holes, but an absurd id
    /// must not make an absurd table.
    static constexpr std::size_t kMostHoles = 65536;
    /// More tokens than any published vocabulary has; node numbers and scratch sizes rely on it.
    static constexpr std::size_t kMostTokens = std::size_t{1} << 22;

    /// @param expected how many tokens will come: bounds the ids
    explicit Vocabulary(std::size_t expected = 0) : highest_(expected + kMostHoles) { ids_.reserve(expected); }

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
        if (place >= spellings_.size()) spellings_.resize(place + 1, nullptr);
        const auto [entry, is_new] = ids_.try_emplace(std::string(token), static_cast<std::int32_t>(id));
        if (!is_new && entry->second != static_cast<std::int32_t>(id)) {
            throw Error(ErrorCode::malformed_model,
                        "token " + quoted_text(token) + " has two ids, " + std::to_string(entry->second) + " and " +
                            std::to_string(id),
                        where);
        }
        if (spellings_[place] != nullptr && *spellings_[place] != token) {
            throw Error(ErrorCode::malformed_model,
                        "the id " + std::to_string(id) + " has two tokens, " + quoted_text(*spellings_[place]) +
                            " and " + quoted_text(token),
                        where);
        }
        spellings_[place] = &entry->first;
    }

    /// Gives `id` a spelling that may be another token's too (files pad their vocabulary so); `find` keeps the first.
    void insert_duplicate(std::string_view token, std::size_t id) {
        if (id >= spellings_.size()) spellings_.resize(id + 1, nullptr);
        spellings_[id] = &ids_.try_emplace(std::string(token), static_cast<std::int32_t>(id)).first->first;
    }

    /// One more than the highest id.
    [[nodiscard]] std::size_t size() const noexcept { return spellings_.size(); }

    [[nodiscard]] bool contains(std::int32_t id) const noexcept {
        return id >= 0 && static_cast<std::size_t>(id) < spellings_.size() &&
               spellings_[static_cast<std::size_t>(id)] != nullptr;
    }

    /// The spelling; empty for a hole. @throws Error invalid_token for an id outside [0, size())
    [[nodiscard]] std::string_view token(std::int32_t id) const {
        if (id < 0 || static_cast<std::size_t>(id) >= spellings_.size()) {
            throw Error(ErrorCode::invalid_token, "there is no token " + std::to_string(id), {},
                        "The vocabulary has the ids 0 to " +
                            std::to_string(spellings_.empty() ? 0 : spellings_.size() - 1));
        }
        const std::string* const spelling = spellings_[static_cast<std::size_t>(id)];
        return spelling != nullptr ? std::string_view(*spelling) : std::string_view();
    }

    [[nodiscard]] std::optional<std::int32_t> find(std::string_view token) const {
        const auto found = ids_.find(token);
        return found == ids_.end() ? std::nullopt : std::optional(found->second);
    }

  private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
    };

    std::unordered_map<std::string, std::int32_t, Hash, std::equal_to<>> ids_;
    std::vector<const std::string*> spellings_; // into ids_, whose nodes stay where they are
    std::size_t highest_ = kMostHoles;
};

} // namespace familiar::text
