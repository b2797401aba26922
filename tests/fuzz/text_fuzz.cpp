#include <familiar/text/load_tokenizer.hpp>

#include <fuzz/target.hpp>
#include <fuzz/tokenizer_files.hpp>

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace familiar::fuzz {

namespace {

void require(bool holds, const char* law) {
    if (!holds) throw std::logic_error(law);
}

} // namespace

/// Any bytes are a text.
bool refuses_some() {
    return false;
}

std::vector<std::string> seeds() {
    return {"ab  abab Word! [SEP]<s> 12 New",
            "na\xc3\xafve caf\xc3\xa9 \xe4\xbd\xa0\xe5\xa5\xbd \xf0\x9f\x99\x82 \xe1\x84\x92\xe1\x85\xa1",
            "\xff\xc3 e\xcc\x81\xe2\x80\x8d \xed\xa0\x80 \xc0\xaf",
            "a b\tc\r\nd\xc2\xa0"
            "e'll 1,234.5 <unk> ##b"};
}

/// Puts the text through each kind of tokenizer.
void read(std::span<const std::uint8_t> input) {
    static const std::vector<text::AnyTokenizer> tokenizers = [] {
        std::vector<text::AnyTokenizer> all;
        for (const auto& file : tokenizer_files()) all.push_back(text::tokenizer_json::parse(file, "file"));
        return all;
    }();
    const std::string_view given(reinterpret_cast<const char*>(input.data()), input.size());
    text::Encoding out, again;
    for (const auto& tokenizer : tokenizers) {
        for (const bool parse_special : {false, true}) {
            text::EncodeOptions options;
            options.parse_special = parse_special;
            tokenizer.encode(given, options, out);
            require(out.ids.size() == out.offsets.size(), "as many offsets as tokens");
            for (const auto& range : out.offsets) {
                require(range.begin <= range.end && range.end <= given.size(), "offsets lie within the text");
            }
            tokenizer.encode(given, options, again);
            require(out == again, "the same text gives the same tokens");
            (void)tokenizer.decode(out.ids);
            options.max_length = 7;
            tokenizer.encode_pair(given, given, options, out);
            require(out.size() <= 7, "no more tokens than asked for");
        }
    }
}

} // namespace familiar::fuzz
