#pragma once

#include <familiar/core/error.hpp>
#include <familiar/text/rewritten_text.hpp>
#include <familiar/text/utf8.hpp>

#include <utf8proc.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::text {

/// SentencePiece's precompiled character map: a double-array trie (Darts) from short strings to what replaces them.
///
/// The layout (SentencePiece, normalizer.cc): the trie's size in bytes as 4 bytes, its 4-byte units, then the
/// replacements, each with a zero behind; all little-endian. A value of the trie is where its replacement starts.
class PrecompiledMap {
  public:
    /// @throws Error malformed_model: sizes that contradict, replacements that are not UTF-8
    PrecompiledMap(std::string_view bytes, const std::string& where) {
        const auto word = [&](std::size_t at) {
            std::uint32_t value = 0;
            for (std::size_t i = 0; i < 4; ++i)
                value |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at + i])) << 8 * i;
            return value;
        };
        const auto wrong = [&](const std::string& what) {
            return Error(ErrorCode::malformed_model, "a character map " + what, where);
        };
        if (bytes.size() < 4) throw wrong("of " + std::to_string(bytes.size()) + " bytes");
        const std::size_t size = word(0);
        if (size % 4 != 0 || size > bytes.size() - 4) {
            throw wrong("whose trie of " + std::to_string(size) + " bytes does not fit in its " +
                        std::to_string(bytes.size()));
        }
        units_.reserve(size / 4);
        for (std::size_t at = 4; at < 4 + size; at += 4) units_.push_back(word(at));
        replacements_.assign(bytes.substr(4 + size));
        if (!is_well_formed_utf8(replacements_)) throw wrong("with replacements that are not UTF-8");
        kinds_.resize(0x10000);
        for (char32_t c = 1; c < kinds_.size(); ++c) kinds_[c] = kind_of(c);
    }

    /// What replaces a text: that of its shortest start that the map holds, as Hugging Face's library has it. O(length)
    [[nodiscard]] std::optional<std::string_view> find(std::string_view text) const noexcept {
        if (units_.empty()) return std::nullopt;
        std::size_t node = offset_of(units_[0]);
        for (const char c : text) {
            const auto byte = static_cast<unsigned char>(c);
            node ^= byte;
            if (byte == 0 || node >= units_.size() || label_of(units_[node]) != byte) return std::nullopt;
            const bool has_value = (units_[node] >> 8 & 1) != 0;
            node ^= offset_of(units_[node]);
            if (has_value && node < units_.size()) {
                const std::size_t begin = units_[node] & 0x7FFFFFFFU;
                // A place outside, or inside of a character, is no place: the file lies, and nothing is replaced.
                if (begin >= replacements_.size() || (static_cast<unsigned char>(replacements_[begin]) & 0xC0) == 0x80)
                    return std::nullopt;
                const std::size_t end = replacements_.find('\0', begin);
                return std::string_view(replacements_).substr(begin, end - begin);
            }
        }
        return std::nullopt;
    }

    /// Whether the ASCII byte stays as it is when an ASCII byte stands behind it.
    [[nodiscard]] bool is_plain(unsigned char byte) const noexcept {
        return byte < 0x80 && kinds_[byte] == Kind::starts;
    }

    /// Appends the mapped `text` to `out`: whole grapheme clusters of fewer than six bytes, else character by
    /// character, as Hugging Face's library does. A replacement's characters stand for the replaced ones in turn; those
    /// that are more stand for the last one. Where the text starts with characters that vanish, all others stand for
    /// those before them, in that library and here. Stops once `out` is longer than `most` bytes. O(length)
    void rewrite(const RewrittenText& text, RewrittenText& out, std::size_t most = SIZE_MAX) const {
        const std::string_view bytes = text.bytes;
        Slots slots{text, out, out.bytes.size()};
        for (std::size_t at = 0; at < bytes.size() && out.bytes.size() <= most;) {
            const Kept kept = end_of_kept(bytes, at);
            slots.keep(at, kept.end);
            if (kept.end == bytes.size()) break;
            at = kept.end;
            const std::size_t end = end_of_cluster(bytes, at);
            if (end - at < 6 && !kept.in_cluster) {
                if (const auto found = find(bytes.substr(at, end - at))) {
                    slots.replace(at, end, *found);
                    at = end;
                    continue;
                }
            }
            while (at < end) {
                const std::size_t next = at + decode_utf8(bytes, at).length;
                const auto found = find(bytes.substr(at, next - at));
                found ? slots.replace(at, next, *found) : slots.keep(at, next);
                at = next;
            }
        }
    }

  private:
    static std::size_t offset_of(std::uint32_t unit) noexcept { return (unit >> 10) << ((unit & (1U << 9)) >> 6); }
    static std::uint32_t label_of(std::uint32_t unit) noexcept { return unit & ((1U << 31) | 0xFFU); }

    /// What the map and the cutting of clusters do to a character.
    enum class Kind : std::uint8_t {
        other,   ///< mapped, or in need of a look at its neighbours
        starts,  ///< stays as it is; starts a cluster and leaves it to what follows to go on
        extends, ///< stays as it is; belongs to what stands before
    };

    [[nodiscard]] Kind kind_of(char32_t c) const {
        if (c >= 0xD800 && c <= 0xDFFF) return Kind::other;
        char spelled[4];
        if (find({spelled, encode_utf8(c, spelled)})) return Kind::other;
        switch (utf8proc_get_property(static_cast<utf8proc_int32_t>(c))->boundclass) {
        case UTF8PROC_BOUNDCLASS_OTHER:
        case UTF8PROC_BOUNDCLASS_LV:
        case UTF8PROC_BOUNDCLASS_LVT:
            return Kind::starts;
        case UTF8PROC_BOUNDCLASS_EXTEND:
        case UTF8PROC_BOUNDCLASS_SPACINGMARK:
            return Kind::extends;
        default:
            return Kind::other;
        }
    }

    struct Kept {
        std::size_t end = 0;
        bool in_cluster = false; ///< what stands here goes on with a cluster of six bytes and more
    };

    /// How far characters from `at` on stay as they are, whatever their clusters: those that nothing goes on behind,
    /// and those of three bytes with another one before or behind, since a cluster of them has six bytes.
    [[nodiscard]] Kept end_of_kept(std::string_view bytes, std::size_t at) const noexcept {
        const auto look = [&](std::size_t place) -> std::pair<Kind, std::size_t> {
            const auto byte = static_cast<unsigned char>(bytes[place]);
            if (byte < 0x80) return {kinds_[byte], 1};
            const Decoded next = decode_utf8(bytes, place);
            return {next.character < kinds_.size() ? kinds_[next.character] : Kind::other, next.length};
        };
        const std::size_t begin = at;
        auto [kind, length] = look(at);
        while (kind == Kind::starts || (kind == Kind::extends && at > begin)) {
            const std::size_t behind = at + length;
            if (behind == bytes.size()) return {behind, false};
            const auto [next, next_length] = look(behind);
            const bool are_long = length == 3 && next_length == 3 && next != Kind::other;
            if (next != Kind::starts && !are_long) break;
            at = behind;
            kind = next;
            length = next_length;
        }
        return {at, at > begin && kind == Kind::extends};
    }

    static std::size_t end_of_cluster(std::string_view bytes, std::size_t at) noexcept {
        Decoded last = decode_utf8(bytes, at);
        at += last.length;
        for (utf8proc_int32_t state = 0; at < bytes.size();) {
            const Decoded next = decode_utf8(bytes, at);
            if (utf8proc_grapheme_break_stateful(static_cast<utf8proc_int32_t>(last.character),
                                                 static_cast<utf8proc_int32_t>(next.character), &state))
                break;
            at += next.length;
            last = next;
        }
        return at;
    }

    /// Gives the characters that come out the sources of those that went in, in turn.
    struct Slots {
        const RewrittenText& text;
        RewrittenText& out;
        const std::size_t before; // of what is put out
        std::size_t next = 0;     // the character that the next one stands for
        bool is_put_in = false;   // the last one stood for none of its own
        std::ptrdiff_t last_length = 0;

        void skip() noexcept { next += utf8_length(static_cast<unsigned char>(text.bytes[next])); }

        void keep(std::size_t begin, std::size_t end) {
            if (begin == end) return;
            is_put_in = false;
            if (next == begin) {
                out.append(text, begin, end);
                next = end;
                return;
            }
            while (begin < end) {
                const std::size_t length = utf8_length(static_cast<unsigned char>(text.bytes[begin]));
                put(std::string_view(text.bytes).substr(begin, length), next);
                skip();
                begin += length;
            }
        }

        void replace(std::size_t begin, std::size_t end, std::string_view with) {
            std::size_t left = 0; // of the replaced characters
            for (std::size_t at = begin; at < end; at += utf8_length(static_cast<unsigned char>(text.bytes[at])))
                ++left;
            if (with.empty() && is_put_in && left > 0) { // the character put in last stands for what vanishes
                std::fill(out.sources.end() - last_length, out.sources.end(), text.sources[next]);
                is_put_in = false;
            }
            for (std::size_t at = 0; at < with.size();) {
                const std::size_t length = utf8_length(static_cast<unsigned char>(with[at]));
                is_put_in = left == 0;
                last_length = static_cast<std::ptrdiff_t>(length);
                put(with.substr(at, length), is_put_in ? next - 1 : next);
                if (!is_put_in) {
                    skip();
                    --left;
                }
                at += length;
            }
            if (out.bytes.size() == before) return;
            for (; left > 0; --left) skip();
        }

        void put(std::string_view character, std::size_t source) {
            out.append(character, text.sources[source].first, text.sources[source].second);
        }
    };

    std::vector<std::uint32_t> units_;
    std::string replacements_;
    std::vector<Kind> kinds_; // of the Basic Multilingual Plane
};

} // namespace familiar::text
