#pragma once

#include <familiar/text/vocabulary.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace familiar::text {

/// SentencePiece's tokens for single bytes, `<0x00>` to `<0xFF>`, which spell what the vocabulary lacks.
class ByteFallback {
  public:
    /// No bytes.
    ByteFallback() { ids_.fill(-1); }

    explicit ByteFallback(const Vocabulary& vocabulary) {
        constexpr std::string_view kDigits = "0123456789ABCDEF";
        for (unsigned byte = 0; byte < 256; ++byte) {
            const std::string spelling = {'<', '0', 'x', kDigits[byte >> 4], kDigits[byte & 15], '>'};
            ids_[byte] = vocabulary.find(spelling).value_or(-1);
        }
        is_complete_ = std::find(ids_.begin(), ids_.end(), -1) == ids_.end();
    }

    /// -1 where the vocabulary lacks the byte.
    [[nodiscard]] std::int32_t id(unsigned char byte) const noexcept { return ids_[byte]; }

    [[nodiscard]] bool is_complete() const noexcept { return is_complete_; }

    /// Whether there is a token for each byte of the text.
    [[nodiscard]] bool covers(std::string_view text) const noexcept {
        return is_complete_ ||
               std::all_of(text.begin(), text.end(), [&](char c) { return id(static_cast<unsigned char>(c)) >= 0; });
    }

    /// The byte that a token spells.
    [[nodiscard]] static std::optional<unsigned char> byte_of(std::string_view token) noexcept {
        if (token.size() != 6 || !token.starts_with("<0x") || token.back() != '>') return std::nullopt;
        const auto digit = [](char c) {
            return c >= '0' && c <= '9'   ? c - '0'
                   : c >= 'A' && c <= 'F' ? c - 'A' + 10
                   : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                          : -1;
        };
        const int high = digit(token[3]), low = digit(token[4]);
        if (high < 0 || low < 0) return std::nullopt;
        return static_cast<unsigned char>(high * 16 + low);
    }

  private:
    std::array<std::int32_t, 256> ids_{};
    bool is_complete_ = false;
};

} // namespace familiar::text
