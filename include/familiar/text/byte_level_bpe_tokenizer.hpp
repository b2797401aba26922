#pragma once

#include <familiar/text/byte_level_segmenter.hpp>
#include <familiar/text/composed_tokenizer.hpp>

namespace familiar::text {

/// The tokenizer of GPT-2, RoBERTa, Llama 3, Qwen and SmolLM: byte-level BPE behind one of the families' patterns.
/// `load_tokenizer` makes one from a tokenizer.json, `gguf_tokenizer` from a GGUF file.
using ByteLevelBpeTokenizer = ComposedTokenizer<ByteLevelSegmenter>;

} // namespace familiar::text
