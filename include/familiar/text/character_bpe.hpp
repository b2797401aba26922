#pragma once

#include <familiar/text/byte_fallback.hpp>
#include <familiar/text/byte_level.hpp>
#include <familiar/text/byte_pair_merges.hpp>
#include <familiar/text/merge_symbols.hpp>
#include <familiar/text/utf8.hpp>
#include <familiar/text/vocabulary.hpp>

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace familiar::text {

/// What two neighbouring symbols become: by their ids, or by the text that they spell together.
template <class M>
concept PairMerges = requires(const M& m, const Symbol& left, const Symbol& right, std::string_view joined) {
    { m(left, right, joined) } -> std::same_as<Merge>;
};

/// Merges that a list names, as tokenizer.json has them.
class ListedMerges {
  public:
    /// As `BytePairMerges`.
    ListedMerges(const Vocabulary& vocabulary, const MergeList& merges, const std::string& where,
                 std::size_t prefix = 0)
        : pairs_(vocabulary, merges, where, prefix) {}
    [[nodiscard]] Merge operator()(const Symbol& left, const Symbol& right, std::string_view) const noexcept {
        return pairs_.find(left.id, right.id);
    }

  private:
    BytePairMerges pairs_;
};

/// Byte-pair encoding of characters, with tokens for the bytes of those that the vocabulary lacks: SentencePiece's BPE
/// (Llama 2, Gemma, Mistral). O(n log n). Also that of vocabularies which mark where a word goes on or ends (CLIP,
/// Sennrich's own), of characters or of bytes in the byte-level alphabet.
///
/// A word that is long is merged part by part where no token of the vocabulary holds the two characters at the seam:
/// before `▁`, in nearly all vocabularies.
template <PairMerges M> class CharacterBpe {
  public:
    static constexpr bool kSpellsUnknown = false; ///< an unknown token is shown as the vocabulary spells it

    struct Settings {
        std::optional<std::int32_t> unknown;
        bool fuse_unknown = false; ///< unknown characters side by side are one token
        bool byte_fallback = false;
        bool ignore_merges = false;        ///< a word of the vocabulary is that token, whatever the merges say
        bool unknown_after_merges = false; ///< what is unknown stays mergeable until the end (SentencePiece)
        std::string continuing_prefix;     ///< of the tokens that do not start a word
        std::string end_suffix;            ///< of the tokens that end one
        bool byte_level = false;           ///< bytes, spelled in the byte-level alphabet, not characters are merged
    };

    CharacterBpe(const Vocabulary& vocabulary, const std::vector<std::int32_t>& control, M merges,
                 const Settings& settings)
        : merges_(std::move(merges)), settings_(settings), characters_(0x10000, kLacking) {
        if (settings.byte_fallback) bytes_ = ByteFallback(vocabulary);
        std::vector<bool> is_control(vocabulary.size());
        for (const std::int32_t id : control) is_control[static_cast<std::size_t>(id)] = true;
        for (std::size_t i = 0; i < vocabulary.size(); ++i) {
            const auto id = static_cast<std::int32_t>(i);
            const std::string_view token = vocabulary.token(id);
            if (token.empty() || is_control[i] || vocabulary.find(token) != id) continue;
            add_affixed(token, id);
            const Decoded first = decode_utf8(token, 0);
            if (first.well_formed && first.length == token.size()) {
                first.character < characters_.size() ? void(characters_[first.character] = id)
                                                     : void(rare_characters_[first.character] = id);
            }
            for (std::size_t at = token.find(kSpace, 1); at != std::string_view::npos; at = token.find(kSpace, at + 1))
                joins_[static_cast<unsigned char>(token[at - 1])] = true;
            if (settings_.ignore_merges) words_.emplace(token, id);
        }
        if (settings_.ignore_merges || has_places() || character_id(kSpaceCharacter) == kLacking) joins_.fill(true);
    }

    /// Whether tokens end before a `▁` that stands behind a character with this last byte.
    [[nodiscard]] bool ends_before_space(unsigned char last) const noexcept { return !joins_[last]; }

    [[nodiscard]] std::int32_t unknown() const noexcept { return settings_.unknown.value_or(-1); }

    /// Calls `put(id, begin, end)` for the tokens of a well-formed word, in order.
    template <class Put> void tokenize(std::string_view word, Put&& put) const {
        if (settings_.ignore_merges) {
            if (const auto found = words_.find(word); found != words_.end()) {
                put(found->second, std::size_t{0}, word.size());
                return;
            }
        }
        for (std::size_t begin = 0; begin < word.size();) {
            std::size_t end = begin;
            do {
                end = std::min(word.find(kSpace, end + 1), word.size());
            } while (end < word.size() && joins_[static_cast<unsigned char>(word[end - 1])]);
            merge(word.substr(begin, end - begin), begin, put);
            begin = end;
        }
    }

  private:
    /// Where in its word a character stands.
    struct Place {
        bool is_first = true, is_last = true;
    };

    /// Whether the place of a character, or its byte, says which token it is.
    [[nodiscard]] bool has_places() const noexcept {
        return settings_.byte_level || !settings_.continuing_prefix.empty() || !settings_.end_suffix.empty();
    }

    static std::uint32_t key_of(char32_t character, Place place) noexcept {
        return static_cast<std::uint32_t>(character) << 2 | (place.is_first ? 2U : 0U) | (place.is_last ? 1U : 0U);
    }

    /// Notes a token that is one character with what its places add to it.
    void add_affixed(std::string_view token, std::int32_t id) {
        if (!has_places()) return;
        for (const bool is_first : {false, true}) {
            for (const bool is_last : {false, true}) {
                const std::string_view before = is_first ? std::string_view() : settings_.continuing_prefix;
                const std::string_view after = is_last ? std::string_view(settings_.end_suffix) : std::string_view();
                if (token.size() <= before.size() + after.size() || !token.starts_with(before) ||
                    !token.ends_with(after))
                    continue;
                const std::string_view inside =
                    token.substr(before.size(), token.size() - before.size() - after.size());
                const Decoded next = decode_utf8(inside, 0);
                if (next.well_formed && next.length == inside.size())
                    affixed_.emplace(key_of(next.character, {is_first, is_last}), id);
            }
        }
    }

    [[nodiscard]] std::int32_t id_at(char32_t character, Place place) const noexcept {
        if (!has_places()) return character_id(character);
        const auto found = affixed_.find(key_of(character, place));
        return found == affixed_.end() ? kLacking : found->second;
    }

    static constexpr std::string_view kSpace = "\u2581";
    static constexpr char32_t kSpaceCharacter = 0x2581;
    static constexpr std::int32_t kLacking = -1;

    [[nodiscard]] std::int32_t character_id(char32_t c) const noexcept {
        if (c < characters_.size()) return characters_[c];
        const auto found = rare_characters_.find(c);
        return found == rare_characters_.end() ? kLacking : found->second;
    }

    template <class Put> void merge(std::string_view part, std::size_t origin, Put&& put) const {
        thread_local std::vector<Symbol> symbols;
        symbols.clear();
        for (std::size_t at = 0; at < part.size();) {
            Decoded next = decode_utf8(part, at);
            if (settings_.byte_level)
                next = {ByteLevelAlphabet::get().character(static_cast<unsigned char>(part[at])), 1, true};
            const std::int32_t id = id_at(next.character, {at == 0, at + next.length == part.size()});
            if (id == kLacking && !settings_.unknown_after_merges) {
                add_lacking(symbols, part.substr(at, next.length), at);
            } else {
                symbols.push_back({id, next.length, static_cast<std::uint32_t>(at)});
            }
            at += next.length;
        }
        merge_symbols(symbols, [&](const Symbol& left, const Symbol& right) {
            return merges_(left, right, part.substr(left.begin, left.length + right.length));
        });
        for (const Symbol& symbol : symbols) {
            const std::size_t begin = origin + symbol.begin, end = begin + symbol.length;
            if (symbol.id != kLacking) {
                put(symbol.id, begin, end);
            } else if (bytes_.covers(part.substr(symbol.begin, symbol.length))) {
                for (std::size_t at = begin; at < end; ++at)
                    put(bytes_.id(static_cast<unsigned char>(part[at - origin])), at, at + 1);
            } else if (settings_.unknown) {
                put(*settings_.unknown, begin, end);
            }
        }
    }

    void add_lacking(std::vector<Symbol>& symbols, std::string_view character, std::size_t at) const {
        if (bytes_.covers(character)) {
            for (std::size_t i = 0; i < character.size(); ++i) {
                symbols.push_back(
                    {bytes_.id(static_cast<unsigned char>(character[i])), 1, static_cast<std::uint32_t>(at + i)});
            }
            return;
        }
        if (!settings_.unknown) return; // a character that the model cannot say vanishes
        const auto length = static_cast<std::uint32_t>(character.size());
        if (settings_.fuse_unknown && !symbols.empty() && symbols.back().id == *settings_.unknown &&
            symbols.back().begin + symbols.back().length == at) {
            symbols.back().length += length;
        } else {
            symbols.push_back({*settings_.unknown, length, static_cast<std::uint32_t>(at)});
        }
    }

    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
    };

    M merges_;
    Settings settings_;
    ByteFallback bytes_;
    std::vector<std::int32_t> characters_; // ids of the Basic Multilingual Plane's characters
    std::unordered_map<char32_t, std::int32_t> rare_characters_;
    std::unordered_map<std::uint32_t, std::int32_t> affixed_; // characters by their places, where those count
    std::unordered_map<std::string, std::int32_t, Hash, std::equal_to<>> words_; // where merges are ignored
    std::array<bool, 256> joins_{}; // last bytes of characters that some token has before `▁`
};

} // namespace familiar::text
