#pragma once

#include <familiar/core/error.hpp>
#include <familiar/text/byte_level.hpp>
#include <familiar/text/byte_pair_merges.hpp>
#include <familiar/text/normal_form.hpp>
#include <familiar/text/printable_text.hpp>
#include <familiar/text/rewritten_text.hpp>
#include <familiar/text/split_pattern.hpp>
#include <familiar/text/token_sink.hpp>
#include <familiar/text/utf8.hpp>
#include <familiar/text/vocabulary.hpp>
#include <familiar/text/word_cache.hpp>
#include <familiar/text/word_table.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace familiar::text {

/// Byte-level BPE: the text is cut into words, and the bytes of each are merged by rank.
///
/// Most words are one token. Whether the merges of a token's own bytes give that token is found out when it is first
/// met and remembered, so that such a word costs one probe of a read-only table afterwards.
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
          words_(vocabulary.size()), states_(std::make_unique<std::atomic<State>[]>(vocabulary.size())) {
        const auto& alphabet = ByteLevelAlphabet::get();
        for (unsigned byte = 0; byte < 256; ++byte) {
            std::string spelling;
            append_utf8(spelling, alphabet.character(static_cast<unsigned char>(byte)));
            byte_ids_[byte] = vocabulary.find(spelling).value_or(-1);
        }
        read_words(vocabulary, control);
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
    enum class State : std::uint8_t { unknown, whole, not_whole };

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
            if (bytes.size() <= ShortWord::kMostBytes) {
                words_.insert(ShortWord::from(bytes), id);
            } else if (settings_.ignore_merges) {
                long_words_.emplace(bytes, id);
            }
        }
    }

    /// @param range gives the bytes of the given text for bytes [begin, end) of this one
    template <TokenSink Sink, class Range> void split(std::string_view text, Sink& sink, Range&& range) const {
        const auto put = [&](std::int32_t id, std::size_t begin, std::size_t end) {
            const auto [from, to] = range(begin, end);
            sink.put(id, from, to);
        };
        WordCache& cache = WordCache::of(cache_owner_);
        splitter_.split(text, [&](std::size_t begin, std::size_t end) {
            const std::size_t length = end - begin;
            std::int32_t whole = WordTable::kNoValue;
            if (length <= ShortWord::kMostBytes) {
                const bool is_roomy = begin + ShortWord::kMostBytes <= text.size();
                whole = words_.find(is_roomy ? ShortWord::from_padded(text.data() + begin, length)
                                             : ShortWord::from(text.substr(begin, length)));
            } else if (settings_.ignore_merges) {
                const auto found = long_words_.find(text.substr(begin, length));
                if (found != long_words_.end()) whole = found->second;
            }
            State state = State::not_whole;
            if (whole != WordTable::kNoValue) {
                state = settings_.ignore_merges
                            ? State::whole
                            : states_[static_cast<std::size_t>(whole)].load(std::memory_order_relaxed);
            }
            if (state == State::whole) {
                put(whole, begin, end);
                return;
            }
            const bool is_short = length <= WordCache::kLongestWord;
            const std::string_view word = text.substr(begin, length);
            const std::uint64_t hash = is_short ? WordCache::hash(word) : 0;
            if (is_short && state == State::not_whole) {
                const auto known = cache.find(word, hash);
                for (std::size_t i = 0; i < known.count; ++i)
                    put(known.tokens[i].id, begin + known.tokens[i].begin, begin + known.tokens[i].end);
                if (known.tokens != nullptr) return;
            }
            auto& symbols = merge(word);
            if (state == State::unknown) {
                const bool is_whole = symbols.size() == 1 && symbols.front().id == whole;
                states_[static_cast<std::size_t>(whole)].store(is_whole ? State::whole : State::not_whole,
                                                               std::memory_order_relaxed);
            }
            std::array<WordCache::Token, WordCache::kMostTokens> tokens;
            std::size_t count = 0, at = 0;
            for (const auto& symbol : symbols) {
                const std::size_t next = at + symbol.length;
                if (symbol.id >= 0) {
                    put(symbol.id, begin + at, begin + next);
                    if (is_short)
                        tokens[count++] = {symbol.id, static_cast<std::uint16_t>(at), static_cast<std::uint16_t>(next)};
                }
                at = next;
            }
            if (is_short && (count != 1 || length > ShortWord::kMostBytes))
                cache.insert(word, hash, {tokens.data(), count});
        });
    }

    [[nodiscard]] std::vector<Symbol>& merge(std::string_view word) const {
        thread_local std::vector<Symbol> symbols;
        symbols.clear();
        for (const char c : word) {
            const std::int32_t id = byte_ids_[static_cast<unsigned char>(c)];
            symbols.push_back({id >= 0 ? id : settings_.unknown, 1, 0});
        }
        merges_.apply(symbols);
        return symbols;
    }

    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
    };

    Settings settings_;
    PatternSplitter splitter_;
    BytePairMerges merges_;
    WordTable words_;                                                                 // of up to 16 bytes
    std::unordered_map<std::string, std::int32_t, Hash, std::equal_to<>> long_words_; // where merges are ignored
    std::unique_ptr<std::atomic<State>[]> states_; // by id; threads may find out the same thing twice
    std::array<std::int32_t, 256> byte_ids_{};
    std::uint64_t cache_owner_ = WordCache::new_owner();
};

} // namespace familiar::text
