#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace familiar::decoder {

/// Turns tokens into text.
template <class D>
concept DecodesTokens = requires(const D& decode, std::span<const std::int32_t> tokens) {
    { decode(tokens) } -> std::convertible_to<std::string>;
};

/// The text of tokens that come one after another. Only the last few tokens are decoded for each: what stands before
/// them is settled once it ends in a whole character, and a few tokens before the window are decoded with it, so that
/// none of its tokens is taken for the first of the text. While a character is incomplete the text ends in U+FFFD.
class GrowingText {
  public:
    void clear() noexcept {
        text_.clear();
        context_.clear();
        fixed_ = first_ = 0;
    }

    /// @param tokens all so far: those of the last call and some more
    /// Time: the text of a few dozen tokens, however many there are.
    template <DecodesTokens D> void read(std::span<const std::int32_t> tokens, const D& decode) {
        const auto window = tokens.subspan(first_);
        const std::string tail = decode(window);
        text_.resize(fixed_);
        if (tail.starts_with(context_)) {
            text_.append(tail, context_.size());
        } else {
            text_ += kIncomplete; // bytes that made a character make none with those that followed so far
            return;
        }
        if (window.size() < kMostWindow || tail.ends_with(kIncomplete)) return;
        std::string context = decode(tokens.last(kContext));
        if (context.empty() || context.ends_with(kIncomplete)) return;
        context_ = std::move(context);
        fixed_ = text_.size();
        first_ = tokens.size() - kContext;
    }

    [[nodiscard]] std::string_view text() const noexcept { return text_; }

  private:
    static constexpr std::string_view kIncomplete = "\xEF\xBF\xBD";
    /// Tokens of the settled part that are decoded with the window: a character has at most four.
    static constexpr std::size_t kContext = 8;
    static constexpr std::size_t kMostWindow = 32;

    std::string text_, context_; ///< `context_`: the text of the first tokens of the window, as it is without the rest
    std::size_t fixed_ = 0;      ///< bytes of `text_` that are settled
    std::size_t first_ = 0;      ///< token of the window's beginning
};

} // namespace familiar::decoder
