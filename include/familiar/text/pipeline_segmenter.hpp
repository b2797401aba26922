#pragma once

#include <familiar/text/added_tokens.hpp>
#include <familiar/text/normalizer.hpp>
#include <familiar/text/pre_tokenizer.hpp>
#include <familiar/text/rewritten_text.hpp>
#include <familiar/text/token_sink.hpp>
#include <familiar/text/unicode.hpp>
#include <familiar/text/utf8.hpp>
#include <familiar/text/word_cache.hpp>

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace familiar::text {

/// A model that cuts a word that stands by itself into tokens. `kSpellsUnknown`: whether an unknown token is shown as
/// the text that it stands for.
template <class M>
concept WordModel = requires(const M& m, std::string_view word, void (*put)(std::int32_t, std::size_t, std::size_t)) {
    m.tokenize(word, put);
    { m.unknown() } -> std::convertible_to<std::int32_t>;
    { M::kSpellsUnknown } -> std::convertible_to<bool>;
};

/// Any normalisers, any pre-tokenizers and a model, in the steps that a tokenizer.json names. O(length) for each step,
/// and what the model takes; no memory is asked for once the thread's own is large enough.
///
/// Where no step looks over a space, the text is cut before its runs of spaces, and the tokens of each part are kept
/// for the next time that it comes: most parts of a text are words that were met before.
template <WordModel M> class PipelineSegmenter {
  public:
    /// @param normalized added tokens that are searched in the normalised text, their contents as the file has them
    PipelineSegmenter(Normalizer normalizer, std::vector<AddedToken> normalized, PreTokenizer pre_tokenizer, M model)
        : normalizer_(std::move(normalizer)), pre_tokenizer_(std::move(pre_tokenizer)), model_(std::move(model)) {
        std::erase_if(normalized, [&](AddedToken& token) {
            token.content = normalizer_(token.content);
            return token.content.empty();
        });
        added_ = AddedTokens(std::move(normalized));
        inner_ = normalizer_;
        drops_marks_ = normalizer_.drops_marks();
        starts_apart_ = pre_tokenizer_.looks_at_start();
        if (const auto& steps = normalizer_.steps();
            !steps.empty() && std::holds_alternative<Normalizer::Prepended>(steps.front())) {
            inner_ = Normalizer({steps.begin() + 1, steps.end()});
            starts_apart_ = true;
        }
        // Without a pre-tokenizer the model alone says where tokens end: at what the normaliser leaves as it is.
        const bool is_cut = !pre_tokenizer_.steps().empty() || (kEndsBeforeSpace && inner_.keeps_ends());
        is_local_ = added_.tokens().empty() && inner_.is_local() && pre_tokenizer_.is_local() && is_cut;
    }

    [[nodiscard]] const M& model() const noexcept { return model_; }

    template <TokenSink Sink> void segment(std::string_view text, std::size_t origin, Sink& sink) const {
        if (!is_local_) {
            put_text(text, 0, origin, normalizer_, sink);
            return;
        }
        WordCache& cache = WordCache::of(cache_owner_);
        for (std::size_t begin = 0; begin < text.size();) {
            const std::size_t end = end_of_part(text, begin);
            const std::string_view part = text.substr(begin, end - begin);
            const bool is_apart = starts_apart_ && begin == 0;
            if (part.size() > WordCache::kLongestWord || is_apart) {
                put_text(part, begin, origin, is_apart ? normalizer_ : inner_, sink);
            } else {
                const std::uint64_t hash = WordCache::hash(part);
                const auto known = cache.find(part, hash);
                for (std::size_t i = 0; i < known.count; ++i) {
                    const WordCache::Token& token = known.tokens[i];
                    sink.put(token.id, origin + begin + token.begin, origin + begin + token.end);
                }
                if (known.tokens == nullptr) put_and_keep(part, begin, origin, hash, cache, sink);
            }
            begin = end;
        }
    }

  private:
    static constexpr bool kEndsBeforeSpace = requires(const M& m) { m.ends_before_space('a'); };

    /// Where a part of the text ends: before a run of spaces, behind a character that no step takes together with them.
    [[nodiscard]] std::size_t end_of_part(std::string_view text, std::size_t begin) const noexcept {
        if (begin == 0 && text.front() != ' ' && inner_.may_drop_first(text)) return text.size();
        std::size_t end = begin;
        do {
            end = std::min(text.find_first_not_of(' ', end), text.size());
            end = std::min(text.find(' ', end), text.size());
        } while (end < text.size() && !may_end(text, end));
        return end;
    }

    [[nodiscard]] bool may_end(std::string_view text, std::size_t end) const noexcept {
        const auto last = static_cast<unsigned char>(text[end - 1]);
        if constexpr (kEndsBeforeSpace) {
            if (!model_.ends_before_space(last) && pre_tokenizer_.steps().empty()) return false;
        }
        if (last < 0x80) return last > 0x20 && last < 0x7F;
        std::size_t at = end - 1;
        while (at > 0 && end - at < 4 && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) --at;
        const Decoded character = decode_utf8(text, at);
        if (!character.well_formed || at + character.length != end) return false;
        switch (character_class(character.character)) {
        case CharacterClass::nonspacing_mark:
            return !drops_marks_;
        case CharacterClass::letter:
        case CharacterClass::number:
        case CharacterClass::punctuation:
            // Among the presentation forms are spaces with a mark.
            return !is_grapheme_prefix(character.character) &&
                   !(drops_marks_ && character.character >= 0xFC00 && character.character < 0xFE80);
        default:
            return false;
        }
    }

    /// The tokens of a part through all steps, kept unless they are shown otherwise than spelled.
    template <TokenSink Sink>
    void put_and_keep(std::string_view part, std::size_t begin, std::size_t origin, std::uint64_t hash,
                      WordCache& cache, Sink& sink) const {
        struct Keeping {
            Sink& sink;
            std::size_t start;
            std::array<WordCache::Token, WordCache::kMostTokens> tokens;
            std::size_t count = 0;
            void put(std::int32_t id, std::size_t from, std::size_t to) {
                sink.put(id, from, to);
                if (count < tokens.size())
                    tokens[count] = {id, static_cast<std::uint16_t>(from - start),
                                     static_cast<std::uint16_t>(to - start)};
                ++count;
            }
            void put_spelled(std::int32_t id, std::size_t from, std::size_t to, std::string_view spelling) {
                sink.put_spelled(id, from, to, spelling);
                count = WordCache::kMostTokens + 1;
            }
        } keeping{sink, origin + begin, {}, 0};
        put_text(part, begin, origin, inner_, keeping);
        if (keeping.count <= keeping.tokens.size()) cache.insert(part, hash, {keeping.tokens.data(), keeping.count});
    }

    /// Puts the tokens of a part of the text, which starts at `start` of it, through all steps.
    template <TokenSink Sink>
    void put_text(std::string_view text, std::size_t start, std::size_t origin, const Normalizer& normalizer,
                  Sink& sink) const {
        thread_local Pieces pieces;
        thread_local RewrittenText whole;
        RewrittenText& normal = added_.tokens().empty() ? pieces.text : whole;
        pieces.clear();
        normal.clear();
        rewrite_well_formed(text, normal);
        normalizer.apply(normal);
        if (added_.tokens().empty()) {
            put_pieces(pieces, origin + start, origin + start, sink);
            return;
        }
        added_.split(
            whole.bytes, true,
            [&](std::size_t begin, std::size_t end) {
                pieces.clear();
                pieces.text.append(whole, begin, end);
                const std::size_t offset = origin + start;
                put_pieces(pieces, offset, begin == 0 ? offset : offset + whole.sources[begin].first, sink);
            },
            [&](const AddedToken& token, std::size_t begin, std::size_t end) {
                sink.put(token.id, origin + start + whole.sources[begin].first,
                         origin + start + whole.sources[end - 1].second);
            });
    }

    /// @param offset is added to the sources of the text; @param place is where the text counts as starting
    template <TokenSink Sink> void put_pieces(Pieces& pieces, std::size_t offset, std::size_t place, Sink& sink) const {
        pieces.cut();
        pre_tokenizer_.apply(pieces, place);
        const std::string_view bytes = pieces.text.bytes;
        const auto& sources = pieces.text.sources;
        std::size_t begin = 0;
        for (const std::size_t end : pieces.ends) {
            model_.tokenize(bytes.substr(begin, end - begin),
                            [&](std::int32_t id, std::size_t first, std::size_t last) {
                                const std::size_t source = offset + sources[begin + first].first;
                                const std::size_t source_end = offset + sources[begin + last - 1].second;
                                if (M::kSpellsUnknown && id == model_.unknown()) {
                                    sink.put_spelled(id, source, source_end, bytes.substr(begin + first, last - first));
                                } else {
                                    sink.put(id, source, source_end);
                                }
                            });
            begin = end;
        }
    }

    Normalizer normalizer_, inner_; ///< of a text's start, and of what stands behind a space
    PreTokenizer pre_tokenizer_;
    M model_;
    AddedTokens added_;
    bool is_local_ = false;     ///< parts between spaces are cut as if they stood alone
    bool drops_marks_ = false;  ///< a mark may vanish, and the spaces at its sides meet
    bool starts_apart_ = false; ///< but what starts the text is another matter
    std::uint64_t cache_owner_ = WordCache::new_owner();
};

} // namespace familiar::text
