#pragma once

#include <familiar/text/unicode.hpp>
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
};

/// Appends `text` to `out` with U+FFFD in place of every maximal ill-formed part.
inline void rewrite_well_formed(std::string_view text, RewrittenText& out) {
    for (std::size_t at = 0; at < text.size();) {
        const Decoded next = decode_utf8(text, at);
        char bytes[4];
        out.append({bytes, encode_utf8(next.character, bytes)}, at, at + next.length);
        at += next.length;
    }
}

/// Appends the NFC form of a text, ill-formed parts as U+FFFD. What is composed or reordered together (a starter and
/// all that may combine with it) has one range of bytes.
inline void rewrite_composed(std::string_view text, RewrittenText& out) {
    std::u32string cluster;
    std::size_t begin = 0;
    const auto flush = [&](std::size_t end) {
        if (cluster.empty()) return;
        compose_canonically(cluster);
        std::string bytes;
        for (const char32_t c : cluster) append_utf8(bytes, c);
        out.append(bytes, begin, end);
        cluster.clear();
        begin = end;
    };
    for (std::size_t at = 0; at < text.size();) {
        const Decoded next = decode_utf8(text, at);
        if (combining_class(next.character) == 0 && !may_compose_with_previous(next.character)) flush(at);
        cluster.push_back(next.character);
        at += next.length;
    }
    flush(text.size());
}

} // namespace familiar::text
