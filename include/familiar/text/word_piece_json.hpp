#pragma once

#include <familiar/text/any_tokenizer.hpp>
#include <familiar/text/json_view.hpp>
#include <familiar/text/printable_text.hpp>
#include <familiar/text/tokenizer_json.hpp>
#include <familiar/text/word_piece_tokenizer.hpp>

#include <cstddef>
#include <string>
#include <utility>

namespace familiar::text::tokenizer_json {

/// The tokenizer of a file whose model is WordPiece. @throws Error malformed_model, unsupported_model
[[nodiscard]] inline AnyTokenizer read_word_piece(const JsonView& root, const JsonView& model) {
    const BertNormalizer normalizer = read_bert_normalizer(root);
    const auto pre_tokenizer = root.find("pre_tokenizer");
    const std::string pre_type = pre_tokenizer ? type_of(*pre_tokenizer) : "null";
    if (pre_type != "BertPreTokenizer") {
        throw unknown_part(pre_tokenizer.value_or(root), "pre-tokenizer of a WordPiece model", pre_type,
                           {"BertPreTokenizer"});
    }
    Vocabulary vocabulary = read_vocabulary(model);
    WordPiece::Settings settings;
    settings.unknown_token = model.string_or("unk_token", "[UNK]");
    settings.continuing_prefix = model.string_or("continuing_subword_prefix", "##");
    if (const auto most = model.find("max_input_chars_per_word")) {
        settings.most_characters = static_cast<std::size_t>(most->integer(1, 100000));
    }
    WordPiece pieces(vocabulary, settings, model.where());
    BertSegmenter segmenter(vocabulary, normalizer, std::move(pieces));
    AddedTokens added = read_added_tokens(root, vocabulary);
    for (const AddedToken& token : added.tokens()) {
        if (token.normalized && !token.special) {
            throw Error(ErrorCode::unsupported_model,
                        "the added token " + quoted_text(token.content) + " is searched in normalised text",
                        root.where(), "Set its `normalized` to false");
        }
    }
    PostProcessor post = read_post_processor(root, vocabulary);
    bool cleanup = true;
    if (const auto decoder = root.find("decoder"); decoder && type_of(*decoder) == "WordPiece")
        cleanup = decoder->boolean_or("cleanup", true);
    TokenDecoder decoder(TokenDecoder::Kind::word_piece, settings.continuing_prefix, cleanup);
    return WordPieceTokenizer(std::move(vocabulary), std::move(added), std::move(segmenter), std::move(post),
                              std::move(decoder));
}

} // namespace familiar::text::tokenizer_json
