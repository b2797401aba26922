#include <familiar/text/load_tokenizer.hpp>

#include <fuzz/target.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace familiar::fuzz {

std::vector<std::string> seeds() {
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
"model":{"type":"BPE","ignore_merges":true,"vocab":{"a":0,"b":1,"\u0120":2,"ab":3,"\u0120ab":4,"abab":5},"merges":["a b",["\u0120","ab"],"ab ab"]}})"};
}

/// Reads the file as a tokenizer and puts awkward texts through it.
void read(std::span<const std::uint8_t> input) {
    const std::string_view file(reinterpret_cast<const char*>(input.data()), input.size());
    const auto tokenizer = text::tokenizer_json::parse(file, "file");
    text::Encoding out;
    text::EncodeOptions options;
    options.max_length = 20;
    for (const std::string_view given : {std::string_view("ab  abab Word! [SEP]<s> 12"),
                                         std::string_view("\xff\xc3 \xe1\x84\x92\xe1\x85\xa1 e\xcc\x81\0", 14), file}) {
        for (const bool parse_special : {false, true}) {
            options.parse_special = parse_special;
            tokenizer.encode(given, options, out);
            (void)tokenizer.decode(out.ids);
            tokenizer.encode_pair(given, "b", options, out);
        }
    }
}

} // namespace familiar::fuzz
