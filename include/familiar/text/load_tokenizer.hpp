#pragma once

#include <familiar/text/any_tokenizer.hpp>
#include <familiar/text/byte_level_json.hpp>
#include <familiar/text/json_view.hpp>
#include <familiar/text/tokenizer_json.hpp>
#include <familiar/text/word_piece_json.hpp>

#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace familiar::text {

namespace tokenizer_json {

/// A tokenizer from the text of a tokenizer.json. @param file what messages call it
[[nodiscard]] inline AnyTokenizer parse(std::string_view text, const std::string& file) {
    const nlohmann::json document = parse_model_json(text, file);
    const JsonView root(document, file);
    const JsonView model = root.at("model");
    // Files of before 2021 do not say what the model is: its keys do.
    const auto named = model.find("type");
    const std::string type = named                                    ? named->string()
                             : model.find("max_input_chars_per_word") ? "WordPiece"
                             : model.find("merges")                   ? "BPE"
                             : model.find("unk_id")                   ? "Unigram"
                                                                      : "";
    if (type == "WordPiece") return read_word_piece(root, model);
    if (type == "BPE") return has_byte_level(root) ? read_byte_level_bpe(root, model) : read_character_bpe(root, model);
    if (type == "Unigram") return read_unigram(root, model);
    throw unknown_part(model, "model", type, {"BPE", "Unigram", "WordPiece"});
}

} // namespace tokenizer_json

/// The tokenizer of a tokenizer.json, or of the one in a directory. The file's own truncation and padding do not count:
/// `EncodeOptions` says what is cut, and nothing is padded.
/// @throws Error file_not_found, file_unreadable, malformed_model, unsupported_model; the message names file and place
[[nodiscard]] inline AnyTokenizer load_tokenizer(const std::filesystem::path& path) {
    std::error_code code; // what cannot be looked at is reported when it is opened
    const std::filesystem::path file = std::filesystem::is_directory(path, code) ? path / "tokenizer.json" : path;
    return tokenizer_json::parse(read_model_file(file), file.string());
}

} // namespace familiar::text
