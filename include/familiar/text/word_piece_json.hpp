#pragma once

#include <familiar/text/any_tokenizer.hpp>
#include <familiar/text/json_view.hpp>
#include <familiar/text/pipeline_json.hpp>
#include <familiar/text/tokenizer_json.hpp>
#include <familiar/text/word_piece_tokenizer.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

namespace familiar::text::tokenizer_json {

/// The tokenizer of a file whose model is WordPiece: in one pass where the steps before are BERT's, else step by step.
/// @throws Error malformed_model, unsupported_model
[[nodiscard]] inline AnyTokenizer read_word_piece(const JsonView& root, const JsonView& model) {
    Vocabulary vocabulary = read_vocabulary(model);
    WordPiece::Settings settings;
    settings.unknown_token = model.string_or("unk_token", "[UNK]");
    settings.continuing_prefix = model.string_or("continuing_subword_prefix", "##");
    if (const auto most = model.find("max_input_chars_per_word")) {
        settings.most_characters = static_cast<std::size_t>(most->integer(1, 100000));
    }
    WordPiece pieces(vocabulary, settings, model.where());
    const auto normalizer = root.find("normalizer"), pre_tokenizer = root.find("pre_tokenizer");
    const bool is_bert = (!normalizer || type_of(*normalizer) == "BertNormalizer") && pre_tokenizer &&
                         type_of(*pre_tokenizer) == "BertPreTokenizer";
    std::optional<BertSegmenter> segmenter;
    if (is_bert) {
        const BertNormalizer steps =
            normalizer ? read_bert_settings(*normalizer) : BertNormalizer{false, false, false, false};
        segmenter.emplace(vocabulary, steps, pieces);
    }
    AddedTokens added = read_added_tokens(root, vocabulary);
    const bool searches_normalized = std::any_of(added.tokens().begin(), added.tokens().end(),
                                                 [](const AddedToken& t) { return t.normalized && !t.special; });
    if (!is_bert || (searches_normalized && normalizer))
        return compose_pipeline(root, std::move(vocabulary), std::move(added), std::move(pieces));
    PostProcessor post = read_post_processor(root, vocabulary);
    bool cleanup = true;
    if (const auto decoder = root.find("decoder"); decoder && type_of(*decoder) == "WordPiece")
        cleanup = decoder->boolean_or("cleanup", true);
    TokenDecoder decoder(TokenDecoder::Kind::word_piece, settings.continuing_prefix, cleanup);
    return WordPieceTokenizer(std::move(vocabulary), std::move(added), *std::move(segmenter), std::move(post),
                              std::move(decoder));
}

} // namespace familiar::text::tokenizer_json
