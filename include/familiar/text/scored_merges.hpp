#pragma once

#include <familiar/text/merge_symbols.hpp>
#include <familiar/text/vocabulary.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace familiar::text {

/// SentencePiece's merges: two symbols become the token that they spell together, the one of the highest score first.
class ScoredMerges {
  public:
    /// @param scores  of every id; NaN counts as the lowest
    /// @param skipped ids that nothing is merged into
    ScoredMerges(const Vocabulary& vocabulary, const std::vector<float>& scores, const std::vector<bool>& skipped) {
        words_.reserve(vocabulary.size());
        for (std::size_t i = 0; i < vocabulary.size(); ++i) {
            const auto id = static_cast<std::int32_t>(i);
            const std::string_view token = vocabulary.token(id);
            if (token.empty() || skipped[i] || vocabulary.find(token) != id) continue;
            words_.emplace(token, Merge{rank_of(scores[i]), id});
        }
    }

    [[nodiscard]] Merge operator()(const Symbol&, const Symbol&, std::string_view joined) const noexcept {
        const auto found = words_.find(joined);
        return found == words_.end() ? Merge{} : found->second;
    }

  private:
    /// Falls as the score rises; equal for equal scores. Never `Merge::kNone`.
    static std::uint32_t rank_of(float score) noexcept {
        if (!(score == score)) return Merge::kNone - 1;
        const auto bits = std::bit_cast<std::uint32_t>(score + 0.0F); // one zero
        const std::uint32_t rising = (bits & 0x80000000U) != 0 ? ~bits : bits | 0x80000000U;
        return ~rising;
    }

    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
    };
    std::unordered_map<std::string, Merge, Hash, std::equal_to<>> words_;
};

} // namespace familiar::text
