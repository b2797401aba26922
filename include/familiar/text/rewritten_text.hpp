#pragma once

#include <familiar/text/utf8.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::text {

/// A text after changes, with the bytes of the given text that every byte of it stands for.
struct RewrittenText {
    std::string bytes;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> sources; ///< [begin, end) in the given text, for every byte

    void clear() noexcept {
        bytes.clear();
        sources.clear();
    }

    void append(std::string_view text, std::size_t begin, std::size_t end) {
        bytes += text;
        sources.insert(sources.end(), text.size(),
                       {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)});
    }

    /// Bytes [begin, end) of another rewritten text, with what they stand for.
    void append(const RewrittenText& text, std::size_t begin, std::size_t end) {
        bytes.append(text.bytes, begin, end - begin);
        sources.insert(sources.end(), text.sources.begin() + static_cast<std::ptrdiff_t>(begin),
                       text.sources.begin() + static_cast<std::ptrdiff_t>(end));
    }

    /// A character that stands for what the character at `at` of another rewritten text stands for.
    void append(char32_t character, const RewrittenText& text, std::size_t at) {
        char spelled[4];
        append({spelled, encode_utf8(character, spelled)}, text.sources[at].first, text.sources[at].second);
    }
};

/// Appends `text` to `out` with U+FFFD in place of every maximal ill-formed part.
inline void rewrite_well_formed(std::string_view text, RewrittenText& out) {
    const std::size_t good = find_ill_formed(text); // all of it, nearly always
    std::size_t place = out.sources.size();
    out.bytes.append(text, 0, good);
    out.sources.resize(place + good);
    std::size_t at = 0;
    while (at < good) {
        const std::size_t length = utf8_length(static_cast<unsigned char>(text[at]));
        const std::pair source(static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(at + length));
        for (std::size_t i = 0; i < length; ++i) out.sources[place++] = source;
        at += length;
    }
    while (at < text.size()) {
        const Decoded next = decode_utf8(text, at);
        char bytes[4];
        out.append({bytes, encode_utf8(next.character, bytes)}, at, at + next.length);
        at += next.length;
    }
}

} // namespace familiar::text
