#pragma once

#include <familiar/core/error.hpp>
#include <familiar/text/printable_text.hpp>
#include <familiar/text/vocabulary.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace familiar::text {

/// The WordLevel model of tokenizer.json: a word is a token of the vocabulary, or unknown. O(length).
class WordLevel {
  public:
    static constexpr bool kSpellsUnknown = false;

    /// @param control ids of special tokens: ordinary text never becomes one of them
    /// @param where   file and place of the model, for messages
    /// @throws Error malformed_model: the unknown token is not in the vocabulary
    WordLevel(const Vocabulary& vocabulary, const std::vector<std::int32_t>& control, std::string_view unknown,
              const std::string& where) {
        const auto id = vocabulary.find(unknown);
        if (!id) {
            throw Error(ErrorCode::malformed_model,
                        "the unknown token " + quoted_text(unknown) + " is not in the vocabulary", where,
                        "Add it to `vocab`, or name another `unk_token`");
        }
        unknown_ = *id;
        std::vector<bool> is_control(vocabulary.size());
        for (const std::int32_t one : control) is_control[static_cast<std::size_t>(one)] = true;
        for (std::size_t i = 0; i < vocabulary.size(); ++i) {
            const std::string_view token = vocabulary.token(static_cast<std::int32_t>(i));
            if (!token.empty() && !is_control[i]) words_.emplace(token, static_cast<std::int32_t>(i));
        }
    }

    [[nodiscard]] std::int32_t unknown() const noexcept { return unknown_; }

    /// Calls `put(id, 0, word.size())`.
    template <class Put> void tokenize(std::string_view word, Put&& put) const {
        const auto found = words_.find(word);
        put(found == words_.end() ? unknown_ : found->second, std::size_t{0}, word.size());
    }

  private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
    };

    std::unordered_map<std::string, std::int32_t, Hash, std::equal_to<>> words_;
    std::int32_t unknown_ = 0;
};

} // namespace familiar::text
