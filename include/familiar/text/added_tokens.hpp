#pragma once

#include <familiar/text/byte_trie.hpp>
#include <familiar/text/unicode.hpp>
#include <familiar/text/utf8.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::text {

/// A token that is searched in the text itself, before anything else is done to it.
struct AddedToken {
    std::string content; ///< never empty
    std::int32_t id = 0;
    bool special = false;     ///< control token: found only where the caller asks for it
    bool normalized = false;  ///< searched in the normalised text instead of the given one
    bool single_word = false; ///< only where no word character is beside it
    bool left_strip = false;  ///< takes white space before it too
    bool right_strip = false; ///< takes white space after it too
};

/// The added tokens of a tokenizer; cuts a text at them, the leftmost and then the longest first.
class AddedTokens {
  public:
    AddedTokens() = default;

    explicit AddedTokens(std::vector<AddedToken> tokens) : tokens_(std::move(tokens)) {
        for (std::size_t i = 0; i < tokens_.size(); ++i) {
            trie_.insert(tokens_[i].content, static_cast<std::int32_t>(i));
            starts_[static_cast<unsigned char>(tokens_[i].content.front())] = true;
            any_ordinary_ = any_ordinary_ || !tokens_[i].special;
            if (tokens_[i].special) special_ids_.push_back(tokens_[i].id);
            if (tokens_[i].left_strip || tokens_[i].right_strip) stripping_ids_.push_back(tokens_[i].id);
        }
        std::sort(special_ids_.begin(), special_ids_.end());
        std::sort(stripping_ids_.begin(), stripping_ids_.end());
    }

    [[nodiscard]] const std::vector<AddedToken>& tokens() const noexcept { return tokens_; }

    [[nodiscard]] bool is_special(std::int32_t id) const noexcept {
        return std::binary_search(special_ids_.begin(), special_ids_.end(), id);
    }

    [[nodiscard]] bool any_strips() const noexcept { return !stripping_ids_.empty(); }

    /// Whether the token takes white space beside it.
    [[nodiscard]] bool strips(std::int32_t id) const noexcept {
        return std::binary_search(stripping_ids_.begin(), stripping_ids_.end(), id);
    }

    /// Calls `ordinary(begin, end)` for stretches between added tokens and `added(token, begin, end)` for them, from
    /// left to right. Special ones are passed over unless `parse_special`. O(length · longest token) at worst.
    template <class Ordinary, class Added>
    void split(std::string_view text, bool parse_special, Ordinary&& ordinary, Added&& added) const {
        if (tokens_.empty() || (!parse_special && !any_ordinary_)) {
            if (!text.empty()) ordinary(std::size_t{0}, text.size());
            return;
        }
        const auto find = [&](std::size_t at) -> Found {
            const auto match = trie_.longest(text.substr(at));
            if (match.value == ByteTrie::kNoValue) return {nullptr, at + 1};
            const AddedToken& token = tokens_[static_cast<std::size_t>(match.value)];
            return {token.special && !parse_special ? nullptr : &token, at + match.length};
        };
        split_by(text, find, ordinary, added);
    }

    /// The same for a text of several origins: special tokens count where every byte of them is trusted (`'1'` in
    /// `marks`, which has a character for every byte).
    template <class Ordinary, class Added>
    void split_marked(std::string_view text, std::string_view marks, Ordinary&& ordinary, Added&& added) const {
        const auto find = [&](std::size_t at) -> Found {
            const auto match = trie_.longest(text.substr(at));
            if (match.value == ByteTrie::kNoValue) return {nullptr, at + 1};
            const AddedToken* token = &tokens_[static_cast<std::size_t>(match.value)];
            if (!token->special) return {token, at + match.length};
            const std::size_t trusted =
                at + std::min(marks.substr(at, match.length).find_first_not_of('1'), match.length);
            if (at + match.length <= trusted) return {token, at + match.length};
            // A shorter one may lie in the trusted part; else what follows is looked at again, as a token may start in
            // it.
            const auto shorter = trie_.longest(text.substr(at, trusted - at));
            if (shorter.value == ByteTrie::kNoValue) return {nullptr, at + 1};
            return {&tokens_[static_cast<std::size_t>(shorter.value)], at + shorter.length};
        };
        split_by(text, find, ordinary, added);
    }

  private:
    struct Found {
        const AddedToken* token = nullptr; ///< null: nothing here that counts
        std::size_t end = 0;               ///< where the search goes on
    };

    template <class Find, class Ordinary, class Added>
    void split_by(std::string_view text, Find&& find, Ordinary&& ordinary, Added&& added) const {
        std::size_t done = 0;
        for (std::size_t at = 0; at < text.size();) {
            if (!starts_[static_cast<unsigned char>(text[at])]) {
                ++at;
                continue;
            }
            const Found found = find(at);
            std::size_t begin = at, end = found.end;
            at = end;
            if (found.token == nullptr || begin < done) continue;
            const AddedToken& token = *found.token;
            if (token.single_word && !stands_alone(text, begin, end)) continue;
            if (token.left_strip) begin = space_before(text, begin, done);
            if (token.right_strip) end = space_after(text, end);
            if (done < begin) ordinary(done, begin);
            added(token, begin, end);
            done = end;
            at = std::max(at, end);
        }
        if (done < text.size()) ordinary(done, text.size());
    }

    static std::size_t start_of_last(std::string_view text, std::size_t end) noexcept {
        std::size_t at = end - 1;
        while (at > 0 && end - at < 4 && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) --at;
        const Decoded character = decode_utf8(text, at);
        return character.well_formed && at + character.length == end ? at : end - 1;
    }

    static bool stands_alone(std::string_view text, std::size_t begin, std::size_t end) noexcept {
        if (begin > 0 && is_word_character(decode_utf8(text, start_of_last(text, begin)).character)) return false;
        return end == text.size() || !is_word_character(decode_utf8(text, end).character);
    }

  public:
    /// Where the white space before `begin` starts, no further left than `least`.
    static std::size_t space_before(std::string_view text, std::size_t begin, std::size_t least) noexcept {
        while (begin > least) {
            const std::size_t previous = start_of_last(text, begin);
            if (previous < least || !is_white_space(decode_utf8(text, previous).character)) break;
            begin = previous;
        }
        return begin;
    }

    /// Where the white space from `end` on ends.
    static std::size_t space_after(std::string_view text, std::size_t end) noexcept {
        while (end < text.size()) {
            const Decoded next = decode_utf8(text, end);
            if (!is_white_space(next.character)) break;
            end += next.length;
        }
        return end;
    }

  private:
    std::vector<AddedToken> tokens_;
    ByteTrie trie_;
    std::array<bool, 256> starts_{};
    std::vector<std::int32_t> special_ids_, stripping_ids_;
    bool any_ordinary_ = false;
};

} // namespace familiar::text
