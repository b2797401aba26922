#include <familiar/text/load_tokenizer.hpp>

#include <fuzz/target.hpp>
#include <fuzz/tokenizer_files.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace familiar::fuzz {

bool refuses_some() {
    return true;
}

std::vector<std::string> seeds() {
    return tokenizer_files();
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
