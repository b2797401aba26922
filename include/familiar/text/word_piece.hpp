#pragma once

#include <familiar/text/double_array_trie.hpp>
#include <familiar/text/printable_text.hpp>
#include <familiar/text/vocabulary.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::text {

/// The WordPiece model: a word becomes the longest piece that it starts with, then the longest continuation, and so on;
/// where none fits the whole word is unknown (Wu et al. 2016, as in BERT's code). O(length · longest piece).
class WordPiece {
  public:
    struct Settings {
        std::string unknown_token = "[UNK]";
        std::string continuing_prefix = "##";
        std::size_t most_characters = 100; ///< a longer word is unknown
    };

    /// Reads the pieces of ids below `pieces` from `vocabulary`.
    /// @throws Error malformed_model: the unknown token is not in the vocabulary
    WordPiece(const Vocabulary& vocabulary, Settings settings, const std::string& where)
        : settings_(std::move(settings)) {
        const auto unknown = vocabulary.find(settings_.unknown_token);
        if (!unknown) {
            throw Error(ErrorCode::malformed_model,
                        "the unknown token " + quoted_text(settings_.unknown_token) + " is not in the vocabulary",
                        where, "Add it to `vocab`, or name another `unk_token`");
        }
        unknown_ = *unknown;
        const std::string_view prefix = settings_.continuing_prefix;
        std::vector<DoubleArrayTrie::Entry> starts, continuations;
        starts.reserve(vocabulary.size());
        continuations.reserve(vocabulary.size());
        for (std::size_t i = 0; i < vocabulary.size(); ++i) {
            const auto id = static_cast<std::int32_t>(i);
            const std::string_view token = vocabulary.token(id);
            if (token.empty() || vocabulary.find(token) != id) continue;
            starts.emplace_back(token, id);
            if (token.size() > prefix.size() && token.starts_with(prefix))
                continuations.emplace_back(token.substr(prefix.size()), id);
        }
        starts_ = DoubleArrayTrie(std::move(starts));
        continuations_ = DoubleArrayTrie(std::move(continuations));
    }

    static constexpr bool kSpellsUnknown = false;

    [[nodiscard]] std::int32_t unknown() const noexcept { return unknown_; }
    [[nodiscard]] const Settings& settings() const noexcept { return settings_; }

    /// Calls `piece(id, begin, end)` for the pieces of a word that is not empty; where there are none it calls
    /// `piece(unknown(), 0, word.size())` alone. The caller has counted the characters.
    template <class Piece> void split(std::string_view word, Piece&& piece) const {
        // Nothing may come out before the last piece is found: those of most words are kept until then.
        std::array<Match, kMostKept> kept;
        std::size_t count = 0;
        const bool is_known = walk(word, [&](const Match& match) {
            if (count < kMostKept) kept[count] = match;
            ++count;
        });
        if (!is_known) {
            piece(unknown_, std::size_t{0}, word.size());
            return;
        }
        std::size_t begin = 0;
        const auto put = [&](const Match& match) {
            piece(match.id, begin, begin + match.length);
            begin += match.length;
        };
        if (count > kMostKept) {
            walk(word, put);
            return;
        }
        for (std::size_t i = 0; i < count; ++i) put(kept[i]);
    }

    /// The same for any well-formed word: too many characters are unknown.
    template <class Put> void tokenize(std::string_view word, Put&& put) const {
        const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; };
        const auto bytes_inside = static_cast<std::size_t>(std::count_if(word.begin(), word.end(), continues));
        if (word.size() - bytes_inside > settings_.most_characters) {
            put(unknown_, std::size_t{0}, word.size());
        } else {
            split(word, put);
        }
    }

  private:
    static constexpr std::size_t kMostKept = 16;

    struct Match {
        std::int32_t id;
        std::size_t length;
    };

    /// Calls `match` for the longest pieces from the left; false where one is missing.
    template <class Found> bool walk(std::string_view word, Found&& match) const {
        const DoubleArrayTrie* pieces = &starts_;
        while (!word.empty()) {
            Match best{DoubleArrayTrie::kNoValue, 0};
            DoubleArrayTrie::Node node = DoubleArrayTrie::kRoot;
            for (std::size_t i = 0; i < word.size(); ++i) {
                node = pieces->step(node, static_cast<unsigned char>(word[i]));
                if (node == DoubleArrayTrie::kNone) break;
                if (const std::int32_t id = pieces->value(node); id != DoubleArrayTrie::kNoValue) best = {id, i + 1};
            }
            if (best.id == DoubleArrayTrie::kNoValue) return false;
            match(best);
            word.remove_prefix(best.length);
            pieces = &continuations_;
        }
        return true;
    }

    DoubleArrayTrie starts_, continuations_;
    Settings settings_;
    std::int32_t unknown_ = 0;
};

} // namespace familiar::text
