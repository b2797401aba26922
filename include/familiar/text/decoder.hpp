#pragma once

#include <familiar/text/added_tokens.hpp>
#include <familiar/text/byte_level.hpp>
#include <familiar/text/utf8.hpp>
#include <familiar/text/vocabulary.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace familiar::text {

/// Ids back to text: how tokens are joined.
class TokenDecoder {
  public:
    enum class Kind : std::uint8_t {
        plain,      ///< spellings with a space between
        word_piece, ///< a space before every token but continuations
        byte_level, ///< spellings in the byte-level alphabet, one after the other
    };

    TokenDecoder() = default;

    /// @param cleanup for word_piece: takes the space before a full stop, a contraction and the like away, as BERT's
    /// does
    explicit TokenDecoder(Kind kind, std::string prefix = "##", bool cleanup = true)
        : kind_(kind), prefix_(std::move(prefix)), cleanup_(cleanup) {}

    /// Appends the text of `ids` without special tokens. @throws Error invalid_token
    void decode(const Vocabulary& vocabulary, const AddedTokens& added, std::span<const std::int32_t> ids,
                std::string& out) const {
        std::string joined;
        bool is_first = true;
        for (const std::int32_t id : ids) {
            const std::string_view token = vocabulary.token(id);
            if (added.is_special(id)) continue;
            if (kind_ == Kind::byte_level) {
                append_bytes(token, joined);
            } else {
                joined += piece(token, is_first);
            }
            is_first = false;
        }
        out += kind_ == Kind::byte_level ? to_well_formed(joined) : joined;
    }

    [[nodiscard]] std::string bytes(const Vocabulary& vocabulary, const AddedTokens& added, std::int32_t id) const {
        const std::string_view token = vocabulary.token(id);
        if (added.is_special(id)) return std::string(token);
        if (kind_ != Kind::byte_level) return piece(token, false);
        std::string out;
        append_bytes(token, out);
        return out;
    }

  private:
    static void append_bytes(std::string_view token, std::string& out) {
        if (!ByteLevelAlphabet::get().append_bytes(token, out)) out += token; // not of the alphabet: an added token
    }

    [[nodiscard]] std::string piece(std::string_view token, bool is_first) const {
        std::string text(token);
        if (!is_first) {
            const bool continues = kind_ == Kind::word_piece && !prefix_.empty() && token.starts_with(prefix_);
            text = continues ? std::string(token.substr(prefix_.size())) : " " + std::string(token);
        }
        if (kind_ == Kind::word_piece && cleanup_) clean(text);
        return text;
    }

    /// The replacements of BERT's decoder, one after the other.
    static void clean(std::string& text) {
        static constexpr std::array<std::pair<std::string_view, std::string_view>, 11> kReplacements{
            {{" .", "."},
             {" ?", "?"},
             {" !", "!"},
             {" ,", ","},
             {" ' ", "'"},
             {" n't", "n't"},
             {" 'm", "'m"},
             {" do not", " don't"},
             {" 's", "'s"},
             {" 've", "'ve"},
             {" 're", "'re"}}};
        for (const auto& [from, to] : kReplacements) {
            for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
                text.replace(at, from.size(), to);
        }
    }

    Kind kind_ = Kind::plain;
    std::string prefix_;
    bool cleanup_ = false;
};

} // namespace familiar::text
