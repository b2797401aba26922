#pragma once

#include <familiar/text/bert_segmenter.hpp>
#include <familiar/text/composed_tokenizer.hpp>

namespace familiar::text {

/// BERT's tokenizer: BertNormalizer, BertPreTokenizer, WordPiece. `load_tokenizer` makes one from a tokenizer.json.
using WordPieceTokenizer = ComposedTokenizer<BertSegmenter>;

} // namespace familiar::text
