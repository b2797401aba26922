#pragma once

#include <familiar/text/any_tokenizer.hpp>
#include <familiar/text/byte_level_bpe_tokenizer.hpp>
#include <familiar/text/json_view.hpp>
#include <familiar/text/pipeline_json.hpp>
#include <familiar/text/printable_text.hpp>
#include <familiar/text/tokenizer_json.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::text::tokenizer_json {

inline constexpr std::string_view kQwen2Pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

/// The patterns that published files spell out.
[[nodiscard]] inline std::optional<SplitPattern> pattern_of(std::string_view regex) {
    static constexpr std::array<std::pair<std::string_view, SplitPattern>, 5> kKnown{{
        {R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
         SplitPattern::llama3},
        {R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
         SplitPattern::tekken},
        {R"( ?[^(\s|[.,!?…。，、।۔،])]+)", SplitPattern::bloom},
        {kQwen2Pattern, SplitPattern::qwen2},
        {R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)", SplitPattern::gpt2},
    }};
    const auto found =
        std::find_if(kKnown.begin(), kKnown.end(), [&](const auto& known) { return known.first == regex; });
    return found == kKnown.end() ? std::nullopt : std::optional(found->second);
}

/// Falcon's pre-tokenizers. Its digits apart from spaces are not looked at: none of its tokens holds both.
[[nodiscard]] inline bool is_falcon(const JsonView& top) {
    std::string types;
    bool as_published = true;
    for_each_part(top, "pretokenizers", [&](const JsonView& part) {
        const std::string type = type_of(part);
        types += type + " ";
        if (type == "Punctuation") as_published &= part.string_or("behavior", "Isolated") == "Contiguous";
        if (type == "ByteLevel") {
            as_published &= part.boolean_or("use_regex", true) && !part.boolean_or("add_prefix_space", true);
        }
        if (type == "Digits") as_published &= !part.boolean_or("individual_digits", false);
        if (type == "Split") {
            const auto regex = part.at("pattern").find("Regex");
            as_published &= regex && regex->string() == "[0-9][0-9][0-9]" && !part.boolean_or("invert", false) &&
                            part.string_or("behavior", "Isolated") == "Isolated";
        }
    });
    return as_published && types == "Punctuation ByteLevel Digits Split ";
}

/// Which compositions of pre-tokenizers end in bytes, and the pattern that they come to.
inline void read_byte_level_pre_tokenizer(const JsonView& root, ByteLevelSegmenter::Settings& settings) {
    const JsonView top = root.at("pre_tokenizer");
    if (is_falcon(top)) {
        settings.pattern = SplitPattern::falcon;
        return;
    }
    bool has_bytes = false, digits_apart = false;
    std::optional<SplitPattern> pattern;
    for_each_part(top, "pretokenizers", [&](const JsonView& part) {
        const std::string type = type_of(part);
        if (has_bytes) throw Error(ErrorCode::unsupported_model, "a pre-tokenizer behind ByteLevel", part.where());
        if (type == "ByteLevel") {
            has_bytes = true;
            settings.add_prefix_space = part.boolean_or("add_prefix_space", true);
            if (part.boolean_or("use_regex", true)) {
                if (pattern)
                    throw Error(ErrorCode::unsupported_model, "two patterns, one behind the other", part.where());
                pattern = SplitPattern::gpt2;
            }
        } else if (type == "Split") {
            const auto regex = part.at("pattern").find("Regex");
            const auto found = regex ? pattern_of(regex->string()) : std::nullopt;
            const std::string behavior = part.string_or("behavior", "Isolated");
            const bool is_plain = behavior == "Isolated" || (behavior == "Removed" && part.boolean_or("invert", false));
            if (!found || !is_plain || pattern) {
                throw Error(ErrorCode::unsupported_model,
                            "the pattern " + quoted_text(regex ? regex->string() : part.at("pattern").json().dump()) +
                                " is not known",
                            part.where(), "Known: those of GPT-2, Llama 3, Qwen 2, Mistral and BLOOM, isolated");
            }
            pattern = found;
        } else if (type == "Digits" && part.boolean_or("individual_digits", false)) {
            digits_apart = true;
        } else {
            throw unknown_part(part, "pre-tokenizer of a byte-level model", type,
                               {"ByteLevel", "Split", "Digits (individual)", "Sequence"});
        }
    });
    if (!has_bytes)
        throw Error(ErrorCode::unsupported_model, "a BPE model without ByteLevel", top.where(),
                    "Byte-level BPE is supported");
    settings.pattern = pattern.value_or(SplitPattern::whole);
    if (digits_apart) {
        if (settings.pattern != SplitPattern::gpt2) {
            throw Error(ErrorCode::unsupported_model, "digits apart with another pattern than GPT-2's", top.where());
        }
        settings.pattern = SplitPattern::gpt2_digit;
    }
}

