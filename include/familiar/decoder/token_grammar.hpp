#pragma once

#include <familiar/core/error.hpp>
#include <familiar/decoder/byte_grammar.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace familiar::decoder {

/// A grammar over a vocabulary: which tokens may come next. A token may where its bytes lead on; an end token where the
/// text may end. One thread at a time.
class TokenGrammar {
  public:
    using State = ByteGrammar::State;

    /// @param bytes      of each token; empty for those that are no text (special ones)
    /// @param end_tokens sorted
    TokenGrammar(ByteGrammar grammar, std::vector<std::string> bytes, std::vector<std::int32_t> end_tokens)
        : grammar_(std::move(grammar)), bytes_(std::move(bytes)), end_tokens_(std::move(end_tokens)) {}

    [[nodiscard]] State start() const noexcept { return grammar_.start(); }
    [[nodiscard]] bool accepts(State state) const noexcept { return grammar_.accepts(state); }
    /// Whether the text must end here.
    [[nodiscard]] bool is_final(State state) { return grammar_.is_final(state); }

    /// Logits of tokens that may not follow become minus infinity. O(bytes of the vocabulary). Throws `Error`
    /// (invalid_argument) where none may, since the vocabulary cannot spell what the grammar wants.
    void restrict(State state, std::span<float> logits) {
        constexpr float never = -std::numeric_limits<float>::infinity();
        bool any = false;
        for (std::size_t token = 0; token < logits.size(); ++token) {
            const bool may = token < bytes_.size() && !bytes_[token].empty() &&
                             grammar_.next(state, bytes_[token]) != ByteGrammar::kDead;
            any |= may;
            if (!may && !is_end(token, state)) logits[token] = never;
        }
        if (!any && !accepts(state)) {
            throw Error(ErrorCode::invalid_argument, "no token of the vocabulary can continue the text", "grammar");
        }
    }

    [[nodiscard]] State next(State state, std::int32_t token) {
        return grammar_.next(state, bytes_[static_cast<std::size_t>(token)]);
    }

  private:
    [[nodiscard]] bool is_end(std::size_t token, State state) const {
        if (!accepts(state)) return false;
        for (const auto end : end_tokens_) {
            if (static_cast<std::size_t>(end) == token) return true;
        }
        return false;
    }

    ByteGrammar grammar_;
    std::vector<std::string> bytes_;
    std::vector<std::int32_t> end_tokens_;
};

} // namespace familiar::decoder
