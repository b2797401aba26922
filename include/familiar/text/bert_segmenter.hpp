#pragma once

#include <familiar/text/bert_characters.hpp>
#include <familiar/text/text_block.hpp>
#include <familiar/text/token_sink.hpp>
#include <familiar/text/utf8.hpp>
#include <familiar/text/vocabulary.hpp>
#include <familiar/text/word_piece.hpp>
#include <familiar/text/word_table.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::text {

/// BertNormalizer, BertPreTokenizer and WordPiece in one pass over the bytes.
///
/// A word of at most 16 ASCII letters and digits, which is most of English, costs a scan for its end and one probe of a
/// read-only table; all else goes through a buffer of normalised characters with the bytes that they came from.
class BertSegmenter {
  public:
    BertSegmenter(const Vocabulary& vocabulary, const BertNormalizer& normalizer, WordPiece model)
        : model_(std::move(model)), characters_(BertCharacters::of(normalizer)), lowercase_(normalizer.lowercase),
          decomposes_(normalizer.strip_accents), words_(vocabulary.size()) {
        for (unsigned c = 0; c < 256; ++c) kinds_[c] = c < 0x80 ? ascii_kind(static_cast<char>(c)) : Kind::other;
        for (std::size_t i = 0; i < vocabulary.size(); ++i) {
            const auto id = static_cast<std::int32_t>(i);
            const std::string_view token = vocabulary.token(id);
            const bool fits = !token.empty() && token.size() <= ShortWord::kMostBytes &&
                              token.size() <= model_.settings().most_characters;
            if (fits && vocabulary.find(token) == id) words_.insert(ShortWord::from(token), id);
        }
    }

    /// @param origin is added to all ranges: where `text` starts in the text that they count in
    template <TokenSink Sink> void segment(std::string_view text, std::size_t origin, Sink& sink) const {
        const PaddedText padded(text);
        const unsigned char lower = lowercase_ ? 0x20 : 0;
        for (std::size_t at = 0; at < text.size();) {
            const char* const bytes = padded.from(at);
            const TextBlock block(bytes);
            const std::uint64_t letters = block.letters | block.digits;
            const std::uint64_t others = ~(block.visible | block.blanks);
            const auto ordinary = static_cast<unsigned>(std::countr_zero(others));
            // Letters that go up to what is not ordinary, or to the end of the block, may be a part of a word.
            const auto beyond = letters | (ordinary < 64 ? ~std::uint64_t{0} << ordinary : 0);
            const auto whole = 64 - static_cast<unsigned>(std::countl_one(beyond));
            std::uint64_t starts = (letters & ~(letters << 1)) | (block.visible & ~letters);
            if (whole < 64) starts &= (std::uint64_t{1} << whole) - 1;
            for (; starts != 0; starts &= starts - 1) {
                const auto start = static_cast<unsigned>(std::countr_zero(starts));
                const auto run = static_cast<unsigned>(std::countr_one(letters >> start)); // 0 for a symbol
                const unsigned length = run + (run == 0 ? 1 : 0);
                if (length > ShortWord::kMostBytes) {
                    segment_slowly(text.substr(0, at + start + length), at + start, origin, sink);
                    continue;
                }
                const unsigned char set = run != 0 ? lower : 0;
                put_short(ShortWord::from_padded(bytes + start, length, set), origin + at + start, sink);
            }
            at += whole;
            if (ordinary == 64 && whole > 0) continue;
            if (kind_of(text[at]) == Kind::space) {
                ++at;
            } else {
                at = segment_slowly(text, at, origin, sink);
            }
        }
    }

  private:
    enum class Kind : std::uint8_t { word, space, isolate, other };

    /// The characters of a word after normalisation, each with the bytes of the text that it came from.
    struct Buffer {
        std::string bytes;
        std::vector<std::pair<std::uint32_t, std::uint32_t>> sources; // for every byte
        std::size_t characters = 0;
        std::size_t begin = 0, end = 0; // of the whole word in the text

        void clear() noexcept {
            bytes.clear();
            sources.clear();
            characters = 0;
        }
    };

    static Buffer& buffer() {
        thread_local Buffer value;
        return value;
    }

