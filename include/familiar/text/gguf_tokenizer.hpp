#pragma once

#include <familiar/core/error.hpp>
#include <familiar/text/any_tokenizer.hpp>
#include <familiar/text/byte_level_bpe_tokenizer.hpp>
#include <familiar/text/character_bpe.hpp>
#include <familiar/text/normalizer.hpp>
#include <familiar/text/pipeline_segmenter.hpp>
#include <familiar/text/pre_tokenizer.hpp>
#include <familiar/text/printable_text.hpp>
#include <familiar/text/scored_merges.hpp>
#include <familiar/weights/gguf.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::text {

namespace detail {

/// What `tokenizer.ggml.pre` names; Qwen's models were trained on NFC text, which llama.cpp leaves to the caller.
struct GgufPattern {
    std::string_view name;
    SplitPattern pattern;
    bool compose;
    bool starts_with_bos;       ///< where the file does not say
    bool ignore_merges = false; ///< a word of the vocabulary is that token
};

inline constexpr std::array<GgufPattern, 25> kGgufPatterns{{
    {"gpt-2", SplitPattern::gpt2, false, false},
    {"gpt2", SplitPattern::gpt2, false, false},
    {"phi-2", SplitPattern::gpt2, false, false},
    {"olmo", SplitPattern::gpt2, false, false},
    {"mpt", SplitPattern::gpt2, false, false},
    {"jais", SplitPattern::gpt2, false, false},
    {"jina-v2-es", SplitPattern::gpt2, false, false},
    {"jina-v2-de", SplitPattern::gpt2, false, false},
    {"smollm", SplitPattern::gpt2_digit, false, false},
    {"starcoder", SplitPattern::gpt2_digit, false, false},
    {"refact", SplitPattern::gpt2_digit, false, false},
    {"codeshell", SplitPattern::gpt2_digit, false, false},
    {"command-r", SplitPattern::gpt2_digit, false, false},
    {"llama-bpe", SplitPattern::llama3, false, true, true},
    {"llama3", SplitPattern::llama3, false, true, true},
    {"llama-v3", SplitPattern::llama3, false, true, true},
    {"dbrx", SplitPattern::llama3, false, false},
    {"smaug-bpe", SplitPattern::llama3, false, true},
    {"qwen2", SplitPattern::qwen2, true, false},
    {"stablelm2", SplitPattern::qwen2, false, false},
    {"tekken", SplitPattern::tekken, false, true, true},
    {"falcon", SplitPattern::falcon, false, false},
    {"bloom", SplitPattern::bloom, false, false},
    {"gpt3-finnish", SplitPattern::bloom, false, false},
    {"poro-chat", SplitPattern::bloom, false, false},
}};

[[nodiscard]] inline const GgufPattern& gguf_pattern(const weights::Gguf& gguf) {
    const std::string name = gguf.find_string("tokenizer.ggml.pre").value_or("gpt-2");
    const auto found =
        std::find_if(kGgufPatterns.begin(), kGgufPatterns.end(), [&](const auto& known) { return known.name == name; });
    if (found != kGgufPatterns.end()) return *found;
    std::string list;
    for (const auto& known : kGgufPatterns) list += (list.empty() ? "" : ", ") + std::string(known.name);
    throw Error(ErrorCode::unsupported_model, "the pre-tokenizer " + quoted_text(name) + " is not known",
                gguf.path() + ", tokenizer.ggml.pre", "Known: " + list);
}

/// A token's kind in `tokenizer.ggml.token_type`.
enum class GgufTokenKind : std::int64_t { normal = 1, unknown = 2, control = 3, user_defined = 4 };

[[nodiscard]] inline AddedTokens gguf_added_tokens(const weights::Gguf& gguf, const Vocabulary& vocabulary) {
    const auto kinds = gguf.find_integers("tokenizer.ggml.token_type");
    if (!kinds) return {};
    const std::string where = gguf.path() + ", tokenizer.ggml.token_type";
    if (kinds->size() != vocabulary.size()) {
        throw Error(ErrorCode::malformed_model,
                    std::to_string(kinds->size()) + " types for " + std::to_string(vocabulary.size()) + " tokens",
                    where);
    }
    std::vector<AddedToken> tokens;
    for (std::size_t i = 0; i < kinds->size(); ++i) {
        const auto kind = static_cast<GgufTokenKind>((*kinds)[i]);
        const bool is_special = kind == GgufTokenKind::control || kind == GgufTokenKind::unknown;
        if (!is_special && kind != GgufTokenKind::user_defined) continue;
        const std::string_view content = vocabulary.token(static_cast<std::int32_t>(i));
        if (!content.empty()) tokens.push_back({std::string(content), static_cast<std::int32_t>(i), is_special});
    }
    return AddedTokens(std::move(tokens));
}

[[nodiscard]] inline std::int32_t gguf_token_id(const weights::Gguf& gguf, const std::string& key,
                                                const Vocabulary& vocabulary) {
    const auto id = gguf.find_unsigned(key);
    if (!id || *id >= vocabulary.size()) {
        throw Error(ErrorCode::malformed_model, id ? "there is no token " + std::to_string(*id) : "the key is missing",
                    gguf.path() + ", " + key);
    }
    return static_cast<std::int32_t>(*id);
}

/// What the file puts around a text: BOS and EOS as `add_bos_token` and `add_eos_token` say. A pair is one text.
[[nodiscard]] inline PostProcessor gguf_post_processor(const weights::Gguf& gguf, const Vocabulary& vocabulary,
                                                       bool starts_with_bos) {
    using Part = PostProcessor::Part;
    PostProcessor post;
    post.single = {{Part::first_text, 0, 0}};
    post.pair = {{Part::first_text, 0, 0}, {Part::second_text, 0, 0}};
    if (gguf.find_bool("tokenizer.ggml.add_bos_token").value_or(starts_with_bos)) {
        const PostProcessor::Piece bos{Part::special, gguf_token_id(gguf, "tokenizer.ggml.bos_token_id", vocabulary),
                                       0};
        post.single.insert(post.single.begin(), bos);
        post.pair.insert(post.pair.begin(), bos);
    }
    if (gguf.find_bool("tokenizer.ggml.add_eos_token").value_or(false)) {
        const PostProcessor::Piece eos{Part::special, gguf_token_id(gguf, "tokenizer.ggml.eos_token_id", vocabulary),
                                       0};
        post.single.push_back(eos);
        post.pair.push_back(eos);
    }
    return post;
}

[[nodiscard]] inline ByteLevelSegmenter::Merges gguf_merges(const std::vector<std::string_view>& lines,
                                                            const std::string& where) {
    ByteLevelSegmenter::Merges merges;
    merges.reserve(lines.size());
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const std::string_view line = lines[i];
        const std::size_t space = line.find(' ', 1);
        if (line.empty() || space == std::string_view::npos || space + 1 == line.size()) {
            throw Error(ErrorCode::malformed_model,
                        "two tokens with a space between expected, " + quoted_text(line) + " found",
                        where + "[" + std::to_string(i) + "]");
        }
        merges.emplace_back(line.substr(0, space), line.substr(space + 1));
    }
    return merges;
}

} // namespace detail

