#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace familiar::text {

/// A text of which 80 bytes may be read at every place up to its end, blanks beyond it. The text itself is not copied
/// but for its end, and must outlive this.
class PaddedText {
  public:
    static constexpr std::size_t kReadable = 80;

    explicit PaddedText(std::string_view text) noexcept
        : text_(text), direct_(text.size() >= kReadable ? text.size() - kReadable : 0) {
        const std::size_t rest = text.size() - direct_;
        if (rest != 0) std::memcpy(end_.data(), text.data() + direct_, rest);
        std::memset(end_.data() + rest, ' ', kReadable);
    }
    PaddedText(const PaddedText&) = delete;
    PaddedText& operator=(const PaddedText&) = delete;

    [[nodiscard]] std::string_view text() const noexcept { return text_; }

    /// Precondition: at ≤ text().size().
    [[nodiscard]] const char* from(std::size_t at) const noexcept {
        return at < direct_ ? text_.data() + at : end_.data() + (at - direct_);
    }

  private:
    std::string_view text_;
    std::size_t direct_; // where the copied end begins
    std::array<char, 2 * kReadable> end_;
};

/// What 64 bytes are: bit i of a mask tells of byte i. Words are then cut by a few operations on integers, without a
/// branch for every byte or word. With SSE2 where the compiler has it, else eight bytes at a time.
struct TextBlock {
    static constexpr std::size_t kBytes = 64;

    std::uint64_t letters = 0;     ///< A to Z and a to z
    std::uint64_t digits = 0;      ///< 0 to 9
    std::uint64_t visible = 0;     ///< 0x21 to 0x7E: letters, digits and symbols of ASCII
    std::uint64_t blanks = 0;      ///< 0x20
    std::uint64_t apostrophes = 0; ///< 0x27

    /// `at` is followed by at least 64 readable bytes.
    explicit TextBlock(const char* at) noexcept {
#if defined(__SSE2__)
        const auto within = [](__m128i bytes, char first, char last) {
            const __m128i above = _mm_sub_epi8(bytes, _mm_set1_epi8(first));
            return _mm_cmpeq_epi8(_mm_min_epu8(above, _mm_set1_epi8(static_cast<char>(last - first))), above);
        };
        for (unsigned i = 0; i < kBytes; i += 16) {
            const auto put = [i](std::uint64_t& mask, __m128i found) {
                mask |= std::uint64_t{static_cast<unsigned>(_mm_movemask_epi8(found))} << i;
            };
            const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + i));
            put(letters, within(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), 'a', 'z'));
            put(digits, within(bytes, '0', '9'));
            put(visible, within(bytes, '!', '~'));
            put(blanks, _mm_cmpeq_epi8(bytes, _mm_set1_epi8(' ')));
            put(apostrophes, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\'')));
        }
#else
        for (unsigned i = 0; i < kBytes; i += 8) {
            std::uint64_t bytes = 0; // the first one lowest, whatever the machine's order
            for (unsigned k = 0; k < 8; ++k) bytes |= std::uint64_t{static_cast<unsigned char>(at[i + k])} << (8 * k);
            constexpr std::uint64_t kOnes = 0x0101010101010101U;
            const auto put = [&](std::uint64_t& mask, std::uint64_t of, unsigned first, unsigned last) {
                const std::uint64_t low = of & 0x7F * kOnes; // sums stay within their bytes
                const std::uint64_t found = (low + (0x80 - first) * kOnes) & ~(low + (0x7F - last) * kOnes) & ~of;
                mask |= (((found >> 7) & kOnes) * 0x0102040810204080U >> 56) << i;
            };
            put(letters, bytes | 0x20 * kOnes, 'a', 'z');
            put(digits, bytes, '0', '9');
            put(visible, bytes, '!', '~');
            put(blanks, bytes, ' ', ' ');
            put(apostrophes, bytes, '\'', '\'');
        }
#endif
    }
};

} // namespace familiar::text
