#pragma once

#include <familiar/text/added_tokens.hpp>
#include <familiar/text/byte_fallback.hpp>
#include <familiar/text/byte_level.hpp>
#include <familiar/text/replace_all.hpp>
#include <familiar/text/utf8.hpp>
#include <familiar/text/vocabulary.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::text {

/// Ids back to text: how tokens are joined.
class TokenDecoder {
  public:
    enum class Kind : std::uint8_t {
        plain,         ///< spellings with a space between
        word_piece,    ///< a space before every token but continuations
        byte_level,    ///< spellings in the byte-level alphabet, one after the other
        metaspace,     ///< a character for the space; gone in the first token where `drops_first`
        word_end,      ///< the mark of a word's end: a space, but in the last token nothing
        replace,       ///< a text by another one
        byte_fallback, ///< `<0x41>` by its byte; what is no UTF-8 then, by U+FFFD for every byte
        fuse,          ///< all tokens are one from here on
        strip,         ///< up to so many characters off both ends of every token
    };
    struct Step {
        Kind kind = Kind::plain;
        std::string text{};    ///< what is replaced or stripped; the prefix of continuations
        std::string content{}; ///< what replaces it
        bool cleanup = false;  ///< word_piece: takes the space before a full stop, a contraction and the like away
        bool drops_first = false;
        std::size_t start = 0, stop = 0; ///< strip: at most so many off the start and the end
    };

    TokenDecoder() = default;

    /// @param cleanup for word_piece: takes the space before a full stop, a contraction and the like away, as BERT's
    /// does
    explicit TokenDecoder(Kind kind, std::string prefix = "##", bool cleanup = true) {
        if (kind != Kind::plain) steps_.push_back({kind, std::move(prefix), {}, cleanup});
    }

    /// The decoders of a tokenizer.json, one after the other; none: spellings with a space between.
    explicit TokenDecoder(std::vector<Step> steps) : steps_(std::move(steps)) {}

    /// Appends the text of `ids` without special tokens. @throws Error invalid_token
    void decode(const Vocabulary& vocabulary, const AddedTokens& added, std::span<const std::int32_t> ids,
                std::string& out) const {
        std::vector<std::string> tokens;
        tokens.reserve(ids.size());
        for (const std::int32_t id : ids) {
            const std::string_view token = vocabulary.token(id);
            if (!added.is_special(id)) tokens.emplace_back(token);
        }
        for (const Step& step : steps_) apply(step, tokens);
        std::string joined;
        for (const std::string& token : tokens) {
            if (steps_.empty() && !joined.empty()) joined += ' ';
            joined += token;
        }
        out += is_well_formed_utf8(joined) ? joined : to_well_formed(joined);
    }

    /// The bytes of one token in the middle of a text.
    [[nodiscard]] std::string bytes(const Vocabulary& vocabulary, const AddedTokens& added, std::int32_t id) const {
        const std::string_view token = vocabulary.token(id);
        if (added.is_special(id)) return std::string(token);
        std::string text(token);
        if (steps_.empty()) return " " + text;
        for (const Step& step : steps_) {
            switch (step.kind) {
            case Kind::byte_fallback:
                if (const auto byte = ByteFallback::byte_of(text)) text.assign(1, static_cast<char>(*byte));
                break;
            case Kind::byte_level: {
                std::string spelled;
                append_bytes(text, spelled);
                text = std::move(spelled);
                break;
            }
            case Kind::strip: // is about the ends of the whole text, once tokens are fused
            case Kind::fuse:
            case Kind::plain:
                break;
            default:
                rewrite(step, text, false, false);
            }
        }
        return text;
    }

  private:
    static void append_bytes(std::string_view token, std::string& out) {
        if (!ByteLevelAlphabet::get().append_bytes(token, out)) out += token; // not of the alphabet: an added token
    }

    /// The steps that look at one token at a time.
    static void rewrite(const Step& step, std::string& token, bool is_first, bool is_last) {
        switch (step.kind) {
        case Kind::word_piece:
            if (!is_first) {
                const bool continues = !step.text.empty() && token.starts_with(step.text);
                continues ? void(token.erase(0, step.text.size())) : void(token.insert(0, 1, ' '));
            }
            if (step.cleanup) clean(token);
            break;
        case Kind::metaspace:
            replace_all(token, step.text, is_first && step.drops_first ? "" : " ");
            break;
        case Kind::word_end:
            replace_all(token, step.text, is_last ? "" : " ");
            break;
        case Kind::replace:
            replace_all(token, step.text, step.content);
            break;
        case Kind::strip:
            for (std::size_t i = 0; i < step.start && !step.text.empty() && token.starts_with(step.text); ++i)
                token.erase(0, step.text.size());
            for (std::size_t i = 0; i < step.stop && !step.text.empty() && token.ends_with(step.text); ++i)
                token.resize(token.size() - step.text.size());
            break;
        default:
            break;
        }
    }

    static void apply(const Step& step, std::vector<std::string>& tokens) {
        switch (step.kind) {
        case Kind::plain:
            break;
        case Kind::fuse:
        case Kind::byte_level: {
            std::string joined;
            for (const std::string& token : tokens)
                step.kind == Kind::fuse ? void(joined += token) : append_bytes(token, joined);
            tokens.assign(1, step.kind == Kind::fuse ? std::move(joined) : to_well_formed(joined));
            break;
        }
        case Kind::byte_fallback:
            replace_bytes(tokens);
            break;
        default:
            for (std::size_t i = 0; i < tokens.size(); ++i) rewrite(step, tokens[i], i == 0, i + 1 == tokens.size());
        }
    }

    static void replace_bytes(std::vector<std::string>& tokens) {
        std::vector<std::string> out;
        std::string bytes;
        const auto flush = [&] {
            if (bytes.empty()) return;
            if (is_well_formed_utf8(bytes)) {
                out.push_back(std::move(bytes));
            } else {
                out.insert(out.end(), bytes.size(), "\uFFFD");
            }
            bytes.clear();
        };
        for (std::string& token : tokens) {
            if (const auto byte = ByteFallback::byte_of(token)) {
                bytes.push_back(static_cast<char>(*byte));
                continue;
            }
            flush();
            out.push_back(std::move(token));
        }
        flush();
        tokens = std::move(out);
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
        for (const auto& [from, to] : kReplacements) replace_all(text, from, to);
    }

    std::vector<Step> steps_;
};

} // namespace familiar::text
