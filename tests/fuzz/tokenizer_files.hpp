#pragma once

#include <string>
#include <vector>

namespace familiar::fuzz {

/// Small tokenizer.json files that have, together, every kind of model and nearly every part: WordPiece, byte-level
/// BPE, Unigram with a character map, SentencePiece-like BPE.
inline std::vector<std::string> tokenizer_files() {
    return {
        R"({"added_tokens":[{"id":1,"content":"[CLS]","special":true},{"id":2,"content":"[SEP]","special":true,"lstrip":true}],
"normalizer":{"type":"BertNormalizer","lowercase":true,"clean_text":false},"pre_tokenizer":{"type":"BertPreTokenizer"},
"post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"[CLS]","type_id":0}},{"Sequence":{"id":"A","type_id":0}}],
"pair":[{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"[SEP]","type_id":0}},{"Sequence":{"id":"B","type_id":1}}],
"special_tokens":{"[CLS]":{"id":"[CLS]","ids":[1],"tokens":["[CLS]"]},"[SEP]":{"id":"[SEP]","ids":[2],"tokens":["[SEP]"]}}},
"model":{"type":"WordPiece","unk_token":"[UNK]","max_input_chars_per_word":9,
"vocab":{"[UNK]":0,"[CLS]":1,"[SEP]":2,"a":3,"b":4,"##b":5,"word":6,"!":7}}})",
        R"({"added_tokens":[{"id":6,"content":"<s>","special":true,"single_word":true}],"normalizer":{"type":"NFC"},
"pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Digits","individual_digits":true},{"type":"ByteLevel","add_prefix_space":true}]},
"post_processor":{"type":"RobertaProcessing","sep":["<s>",6],"cls":["<s>",6],"trim_offsets":true},
"model":{"type":"BPE","ignore_merges":true,"vocab":{"a":0,"b":1,"\u0120":2,"ab":3,"\u0120ab":4,"abab":5},"merges":["a b",["\u0120","ab"],"ab ab"]}})",
        // The character map has a trie of two empty units and one replacement.
        R"({"added_tokens":[{"id":0,"content":"<unk>","special":true},{"id":7,"content":"New","normalized":true}],
"normalizer":{"type":"Sequence","normalizers":[{"type":"Precompiled","precompiled_charsmap":"CAAAAAAAAAAAAAAAYQA="},
{"type":"NFKD"},{"type":"StripAccents"},{"type":"Lowercase"},{"type":"Strip","strip_left":false,"strip_right":true},
{"type":"Replace","pattern":{"Regex":" {2,}"},"content":" "},{"type":"Nmt"}]},
"pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"WhitespaceSplit"},{"type":"Punctuation","behavior":"Contiguous"},
{"type":"Metaspace","replacement":"_","prepend_scheme":"first","split":true}]},
"decoder":{"type":"Metaspace","replacement":"_","prepend_scheme":"always"},
"model":{"type":"Unigram","unk_id":0,"byte_fallback":true,
"vocab":[["<unk>",0.0],["_",-3],["a",-2.5],["_a",-2.0],["ab",-4],["<0xC3>",-9],["word",-1e3]]}})",
        R"({"added_tokens":[{"id":0,"content":"<unk>","special":true}],
"normalizer":{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"\u2581"},{"type":"Replace","pattern":{"String":" "},"content":"\u2581"}]},
"pre_tokenizer":{"type":"Split","pattern":{"String":"b"},"behavior":"MergedWithPrevious","invert":true},
"decoder":{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"\u2581"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]},
"model":{"type":"BPE","unk_token":"<unk>","fuse_unk":true,"byte_fallback":true,
"vocab":{"<unk>":0,"\u2581":1,"a":2,"b":3,"\u2581a":4,"<0xC3>":5,"ab":6},"merges":["\u2581 a",["a","b"]]}})"};
}

} // namespace familiar::fuzz
