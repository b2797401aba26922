#pragma once

#include <familiar/core/error.hpp>
#include <familiar/text/byte_level.hpp>
#include <familiar/text/byte_pair_merges.hpp>
#include <familiar/text/normal_form.hpp>
#include <familiar/text/printable_text.hpp>
#include <familiar/text/rewritten_text.hpp>
#include <familiar/text/short_word_cache.hpp>
#include <familiar/text/split_pattern.hpp>
#include <familiar/text/text_block.hpp>
#include <familiar/text/token_sink.hpp>
#include <familiar/text/utf8.hpp>
#include <familiar/text/vocabulary.hpp>
#include <familiar/text/word_cache.hpp>
#include <familiar/text/word_table.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace familiar::text {

/// Byte-level BPE: the text is cut into words, and the bytes of each are merged by rank.
///
/// A word is merged when a thread first meets it; afterwards it costs one look at the thread's cache of words, and the
/// looks of some words go side by side.
class ByteLevelSegmenter {
  public:
    struct Settings {
        SplitPattern pattern = SplitPattern::gpt2;
        bool compose = false;          ///< NFC first
        bool add_prefix_space = false; ///< a space before a text that starts with none
        bool ignore_merges = false;    ///< a word of the vocabulary is that token, whatever the merges say
        std::int32_t unknown = -1;     ///< for a byte that the vocabulary lacks; -1: such a byte vanishes
    };
    using Merges = MergeList;

    /// @param vocabulary tokens in the byte-level alphabet
    /// @param control    ids of special tokens: ordinary text never becomes one of them
    /// @param merges     in the order of their ranks
    /// @param where      file and place of the merges, for messages
    /// @throws Error malformed_model: a merge of tokens, or into a token, that the vocabulary lacks
    ByteLevelSegmenter(const Vocabulary& vocabulary, const std::vector<std::int32_t>& control, const Merges& merges,
                       const Settings& settings, const std::string& where)
        : settings_(settings), splitter_(settings.pattern), merges_(vocabulary, merges, where),
          ascii_merges_(kAscii * kAscii), words_(settings.ignore_merges ? vocabulary.size() : 0),
          lengths_(vocabulary.size()) {
        const auto& alphabet = ByteLevelAlphabet::get();
        for (unsigned byte = 0; byte < 256; ++byte) {
            std::string spelling;
            append_utf8(spelling, alphabet.character(static_cast<unsigned char>(byte)));
            byte_ids_[byte] = vocabulary.find(spelling).value_or(-1);
        }
        read_words(vocabulary, control);
        for (std::size_t i = 0; i < kAscii * kAscii; ++i)
            ascii_merges_[i] = merges_.find(start_id(i / kAscii), start_id(i % kAscii));
    }

    template <TokenSink Sink> void segment(std::string_view text, std::size_t origin, Sink& sink) const {
        const bool needs_space = settings_.add_prefix_space && !text.empty() && text.front() != ' ';
        if (!needs_space && (settings_.compose ? is_plain(text) : is_well_formed_utf8(text))) {
            split(text, sink, [&](std::size_t begin, std::size_t end) {
                const auto inside = [&](std::size_t at) {
                    return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
                };
                while (inside(begin)) --begin;
                while (inside(end)) ++end;
                return std::pair(origin + begin, origin + end);
            });
            return;
        }
        thread_local RewrittenText rewritten;
        rewritten.clear();
        if (needs_space) rewritten.append(" ", 0, decode_utf8(text, 0).length);
        if (settings_.compose) {
            thread_local RewrittenText given;
            given.clear();
            rewrite_well_formed(text, given);
            rewrite_normal_form(given, NormalForm::nfc, rewritten);
        } else {
            rewrite_well_formed(text, rewritten);
        }
        split(rewritten.bytes, sink, [&](std::size_t begin, std::size_t end) {
            return std::pair(origin + rewritten.sources[begin].first, origin + rewritten.sources[end - 1].second);
        });
    }

