#pragma once

#include <familiar/text/utf8.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace familiar::text {

/// GPT-2's alphabet of 256 printable characters, one for each byte: printable Latin-1 stands for itself, the other 68
/// bytes, in order, for U+0100 and on (`Ġ` is the space).
class ByteLevelAlphabet {
  public:
    static const ByteLevelAlphabet& get() {
        static const ByteLevelAlphabet alphabet;
        return alphabet;
    }

    [[nodiscard]] char32_t character(unsigned char byte) const noexcept { return characters_[byte]; }

    /// The bytes that `token` spells, appended; false and nothing appended where a character is not of the alphabet.
    [[nodiscard]] bool append_bytes(std::string_view token, std::string& out) const {
        const std::size_t before = out.size();
        out.resize(before + token.size());
        char* to = out.data() + before;
        bool all = true;
        for (std::size_t at = 0; at < token.size() && all;) {
            std::size_t character = static_cast<unsigned char>(token[at]), length = 1;
            if (character >= 0x80) {
                const Decoded next = decode_utf8(token, at);
                character = next.character;
                length = next.length;
            }
            all = character < bytes_.size() && bytes_[character] >= 0;
            if (all) *to++ = static_cast<char>(static_cast<unsigned char>(bytes_[character]));
            at += length;
        }
        out.resize(all ? static_cast<std::size_t>(to - out.data()) : before);
        return all;
    }

    /// The spelling of bytes, appended.
    void append_spelling(std::string_view bytes, std::string& out) const {
        for (const char c : bytes) append_utf8(out, characters_[static_cast<unsigned char>(c)]);
    }

  private:
    ByteLevelAlphabet() {
        bytes_.fill(-1);
        char32_t next = 0x100;
        for (unsigned byte = 0; byte < 256; ++byte) {
            const bool is_printable = (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
            characters_[byte] = is_printable ? byte : next++;
            bytes_[characters_[byte]] = static_cast<std::int16_t>(byte);
        }
    }

    std::array<char32_t, 256> characters_{};
    std::array<std::int16_t, 0x100 + 68> bytes_{};
};

} // namespace familiar::text
