#pragma once

#include <familiar/text/added_tokens.hpp>
#include <familiar/text/bert_characters.hpp>
#include <familiar/text/decoder.hpp>
#include <familiar/text/json_view.hpp>
#include <familiar/text/post_processor.hpp>
#include <familiar/text/printable_text.hpp>
#include <familiar/text/vocabulary.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The parts of a tokenizer.json that tokenizers share, each read by a function of its own. Whatever cannot be used is
/// an Error that names the file and the place in it.
namespace familiar::text::tokenizer_json {

[[nodiscard]] inline Error unknown_part(const JsonView& part, const std::string& what, const std::string& name,
                                        std::initializer_list<std::string_view> known) {
    std::string list;
    for (const auto& k : known) list += (list.empty() ? "" : ", ") + std::string(k);
    return {ErrorCode::unsupported_model, "the " + what + " " + quoted_text(name) + " is not known", part.where(),
            "Known: " + list};
}

/// The `type` of a part. Files of before 2021 leave it out of the model.
[[nodiscard]] inline std::string type_of(const JsonView& part) {
    return part.at("type").string();
}

/// Calls `visit(part)` for a part, or for every part of a `Sequence` of them, one in another too.
template <class Visit> void for_each_part(const JsonView& part, const std::string& list, Visit&& visit) {
    if (type_of(part) != "Sequence") {
        visit(part);
        return;
    }
    const JsonView parts = part.at(list).array();
    for (std::size_t i = 0; i < parts.size(); ++i) for_each_part(parts.at(i), list, visit);
}

/// The `vocab` of WordPiece and BPE: an object of tokens and ids.
[[nodiscard]] inline Vocabulary read_vocabulary(const JsonView& model) {
    const JsonView vocab = model.at("vocab");
    if (!vocab.is_object()) throw vocab.wrong("an object of tokens and ids");
    if (vocab.size() == 0 || vocab.size() > Vocabulary::kMostTokens) {
        throw Error(ErrorCode::malformed_model, "a vocabulary of " + std::to_string(vocab.size()) + " tokens",
                    vocab.where());
    }
    Vocabulary vocabulary(vocab.size());
    const std::string where = vocab.where();
    for (const auto& [token, id] : vocab.json().items()) {
        if (!id.is_number_integer() || (id.is_number_unsigned() && id.get<std::uint64_t>() > INT64_MAX)) {
            throw Error(ErrorCode::malformed_model, "token " + quoted_text(token) + " has no integer as its id", where);
        }
        vocabulary.insert(token, id.get<std::int64_t>(), where);
    }
    return vocabulary;
}

/// The file's `added_tokens`; their spellings join the vocabulary.
[[nodiscard]] inline AddedTokens read_added_tokens(const JsonView& root, Vocabulary& vocabulary) {
    const auto list = root.find("added_tokens");
    if (!list) return {};
    std::vector<AddedToken> tokens;
    for (std::size_t i = 0; i < list->array().size(); ++i) {
        const JsonView entry = list->at(i);
        AddedToken token;
        token.content = entry.at("content").string();
        token.id =
            static_cast<std::int32_t>(entry.at("id").integer(0, static_cast<std::int64_t>(Vocabulary::kMostTokens)));
        token.special = entry.boolean_or("special", false);
        token.normalized = entry.boolean_or("normalized", !token.special);
        token.single_word = entry.boolean_or("single_word", false);
        token.left_strip = entry.boolean_or("lstrip", false);
        token.right_strip = entry.boolean_or("rstrip", false);
        vocabulary.insert(token.content, token.id, entry.where());
        if (!token.content.empty()) tokens.push_back(std::move(token));
    }
    return AddedTokens(std::move(tokens));
}

[[nodiscard]] inline std::int32_t id_in(const Vocabulary& vocabulary, const JsonView& place) {
    const auto id = place.integer(0, INT32_MAX);
    if (!vocabulary.contains(static_cast<std::int32_t>(id))) {
        throw Error(ErrorCode::malformed_model, "the vocabulary has no token " + std::to_string(id), place.where());
    }
    return static_cast<std::int32_t>(id);
}

/// `["[SEP]", 102]`
[[nodiscard]] inline std::int32_t read_token_pair(const Vocabulary& vocabulary, const JsonView& place) {
    if (!place.is_array() || place.size() != 2) throw place.wrong("a token and its id");
    return id_in(vocabulary, place.at(1));
}

[[nodiscard]] inline std::vector<PostProcessor::Piece>
read_template(const Vocabulary& vocabulary, const JsonView& processor, const std::string& key, std::size_t texts) {
    using Part = PostProcessor::Part;
    const JsonView list = processor.at(key).array();
    std::vector<PostProcessor::Piece> pieces;
    std::size_t seen = 0;
    for (std::size_t i = 0; i < list.size(); ++i) {
        const JsonView entry = list.at(i);
        const auto special = entry.find("SpecialToken"), sequence = entry.find("Sequence");
        if (!special && !sequence) throw entry.wrong("`SpecialToken` or `Sequence`");
        const JsonView& piece = special ? *special : *sequence;
        const auto type_id = static_cast<std::uint8_t>(piece.at("type_id").integer(0, 255));
        const std::string& name = piece.at("id").string();
        if (special) {
            const JsonView ids = processor.at("special_tokens").at(name).at("ids").array();
            for (std::size_t k = 0; k < ids.size(); ++k)
                pieces.push_back({Part::special, id_in(vocabulary, ids.at(k)), type_id});
            continue;
        }
        if (name != (seen == 0 ? "A" : "B")) {
            throw Error(ErrorCode::unsupported_model, "the text " + quoted_text(name) + " is out of turn",
                        piece.where(), "A template holds A once, then B once where it is for pairs");
        }
        pieces.push_back({seen == 0 ? Part::first_text : Part::second_text, 0, type_id});
        ++seen;
    }
    if (seen != texts) {
        throw Error(ErrorCode::malformed_model,
                    "a template with " + std::to_string(seen) + " texts instead of " + std::to_string(texts),
                    list.where());
    }
    return pieces;
}

[[nodiscard]] inline PostProcessor read_post_processor(const JsonView& root, const Vocabulary& vocabulary) {
    using Part = PostProcessor::Part;
    PostProcessor out;
    const auto top = root.find("post_processor");
    if (!top) return out;
    for_each_part(*top, "processors", [&](const JsonView& part) {
        const std::string type = type_of(part);
        if (type == "TemplateProcessing") {
            out.single = read_template(vocabulary, part, "single", 1);
            out.pair = read_template(vocabulary, part, "pair", 2);
        } else if (type == "BertProcessing") {
            const auto cls = read_token_pair(vocabulary, part.at("cls")),
                       sep = read_token_pair(vocabulary, part.at("sep"));
            out.single = {{Part::special, cls, 0}, {Part::first_text, 0, 0}, {Part::special, sep, 0}};
            out.pair = out.single;
            out.pair.insert(out.pair.end(), {{Part::second_text, 0, 1}, {Part::special, sep, 1}});
        } else if (type == "RobertaProcessing") {
            const auto cls = read_token_pair(vocabulary, part.at("cls")),
                       sep = read_token_pair(vocabulary, part.at("sep"));
            out.single = {{Part::special, cls, 0}, {Part::first_text, 0, 0}, {Part::special, sep, 0}};
            out.pair = out.single;
            out.pair.insert(out.pair.end(),
                            {{Part::special, sep, 0}, {Part::second_text, 0, 0}, {Part::special, sep, 0}});
            out.trim_offsets = part.boolean_or("trim_offsets", true);
            out.add_prefix_space = part.boolean_or("add_prefix_space", true);
        } else if (type == "ByteLevel") {
            out.trim_offsets = part.boolean_or("trim_offsets", true);
            out.add_prefix_space = part.boolean_or("add_prefix_space", true);
        } else {
            throw unknown_part(part, "post-processor", type,
                               {"TemplateProcessing", "BertProcessing", "RobertaProcessing", "ByteLevel", "Sequence"});
        }
    });
    return out;
}

/// The settings of a BertNormalizer.
[[nodiscard]] inline BertNormalizer read_bert_settings(const JsonView& part) {
    BertNormalizer out;
    out.clean_text = part.boolean_or("clean_text", true);
    out.handle_chinese_chars = part.boolean_or("handle_chinese_chars", true);
    out.lowercase = part.boolean_or("lowercase", true);
    out.strip_accents = part.boolean_or("strip_accents", out.lowercase); // null: as lowercase
    return out;
}

} // namespace familiar::text::tokenizer_json