  private:
    static constexpr std::size_t kAscii = 0x80;
    /// Characters below U+0300 are in NFC whatever stands beside them.
    static bool is_plain(std::string_view text) noexcept {
        // They have a lead byte below 0xCC: what is above, or ill-formed, is looked at by the caller.
        return is_well_formed_utf8(text) &&
               std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0xCC; });
    }

    void read_words(const Vocabulary& vocabulary, const std::vector<std::int32_t>& control) {
        std::vector<bool> is_control(vocabulary.size());
        for (const std::int32_t id : control) is_control[static_cast<std::size_t>(id)] = true;
        std::string bytes;
        for (std::size_t i = 0; i < vocabulary.size(); ++i) {
            const auto id = static_cast<std::int32_t>(i);
            const std::string_view token = vocabulary.token(id);
            bytes.clear();
            if (is_control[i] || token.empty() || (vocabulary.has_duplicates() && vocabulary.find(token) != id) ||
                !ByteLevelAlphabet::get().append_bytes(token, bytes))
                continue;
            lengths_[i] = static_cast<std::uint32_t>(bytes.size());
            if (!settings_.ignore_merges) continue;
            if (bytes.size() <= ShortWord::kMostBytes) {
                words_.insert(ShortWord::from(bytes), id);
            } else {
                long_words_.emplace(bytes, id);
            }
        }
    }

    /// Words that wait until the processor has fetched what is known of them.
    struct Batch {
        struct Word {
            ShortWord word; // where it is short enough
            std::size_t begin, end;
        };
        std::array<Word, 32> words;
        std::size_t count = 0;
    };

    /// @param range gives the bytes of the given text for bytes [begin, end) of this one
    template <TokenSink Sink, class Range> void split(std::string_view text, Sink& sink, Range&& range) const {
        const auto put = [&](std::int32_t id, std::size_t begin, std::size_t end) {
            const auto [from, to] = range(begin, end);
            sink.put(id, from, to);
        };
        ShortWordCache& cache = ShortWordCache::of(cache_owner_);
        const PaddedText padded(text);
        Batch batch;
        const auto put_batch = [&] {
            for (std::size_t i = 0; i < batch.count; ++i) {
                const auto& [word, begin, end] = batch.words[i];
                const bool is_short = end - begin <= ShortWord::kMostBytes;
                const ShortWordCache::Tokens* const tokens = is_short ? cache.find(word) : nullptr;
                if (tokens != nullptr && tokens->front() >= 0) {
                    put_known(*tokens, begin, sink, put);
                } else if (is_short && tokens == nullptr) {
                    put_new(text, word, begin, cache, put);
                } else {
                    put_other(text, begin, end, put);
                }
            }
            batch.count = 0;
        };
        splitter_.split(padded, [&](std::size_t begin, std::size_t end) {
            auto& next = batch.words[batch.count++];
            next.begin = begin;
            next.end = end;
            if (end - begin <= ShortWord::kMostBytes) {
                next.word = ShortWord::from_padded(padded.from(begin), end - begin);
                cache.prefetch(next.word);
            }
            if (batch.count == batch.words.size()) put_batch();
        });
        put_batch();
    }

    template <class Sink, class Put>
    void put_known(const ShortWordCache::Tokens& tokens, std::size_t begin, Sink& sink, Put&& put) const {
        if constexpr (requires { sink.put_first(tokens, std::size_t{1}); }) {
            std::size_t count = tokens.size();
            for (const std::int32_t id : tokens) count -= id < 0 ? 1 : 0;
            sink.put_first(tokens, count);
        } else {
            for (std::size_t i = 0; i < tokens.size() && tokens[i] >= 0; ++i) {
                const std::size_t end = begin + lengths_[static_cast<std::size_t>(tokens[i])];
                put(tokens[i], begin, end);
                begin = end;
            }
        }
    }

    /// A short word that this thread has not met.
    template <class Put>
    void put_new(std::string_view text, const ShortWord& word, std::size_t begin, ShortWordCache& cache,
                 Put&& put) const {
        ShortWordCache::Tokens tokens;
        tokens.fill(ShortWordCache::kNone);
        if (settings_.ignore_merges) {
            if (const std::int32_t whole = words_.find(word); whole != WordTable::kNoValue) {
                put(whole, begin, begin + word.length());
                tokens[0] = whole;
                cache.insert(word, tokens);
                return;
            }
        }
        const auto& symbols = merge(text.substr(begin, word.length()));
        bool fits = symbols.size() <= tokens.size();
        for (std::size_t i = 0; i < symbols.size(); ++i) {
            const auto& [id, length, unused] = symbols[i];
            if (id >= 0) put(id, begin, begin + length);
            begin += length;
            // One that stands for other bytes than its own would get a wrong range when it is met again.
            fits = fits && id >= 0 && lengths_[static_cast<std::size_t>(id)] == length;
            if (fits) tokens[i] = id;
        }
        if (!fits) tokens.fill(ShortWordCache::kNone);
        cache.insert(word, tokens);
    }

    /// A word that the cache of short words has no place for: of more than 15 bytes or many tokens.
    template <class Put> void put_other(std::string_view text, std::size_t begin, std::size_t end, Put&& put) const {
        const std::string_view word = text.substr(begin, end - begin);
        if (settings_.ignore_merges) {
            const auto found = long_words_.find(word);
            if (found != long_words_.end()) {
                put(found->second, begin, end);
                return;
            }
        }
        if (word.size() > WordCache::kLongestWord) {
            for_each_token(merge(word), [&](std::int32_t id, std::size_t from, std::size_t to) {
                put(id, begin + from, begin + to);
            });
            return;
        }
        WordCache& cache = WordCache::of(cache_owner_);
        const std::uint64_t hash = WordCache::hash(word);
        auto known = cache.find(word, hash);
        if (known.tokens == nullptr) {
            std::array<WordCache::Token, WordCache::kMostTokens> tokens;
            std::size_t count = 0;
            for_each_token(merge(word), [&](std::int32_t id, std::size_t from, std::size_t to) {
                tokens[count++] = {id, static_cast<std::uint16_t>(from), static_cast<std::uint16_t>(to)};
            });
            cache.insert(word, hash, {tokens.data(), count});
            known = cache.find(word, hash);
        }
        for (std::size_t i = 0; i < known.count; ++i)
            put(known.tokens[i].id, begin + known.tokens[i].begin, begin + known.tokens[i].end);
    }

    /// Calls `token(id, begin, end)` for what merges have left of a word; a byte that is no token vanishes.
    template <class Token> static void for_each_token(const std::vector<Symbol>& symbols, Token&& token) {
        std::size_t begin = 0;
        for (const Symbol& symbol : symbols) {
            if (symbol.id >= 0) token(symbol.id, begin, begin + symbol.length);
            begin += symbol.length;
        }
    }

    [[nodiscard]] std::vector<Symbol>& merge(std::string_view word) const {
        thread_local std::vector<Symbol> symbols;
        symbols.clear();
        for (const char c : word) symbols.push_back({start_id(static_cast<unsigned char>(c)), 1, 0});
        merges_.apply(symbols, [&](std::size_t i) {
            const auto left = static_cast<unsigned char>(word[i]), right = static_cast<unsigned char>(word[i + 1]);
            return (left | right) < kAscii ? ascii_merges_[left * kAscii + right]
                                           : merges_.find(symbols[i].id, symbols[i + 1].id);
        });
        return symbols;
    }

    /// What a byte is before any merge.
    [[nodiscard]] std::int32_t start_id(std::size_t byte) const noexcept {
        return byte_ids_[byte] >= 0 ? byte_ids_[byte] : settings_.unknown;
    }

    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
    };

    Settings settings_;
    PatternSplitter splitter_;
    BytePairMerges merges_;
    std::vector<Merge> ascii_merges_; // of two bytes of ASCII: where every word starts
    WordTable words_;                 // where merges are ignored: of up to 15 bytes
    std::unordered_map<std::string, std::int32_t, Hash, std::equal_to<>> long_words_; // and the longer ones
    std::vector<std::uint32_t> lengths_; // by id: bytes of a token that text becomes, else 0
    std::array<std::int32_t, 256> byte_ids_{};
    std::uint64_t cache_owner_ = WordCache::new_owner();
};

} // namespace familiar::text