/// `["a b", …]` or `[["a", "b"], …]`; views into the document.
[[nodiscard]] inline ByteLevelSegmenter::Merges read_merges(const JsonView& model) {
    const JsonView list = model.at("merges").array();
    ByteLevelSegmenter::Merges merges;
    merges.reserve(list.size());
    for (std::size_t i = 0; i < list.size(); ++i) {
        const nlohmann::json& entry = list.json()[i];
        if (entry.is_array() && entry.size() == 2 && entry[0].is_string() && entry[1].is_string()) {
            merges.emplace_back(entry[0].get_ref<const std::string&>(), entry[1].get_ref<const std::string&>());
            continue;
        }
        const std::string_view pair =
            entry.is_string() ? std::string_view(entry.get_ref<const std::string&>()) : std::string_view();
        const std::size_t space = pair.find(' ', 1);
        if (pair.empty() || space == std::string_view::npos || space + 1 == pair.size())
            throw list.at(i).wrong("two tokens with a space between");
        merges.emplace_back(pair.substr(0, space), pair.substr(space + 1));
    }
    return merges;
}

/// The id of the model's `unk_token`, where it has one.
[[nodiscard]] inline std::optional<std::int32_t> read_unknown(const JsonView& model, const Vocabulary& vocabulary) {
    const auto unknown = model.find("unk_token");
    if (!unknown) return std::nullopt;
    const auto id = vocabulary.find(unknown->string());
    if (!id) {
        throw Error(ErrorCode::malformed_model,
                    "the unknown token " + quoted_text(unknown->string()) + " is not in the vocabulary",
                    unknown->where());
    }
    return id;
}

/// Whether the tokens of the file's BPE model say where in a word they stand.
[[nodiscard]] inline bool has_affixes(const JsonView& model) {
    return !model.string_or("continuing_subword_prefix", "").empty() ||
           !model.string_or("end_of_word_suffix", "").empty();
}

/// The tokenizer of a file whose BPE model merges characters, or bytes with affixes.
/// @param byte_level the model's pieces are spelled in the byte-level alphabet
/// @throws Error malformed_model, unsupported_model
[[nodiscard]] inline AnyTokenizer read_character_bpe(const JsonView& root, const JsonView& model, bool byte_level) {
    Vocabulary vocabulary = read_vocabulary(model);
    CharacterBpe<ListedMerges>::Settings settings;
    settings.unknown = read_unknown(model, vocabulary);
    settings.fuse_unknown = model.boolean_or("fuse_unk", false);
    settings.byte_fallback = model.boolean_or("byte_fallback", false);
    settings.ignore_merges = model.boolean_or("ignore_merges", false);
    settings.continuing_prefix = model.string_or("continuing_subword_prefix", "");
    settings.end_suffix = model.string_or("end_of_word_suffix", "");
    settings.byte_level = byte_level;
    if (byte_level && (settings.ignore_merges || settings.byte_fallback)) {
        throw Error(ErrorCode::unsupported_model, "ignore_merges or byte_fallback in a byte-level model with affixes",
                    model.where());
    }
    AddedTokens added = read_added_tokens(root, vocabulary);
    const auto listed = read_merges(model);
    ListedMerges merges(vocabulary, listed, model.at("merges").where(), settings.continuing_prefix.size());
    CharacterBpe<ListedMerges> pieces(vocabulary, control_ids(added), std::move(merges), settings);
    return compose_pipeline(root, std::move(vocabulary), std::move(added), std::move(pieces), byte_level);
}

/// Whether bytes, not characters, are what the file's BPE model merges.
[[nodiscard]] inline bool has_byte_level(const JsonView& root) {
    bool found = false;
    if (const auto top = root.find("pre_tokenizer"))
        for_each_part(*top, "pretokenizers",
                      [&](const JsonView& part) { found = found || type_of(part) == "ByteLevel"; });
    return found;
}

/// The tokenizer of a file whose model is byte-level BPE. @throws Error malformed_model, unsupported_model
[[nodiscard]] inline AnyTokenizer read_byte_level_bpe(const JsonView& root, const JsonView& model) {
    ByteLevelSegmenter::Settings settings;
    if (const auto normalizer = root.find("normalizer")) {
        for_each_part(*normalizer, "normalizers", [&](const JsonView& part) {
            const std::string type = type_of(part);
            if (type != "NFC") throw unknown_part(part, "normalizer of a byte-level model", type, {"NFC", "Sequence"});
            settings.compose = true;
        });
    }
    read_byte_level_pre_tokenizer(root, settings);
    if (model.boolean_or("byte_fallback", false)) {
        throw Error(ErrorCode::unsupported_model, "byte fallback in a byte-level model", model.where());
    }
    settings.ignore_merges = model.boolean_or("ignore_merges", false);
    Vocabulary vocabulary = read_vocabulary(model);
    settings.unknown = read_unknown(model, vocabulary).value_or(-1);
    AddedTokens added = read_added_tokens(root, vocabulary);
    const ByteLevelSegmenter::Merges merges = read_merges(model);
    ByteLevelSegmenter segmenter(vocabulary, control_ids(added), merges, settings, model.at("merges").where());
    PostProcessor post = read_post_processor(root, vocabulary);
    return ByteLevelBpeTokenizer(std::move(vocabulary), std::move(added), std::move(segmenter), std::move(post),
                                 TokenDecoder(TokenDecoder::Kind::byte_level));
}

} // namespace familiar::text::tokenizer_json