namespace detail {

[[nodiscard]] inline Vocabulary gguf_vocabulary(const weights::Gguf& gguf) {
    const auto tokens = gguf.find_strings("tokenizer.ggml.tokens");
    if (!tokens || tokens->empty() || tokens->size() > Vocabulary::kMostTokens) {
        throw Error(ErrorCode::malformed_model,
                    tokens ? "a vocabulary of " + std::to_string(tokens->size()) + " tokens" : "the key is missing",
                    gguf.path() + ", tokenizer.ggml.tokens");
    }
    Vocabulary vocabulary(tokens->size());
    for (std::size_t i = 0; i < tokens->size(); ++i) vocabulary.insert_duplicate((*tokens)[i], i);
    return vocabulary;
}

[[nodiscard]] inline std::vector<std::int32_t> gguf_control_ids(const AddedTokens& added) {
    std::vector<std::int32_t> control;
    for (const AddedToken& token : added.tokens()) {
        if (token.special) control.push_back(token.id);
    }
    return control;
}

/// Byte-level BPE.
[[nodiscard]] inline AnyTokenizer gguf_byte_level(const weights::Gguf& gguf) {
    const auto& pattern = gguf_pattern(gguf);
    Vocabulary vocabulary = gguf_vocabulary(gguf);
    AddedTokens added = gguf_added_tokens(gguf, vocabulary);
    const std::string merges_at = gguf.path() + ", tokenizer.ggml.merges";
    const auto merges = gguf.find_strings("tokenizer.ggml.merges");
    if (!merges) throw Error(ErrorCode::malformed_model, "the key is missing", merges_at);
    ByteLevelSegmenter::Settings settings;
    settings.pattern = pattern.pattern;
    settings.compose = pattern.compose;
    settings.ignore_merges = pattern.ignore_merges;
    ByteLevelSegmenter segmenter(vocabulary, gguf_control_ids(added), gguf_merges(*merges, merges_at), settings,
                                 merges_at);
    PostProcessor post = gguf_post_processor(gguf, vocabulary, pattern.starts_with_bos);
    return ByteLevelBpeTokenizer(std::move(vocabulary), std::move(added), std::move(segmenter), std::move(post),
                                 TokenDecoder(TokenDecoder::Kind::byte_level));
}

/// SentencePiece's BPE: merges by score, bytes for what the vocabulary lacks.
[[nodiscard]] inline AnyTokenizer gguf_sentence_piece(const weights::Gguf& gguf) {
    Vocabulary vocabulary = gguf_vocabulary(gguf);
    AddedTokens added = gguf_added_tokens(gguf, vocabulary);
    const std::string scores_at = gguf.path() + ", tokenizer.ggml.scores";
    const auto scores = gguf.find_floats("tokenizer.ggml.scores");
    if (!scores) throw Error(ErrorCode::malformed_model, "the key is missing", scores_at);
    if (scores->size() != vocabulary.size()) {
        throw Error(ErrorCode::malformed_model,
                    std::to_string(scores->size()) + " scores for " + std::to_string(vocabulary.size()) + " tokens",
                    scores_at);
    }
    const std::vector<std::int32_t> control = gguf_control_ids(added);
    std::vector<bool> is_control(vocabulary.size());
    for (const std::int32_t id : control) is_control[static_cast<std::size_t>(id)] = true;
    CharacterBpe<ScoredMerges>::Settings settings;
    settings.byte_fallback = true;
    settings.unknown_after_merges = true;
    if (const auto unknown = gguf.find_unsigned("tokenizer.ggml.unknown_token_id")) {
        settings.unknown = gguf_token_id(gguf, "tokenizer.ggml.unknown_token_id", vocabulary);
    }
    const bool adds_space = gguf.find_bool("tokenizer.ggml.add_space_prefix").value_or(true);
    CharacterBpe<ScoredMerges> pieces(vocabulary, control, ScoredMerges(vocabulary, *scores, is_control), settings);
    std::vector<Normalizer::Step> steps;
    if (adds_space) steps.emplace_back(Normalizer::Prepended{" "});
    steps.emplace_back(Normalizer::Replaced{SimplePattern(" "), "\u2581"});
    PipelineSegmenter<CharacterBpe<ScoredMerges>> segmenter(Normalizer(std::move(steps)), {}, PreTokenizer(),
                                                            std::move(pieces));
    using Kind = TokenDecoder::Kind;
    std::vector<TokenDecoder::Step> joins{{Kind::replace, "\u2581", " "}, {Kind::byte_fallback}, {Kind::fuse}};
    if (adds_space) joins.push_back({Kind::strip, " ", {}, false, false, 1, 0});
    PostProcessor post = gguf_post_processor(gguf, vocabulary, true);
    return ComposedTokenizer<PipelineSegmenter<CharacterBpe<ScoredMerges>>>(
        std::move(vocabulary), std::move(added), std::move(segmenter), std::move(post), TokenDecoder(std::move(joins)));
}

} // namespace detail

/// The tokenizer inside a GGUF file whose `tokenizer.ggml.model` is `gpt2` (byte-level BPE) or `llama` (SentencePiece's
/// BPE).
/// @throws Error malformed_model: a key is missing or contradicts another; unsupported_model: another kind of model or
///         an unknown `tokenizer.ggml.pre`
[[nodiscard]] inline AnyTokenizer gguf_tokenizer(const weights::Gguf& gguf) {
    const auto model = gguf.find_string("tokenizer.ggml.model");
    if (!model)
        throw Error(ErrorCode::malformed_model, "there is no tokenizer", gguf.path() + ", tokenizer.ggml.model");
    if (*model == "gpt2") return detail::gguf_byte_level(gguf);
    if (*model == "llama") return detail::gguf_sentence_piece(gguf);
    throw Error(ErrorCode::unsupported_model, "the tokenizer model " + quoted_text(*model) + " is not known",
                gguf.path() + ", tokenizer.ggml.model", "Known: gpt2, llama");
}

} // namespace familiar::text
