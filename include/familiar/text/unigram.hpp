#pragma once

#include <familiar/core/error.hpp>
#include <familiar/text/byte_fallback.hpp>
#include <familiar/text/double_array_trie.hpp>
#include <familiar/text/utf8.hpp>
#include <familiar/text/vocabulary.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::text {

/// The Unigram model: the pieces whose log-probabilities sum to the most (Kudo 2018, §3.2), found by one forward pass
/// over the text. Sums are double, and of equal ones the first found stays, so that the ids are Hugging Face's.
/// O(length · longest piece).
class Unigram {
  public:
    static constexpr bool kSpellsUnknown = true; ///< an unknown token is shown as the text that it stands for

    /// @param scores  log-probability of every id
    /// @param unknown id for what no piece covers; where there is none, bytes must cover all
    /// @param control ids that ordinary text never becomes; the unknown token may be spelled
    /// @throws Error malformed_model: no way to spell an unknown character, or scores that are no finite numbers
    Unigram(const Vocabulary& vocabulary, std::vector<double> scores, std::optional<std::int32_t> unknown,
            const std::vector<std::int32_t>& control, bool byte_fallback, const std::string& where)
        : scores_(std::move(scores)), unknown_(unknown.value_or(-1)) {
        if (byte_fallback) bytes_ = ByteFallback(vocabulary);
        if (!unknown && !bytes_.is_complete()) {
            throw Error(ErrorCode::malformed_model, "a Unigram model without an unknown token", where, "Set `unk_id`");
        }
        std::vector<bool> is_control(vocabulary.size());
        for (const std::int32_t id : control) is_control[static_cast<std::size_t>(id)] = id != unknown_;
        std::vector<DoubleArrayTrie::Entry> entries;
        entries.reserve(scores_.size());
        double least = std::numeric_limits<double>::infinity();
        for (std::size_t i = 0; i < scores_.size(); ++i) {
            // Sums over a text of 4 GiB stay finite.
            if (!(std::abs(scores_[i]) <= kLargestScore)) {
                throw Error(ErrorCode::malformed_model,
                            "the score of token " + std::to_string(i) + " is " + std::to_string(scores_[i]), where);
            }
            least = std::min(least, scores_[i]);
            const auto id = static_cast<std::int32_t>(i);
            const std::string_view token = vocabulary.token(id);
            // A spelling may stand for another id; what holds a zero byte or is ill-formed is in no normalised text.
            const bool counts = !token.empty() && vocabulary.find(token) == id && !is_control[i] &&
                                token.find('\0') == std::string_view::npos && is_well_formed_utf8(token);
            if (counts) entries.emplace_back(token, id);
        }
        trie_ = DoubleArrayTrie(std::move(entries));
        unknown_score_ = least - kUnknownPenalty;
    }

    [[nodiscard]] std::int32_t unknown() const noexcept { return unknown_; }

    /// Calls `put(id, begin, end)` for the tokens of a well-formed word, in order.
    template <class Put> void tokenize(std::string_view word, Put&& put) const {
        thread_local std::vector<Node> nodes;
        thread_local std::vector<Step> path;
        nodes.assign(word.size() + 1, {});
        for (std::size_t at = 0; at < word.size();) {
            const double so_far = nodes[at].score;
            const std::size_t length = utf8_length(static_cast<unsigned char>(word[at]));
            bool covers_character = false;
            const auto offer = [&](std::size_t end, double score, std::int32_t id) {
                Node& node = nodes[end];
                if (node.begin == kNowhere || so_far + score > node.score) node = {so_far + score, at, id};
            };
            DoubleArrayTrie::Node node = DoubleArrayTrie::kRoot;
            for (std::size_t end = at; end < word.size();) {
                node = trie_.step(node, static_cast<unsigned char>(word[end++]));
                if (node == DoubleArrayTrie::kNone) break;
                const std::int32_t id = trie_.value(node);
                if (id == DoubleArrayTrie::kNoValue) continue;
                offer(end, scores_[static_cast<std::size_t>(id)], id);
                covers_character = covers_character || end == at + length;
            }
            if (!covers_character) offer(at + length, unknown_score_, kUncovered);
            at += length;
        }
        path.clear();
        for (std::size_t end = word.size(); end > 0; end = nodes[end].begin) {
            const Node& node = nodes[end];
            const std::int32_t id = node.id == unknown_ ? kUncovered : node.id;
            if (id == kUncovered && !path.empty() && path.back().id == kUncovered) {
                path.back().begin = node.begin; // what is unknown side by side is one token
            } else {
                path.push_back({id, node.begin, end});
            }
        }
        for (auto step = path.rbegin(); step != path.rend(); ++step) {
            if (step->id != kUncovered) {
                put(step->id, step->begin, step->end);
            } else if (!bytes_.covers(word.substr(step->begin, step->end - step->begin))) {
                put(unknown_, step->begin, step->end);
            } else {
                for (std::size_t i = step->begin; i < step->end; ++i)
                    put(bytes_.id(static_cast<unsigned char>(word[i])), step->begin, step->end);
            }
        }
    }

  private:
    static constexpr double kUnknownPenalty = 10; // as in SentencePiece: below the least probable piece
    static constexpr double kLargestScore = 1e290;
    static constexpr std::size_t kNowhere = SIZE_MAX;
    static constexpr std::int32_t kUncovered = -1;

    struct Node {
        double score = 0;
        std::size_t begin = kNowhere; ///< of the best path's last piece
        std::int32_t id = kUncovered;
    };
    struct Step {
        std::int32_t id;
        std::size_t begin, end;
    };

    DoubleArrayTrie trie_;
    std::vector<double> scores_;
    ByteFallback bytes_;
    double unknown_score_ = 0;
    std::int32_t unknown_ = -1;
};

} // namespace familiar::text