    [[nodiscard]] Kind ascii_kind(char c) const noexcept {
        const auto entry = (*characters_)(static_cast<unsigned char>(c));
        const auto lower = static_cast<char>(lowercase_ && c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
        switch (entry.action) {
        case BertCharacters::Action::space:
            return Kind::space;
        case BertCharacters::Action::isolate:
            return Kind::isolate;
        case BertCharacters::Action::keep:
            return entry.character == static_cast<unsigned char>(lower) ? Kind::word : Kind::other;
        default:
            return Kind::other;
        }
    }

    [[nodiscard]] Kind kind_of(char c) const noexcept { return kinds_[static_cast<unsigned char>(c)]; }

    /// A normalised word of ASCII letters and digits, or a symbol.
    template <TokenSink Sink> void put_short(const ShortWord& word, std::size_t begin, Sink& sink) const {
        const std::int32_t id = words_.find(word);
        if (id != WordTable::kNoValue) {
            sink.put(id, begin, begin + word.length());
        } else {
            put_pieces(word, begin, sink);
        }
    }

    template <TokenSink Sink> void put_pieces(const ShortWord& word, std::size_t begin, Sink& sink) const {
        if (word.length() > model_.settings().most_characters) {
            sink.put(model_.unknown(), begin, begin + word.length());
            return;
        }
        char bytes[ShortWord::kSize];
        word.copy_to(bytes);
        model_.split({bytes, word.length()}, [&](std::int32_t piece, std::size_t from, std::size_t to) {
            sink.put(piece, begin + from, begin + to);
        });
    }

    /// Reads characters up to the end of the word that starts at `at`, puts it, and returns where it went on to.
    template <TokenSink Sink>
    std::size_t segment_slowly(std::string_view text, std::size_t at, std::size_t origin, Sink& sink) const {
        Buffer& word = buffer();
        word.clear();
        while (at < text.size()) {
            const Decoded next = decode_utf8(text, at);
            const std::size_t end = at + next.length;
            const auto entry = (*characters_)(next.character);
            if (entry.action == BertCharacters::Action::space) {
                at = end;
                break;
            }
            if (entry.action == BertCharacters::Action::expand) {
                const auto all = characters_->expand(next.character);
                for (std::size_t i = 0; i < all.count; ++i) {
                    add(word, all.entries[i], at, end, combining_class(all.entries[i].character), origin, sink);
                }
            } else if (entry.action != BertCharacters::Action::drop) {
                add(word, entry, at, end, 0, origin, sink);
                if (entry.action == BertCharacters::Action::isolate) {
                    at = end;
                    break;
                }
            }
            at = end;
        }
        flush(word, origin, sink);
        return at;
    }

    /// @param order the combining class of a decomposed character, which says where among other marks it goes
    template <TokenSink Sink>
    void add(Buffer& word, BertCharacters::Entry entry, std::size_t begin, std::size_t end, int order,
             std::size_t origin, Sink& sink) const {
        if (entry.action != BertCharacters::Action::keep) flush(word, origin, sink);
        if (entry.action == BertCharacters::Action::space) return;
        if (word.characters == 0) word.begin = begin;
        word.end = end;
        if (++word.characters <= model_.settings().most_characters) { // of a longer word only the range matters
            char bytes[4];
            const std::size_t count = encode_utf8(entry.character, bytes);
            std::size_t place = word.bytes.size();
            if (order != 0 && decomposes_) place = place_of_mark(word.bytes, order);
            word.bytes.insert(place, bytes, count);
            word.sources.insert(word.sources.end(), count,
                                {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)});
        }
        if (entry.action == BertCharacters::Action::isolate) flush(word, origin, sink);
    }

    /// Canonical ordering: a mark stands behind those of its own or a lower class.
    static std::size_t place_of_mark(const std::string& bytes, int order) noexcept {
        std::size_t place = bytes.size();
        while (place > 0) {
            std::size_t start = place - 1;
            while (start > 0 && (static_cast<unsigned char>(bytes[start]) & 0xC0) == 0x80) --start;
            if (combining_class(decode_utf8(bytes, start).character) <= order) break;
            place = start;
        }
        return place;
    }

    template <TokenSink Sink> void flush(Buffer& word, std::size_t origin, Sink& sink) const {
        if (word.characters == 0) return;
        if (word.characters > model_.settings().most_characters) {
            sink.put(model_.unknown(), origin + word.begin, origin + word.end);
        } else {
            model_.split(word.bytes, [&](std::int32_t piece, std::size_t from, std::size_t to) {
                sink.put(piece, origin + word.sources[from].first, origin + word.sources[to - 1].second);
            });
        }
        word.clear();
    }

    WordPiece model_;
    std::shared_ptr<const BertCharacters> characters_;
    bool lowercase_, decomposes_;
    WordTable words_;
    std::array<Kind, 256> kinds_{};
};

} // namespace familiar::text
