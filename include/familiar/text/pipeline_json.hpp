#pragma once

#include <familiar/text/any_tokenizer.hpp>
#include <familiar/text/base64.hpp>
#include <familiar/text/character_bpe.hpp>
#include <familiar/text/composed_tokenizer.hpp>
#include <familiar/text/json_view.hpp>
#include <familiar/text/normalizer.hpp>
#include <familiar/text/pipeline_segmenter.hpp>
#include <familiar/text/pre_tokenizer.hpp>
#include <familiar/text/printable_text.hpp>
#include <familiar/text/tokenizer_json.hpp>
#include <familiar/text/unigram.hpp>
#include <familiar/text/word_level.hpp>
#include <familiar/text/word_piece.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The steps of a tokenizer.json as a `PipelineSegmenter` takes them. Whatever cannot be used is an Error that names
/// the file and the place in it.
namespace familiar::text::tokenizer_json {

/// `{"String": …}` or `{"Regex": …}`
[[nodiscard]] inline SimplePattern read_pattern(const JsonView& part) {
    const JsonView pattern = part.at("pattern");
    if (pattern.is_string()) return SimplePattern(pattern.string());
    if (const auto fixed = pattern.find("String")) return SimplePattern(fixed->string());
    const JsonView regex = pattern.at("Regex");
    auto known = SimplePattern::from_regex(regex.string());
    if (!known) {
        throw Error(ErrorCode::unsupported_model, "the pattern " + quoted_text(regex.string()) + " is not known",
                    regex.where(), "Known: fixed texts, and runs of one character or of \\s");
    }
    return *std::move(known);
}

/// The file's `normalizer`; none where it has none.
[[nodiscard]] inline Normalizer read_normalizer(const JsonView& root) {
    std::vector<Normalizer::Step> steps;
    const auto top = root.find("normalizer");
    if (!top) return {};
    for_each_part(*top, "normalizers", [&](const JsonView& part) {
        const std::string type = type_of(part);
        if (type == "Precompiled") {
            const JsonView map = part.at("precompiled_charsmap");
            const auto bytes = decode_base64(map.string());
            if (!bytes) throw map.wrong("base64");
            steps.emplace_back(Normalizer::Mapped{std::make_shared<const PrecompiledMap>(*bytes, map.where())});
        } else if (type == "Replace") {
            steps.emplace_back(Normalizer::Replaced{read_pattern(part), part.at("content").string()});
        } else if (type == "Prepend") {
            steps.emplace_back(Normalizer::Prepended{part.at("prepend").string()});
        } else if (type == "NFC" || type == "NFD" || type == "NFKC" || type == "NFKD") {
            steps.emplace_back(Normalizer::Formed{type == "NFC"    ? NormalForm::nfc
                                                  : type == "NFD"  ? NormalForm::nfd
                                                  : type == "NFKC" ? NormalForm::nfkc
                                                                   : NormalForm::nfkd});
        } else if (type == "StripAccents") {
            steps.emplace_back(Normalizer::WithoutAccents{});
        } else if (type == "Lowercase") {
            steps.emplace_back(Normalizer::Lowercased{});
        } else if (type == "Strip") {
            steps.emplace_back(
                Normalizer::Stripped{part.boolean_or("strip_left", true), part.boolean_or("strip_right", true)});
        } else if (type == "Nmt") {
            steps.emplace_back(Normalizer::NmtCleaned{});
        } else if (type == "BertNormalizer") {
            steps.emplace_back(Normalizer::BertNormalized{read_bert_settings(part)});
        } else {
            throw unknown_part(part, "normalizer", type,
                               {"BertNormalizer", "Lowercase", "NFC", "NFD", "NFKC", "NFKD", "Nmt", "Precompiled",
                                "Prepend", "Replace", "Sequence", "Strip", "StripAccents"});
        }
    });
    return Normalizer(std::move(steps));
}

[[nodiscard]] inline SplitBehavior read_behavior(const JsonView& part, const std::string& otherwise) {
    const std::string name = part.string_or("behavior", otherwise);
    if (name == "Removed") return SplitBehavior::removed;
    if (name == "Isolated") return SplitBehavior::isolated;
    if (name == "MergedWithPrevious") return SplitBehavior::merged_with_previous;
    if (name == "MergedWithNext") return SplitBehavior::merged_with_next;
    if (name == "Contiguous") return SplitBehavior::contiguous;
    throw unknown_part(part, "behavior", name,
                       {"Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"});
}

[[nodiscard]] inline PreTokenizer::Prepend read_prepend(const JsonView& part) {
    const auto scheme = part.find("prepend_scheme");
    if (!scheme) { // files of before 2024
        return part.boolean_or("add_prefix_space", true) ? PreTokenizer::Prepend::always : PreTokenizer::Prepend::never;
    }
    const std::string& name = scheme->string();
    if (name == "always") return PreTokenizer::Prepend::always;
    if (name == "first") return PreTokenizer::Prepend::first;
    if (name == "never") return PreTokenizer::Prepend::never;
    throw unknown_part(part, "prepend_scheme", name, {"always", "first", "never"});
}

/// Metaspace's replacement: one character.
[[nodiscard]] inline std::string read_replacement(const JsonView& part) {
    std::string replacement = part.string_or("replacement", "\u2581");
    if (replacement.empty() || decode_utf8(replacement, 0).length != replacement.size())
        throw part.at("replacement").wrong("one character");
    return replacement;
}

/// The pattern of CLIP's files, which cut at it and drop what lies between.
inline constexpr std::string_view kClipPattern = R"('s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+)";

/// Whether the part cuts words out as CLIP's files say it.
[[nodiscard]] inline bool is_clip_split(const JsonView& part) {
    const auto pattern = part.find("pattern");
    const auto regex = pattern && pattern->is_object() ? pattern->find("Regex") : std::nullopt;
    return regex && regex->is_string() && regex->string() == kClipPattern &&
           part.string_or("behavior", "Isolated") == "Removed" && part.boolean_or("invert", false);
}

/// The file's `pre_tokenizer`; none where it has none.
/// @param takes_bytes the model merges bytes itself, so that ByteLevel may stand behind what cuts words out
[[nodiscard]] inline PreTokenizer read_pre_tokenizer(const JsonView& root, bool takes_bytes = false) {
    std::vector<PreTokenizer::Step> steps;
    const auto top = root.find("pre_tokenizer");
    if (!top) return {};
    for_each_part(*top, "pretokenizers", [&](const JsonView& part) {
        const std::string type = type_of(part);
        if (type == "Metaspace") {
            steps.emplace_back(
                PreTokenizer::Metaspace{read_replacement(part), read_prepend(part), part.boolean_or("split", true)});
        } else if (type == "WhitespaceSplit") {
            steps.emplace_back(PreTokenizer::WhiteSpaceSplit{});
        } else if (type == "Whitespace") {
            steps.emplace_back(PreTokenizer::Words{});
        } else if (type == "BertPreTokenizer") {
            steps.emplace_back(PreTokenizer::BertWords{});
        } else if (type == "Punctuation") {
            steps.emplace_back(PreTokenizer::Punctuation{read_behavior(part, "Isolated")});
        } else if (type == "Digits") {
            steps.emplace_back(PreTokenizer::Digits{part.boolean_or("individual_digits", false)});
        } else if (type == "Split" && is_clip_split(part)) {
            steps.emplace_back(PreTokenizer::Matches{PatternSplitter(SplitPattern::clip)});
        } else if (type == "ByteLevel" && takes_bytes && !steps.empty() &&
                   std::holds_alternative<PreTokenizer::Matches>(steps.back()) &&
                   !part.boolean_or("add_prefix_space", true)) {
            return; // GPT-2's pattern leaves such words whole, and the model spells their bytes
        } else if (type == "Split") {
            steps.emplace_back(PreTokenizer::Split{read_pattern(part), read_behavior(part, "Isolated"),
                                                   part.boolean_or("invert", false)});
        } else {
            throw unknown_part(part, "pre-tokenizer", type,
                               {"BertPreTokenizer", "ByteLevel (of a BPE model)", "Digits", "Metaspace", "Punctuation",
                                "Sequence", "Split", "Whitespace", "WhitespaceSplit"});
        }
    });
    return PreTokenizer(std::move(steps));
}

/// The file's `decoder`; none where it has none.
[[nodiscard]] inline TokenDecoder read_decoder(const JsonView& root) {
    std::vector<TokenDecoder::Step> steps;
    const auto top = root.find("decoder");
    if (!top) return {};
    using Kind = TokenDecoder::Kind;
    for_each_part(*top, "decoders", [&](const JsonView& part) {
        const std::string type = type_of(part);
        TokenDecoder::Step step;
        if (type == "WordPiece") {
            step.kind = Kind::word_piece;
            step.text = part.string_or("prefix", "##");
            step.cleanup = part.boolean_or("cleanup", true);
        } else if (type == "ByteLevel") {
            step.kind = Kind::byte_level;
        } else if (type == "Metaspace") {
            step.kind = Kind::metaspace;
            step.text = read_replacement(part);
            step.drops_first = read_prepend(part) != PreTokenizer::Prepend::never;
        } else if (type == "Replace") {
            const JsonView pattern = part.at("pattern");
            step.kind = Kind::replace;
            step.text = pattern.is_string() ? pattern.string() : pattern.at("String").string();
            step.content = part.at("content").string();
        } else if (type == "ByteFallback") {
            step.kind = Kind::byte_fallback;
        } else if (type == "BPEDecoder") {
            step.kind = Kind::word_end;
            step.text = part.string_or("suffix", "</w>");
        } else if (type == "Fuse") {
            step.kind = Kind::fuse;
        } else if (type == "Strip") {
            step.kind = Kind::strip;
            step.text = part.at("content").string();
            step.start = static_cast<std::size_t>(part.at("start").integer(0, INT32_MAX));
            step.stop = static_cast<std::size_t>(part.at("stop").integer(0, INT32_MAX));
        } else {
            throw unknown_part(part, "decoder", type,
                               {"BPEDecoder", "ByteFallback", "ByteLevel", "Fuse", "Metaspace", "Replace", "Sequence",
                                "Strip", "WordPiece"});
        }
        steps.push_back(std::move(step));
    });
    return TokenDecoder(std::move(steps));
}

/// The ids of special tokens, which ordinary text never becomes.
[[nodiscard]] inline std::vector<std::int32_t> control_ids(const AddedTokens& added) {
    std::vector<std::int32_t> ids;
    for (const AddedToken& token : added.tokens()) {
        if (token.special) ids.push_back(token.id);
    }
    return ids;
}

/// Those ordinary added tokens that are searched in the normalised text, taken out of the others.
[[nodiscard]] inline std::vector<AddedToken> take_normalized(AddedTokens& added) {
    std::vector<AddedToken> raw, normalized;
    for (const AddedToken& token : added.tokens())
        (token.normalized && !token.special ? normalized : raw).push_back(token);
    if (!normalized.empty()) added = AddedTokens(std::move(raw));
    return normalized;
}

/// A tokenizer of the file's steps around a model. @param added all that the file adds, in `vocabulary` already
/// @param takes_bytes as `read_pre_tokenizer` has it
template <WordModel M>
[[nodiscard]] AnyTokenizer compose_pipeline(const JsonView& root, Vocabulary vocabulary, AddedTokens added, M model,
                                            bool takes_bytes = false) {
    PostProcessor post = read_post_processor(root, vocabulary);
    std::vector<AddedToken> normalized = take_normalized(added);
    Normalizer normalizer = read_normalizer(root);
    if (normalizer.steps().empty()) { // the given text is the normalised one
        std::vector<AddedToken> all = added.tokens();
        all.insert(all.end(), normalized.begin(), normalized.end());
        added = AddedTokens(std::move(all));
        normalized.clear();
    }
    PipelineSegmenter<M> segmenter(std::move(normalizer), std::move(normalized), read_pre_tokenizer(root, takes_bytes),
                                   std::move(model));
    return ComposedTokenizer<PipelineSegmenter<M>>(std::move(vocabulary), std::move(added), std::move(segmenter),
                                                   std::move(post), read_decoder(root));
}

/// The tokenizer of a file whose model is a list of whole words. @throws Error malformed_model, unsupported_model
[[nodiscard]] inline AnyTokenizer read_word_level(const JsonView& root, const JsonView& model) {
    Vocabulary vocabulary = read_vocabulary(model);
    AddedTokens added = read_added_tokens(root, vocabulary);
    WordLevel words(vocabulary, control_ids(added), model.string_or("unk_token", "<unk>"), model.where());
    return compose_pipeline(root, std::move(vocabulary), std::move(added), std::move(words));
}

/// The tokenizer of a file whose model is Unigram. @throws Error malformed_model, unsupported_model
[[nodiscard]] inline AnyTokenizer read_unigram(const JsonView& root, const JsonView& model) {
    const JsonView vocab = model.at("vocab").array();
    if (vocab.size() == 0 || vocab.size() > Vocabulary::kMostTokens) {
        throw Error(ErrorCode::malformed_model, "a vocabulary of " + std::to_string(vocab.size()) + " tokens",
                    vocab.where());
    }
    Vocabulary vocabulary(vocab.size());
    std::vector<double> scores(vocab.size());
    for (std::size_t i = vocab.size(); i-- > 0;) { // of equal tokens the last one counts
        const nlohmann::json& entry = vocab.json()[i];
        if (!entry.is_array() || entry.size() != 2 || !entry[0].is_string() || !entry[1].is_number())
            throw vocab.at(i).wrong("a token and its score");
        vocabulary.insert_duplicate(entry[0].get_ref<const std::string&>(), i);
        scores[i] = entry[1].get<double>();
    }
    std::optional<std::int32_t> unknown;
    if (const auto id = model.find("unk_id"))
        unknown = static_cast<std::int32_t>(id->integer(0, static_cast<std::int64_t>(vocab.size()) - 1));
    AddedTokens added = read_added_tokens(root, vocabulary);
    Unigram pieces(vocabulary, std::move(scores), unknown, control_ids(added), model.boolean_or("byte_fallback", false),
                   model.where());
    return compose_pipeline(root, std::move(vocabulary), std::move(added), std::move(pieces));
}

} // namespace familiar::text::tokenizer_json
