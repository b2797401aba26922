#pragma once

#include <familiar/text/any_tokenizer.hpp>
#include <familiar/text/byte_level_json.hpp>
#include <familiar/text/json_view.hpp>
#include <familiar/text/tokenizer_json.hpp>
#include <familiar/text/vocabulary_files.hpp>
#include <familiar/text/word_piece_json.hpp>

#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace familiar::text {

namespace tokenizer_json {

/// A tokenizer from what a tokenizer.json says. @param file what messages call it
[[nodiscard]] inline AnyTokenizer read(const nlohmann::json& document, const std::string& file) {
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
    if (type == "BPE") {
        const bool byte_level = has_byte_level(root);
        if (byte_level && !has_affixes(model)) return read_byte_level_bpe(root, model);
        return read_character_bpe(root, model, byte_level);
    }
    if (type == "Unigram") return read_unigram(root, model);
    if (type == "WordLevel") return read_word_level(root, model);
    throw unknown_part(model, "model", type, {"BPE", "Unigram", "WordLevel", "WordPiece"});
}

/// The same from the file's text.
[[nodiscard]] inline AnyTokenizer parse(std::string_view text, const std::string& file) {
    return read(parse_model_json(text, file), file);
}

} // namespace tokenizer_json

/// Whether the directory holds a tokenizer.json or, in its place, the older files (see `VocabularyFiles`).
[[nodiscard]] inline bool has_tokenizer(const std::filesystem::path& folder) {
    std::error_code ignored;
    return std::filesystem::exists(folder / "tokenizer.json", ignored) || VocabularyFiles::are_in(folder);
}

/// The directory's tokenizer.json, or what its older files come to.
/// @throws Error file_not_found, file_unreadable, malformed_model, unsupported_model
[[nodiscard]] inline nlohmann::json read_tokenizer_json(const std::filesystem::path& folder) {
    std::error_code ignored; // what cannot be looked at is reported when it is opened
    const std::filesystem::path file = folder / "tokenizer.json";
    if (!std::filesystem::exists(file, ignored) && VocabularyFiles::are_in(folder))
        return VocabularyFiles::to_tokenizer_json(folder);
    return parse_model_json(read_model_file(file), file.string());
}

/// `WordPiece`, `BPE` …: what a tokenizer.json calls its model; empty where it does not say.
[[nodiscard]] inline std::string tokenizer_model(const nlohmann::json& document) {
    const auto model = document.find("model");
    if (model == document.end() || !model->is_object()) return {};
    const auto type = model->find("type");
    return type != model->end() && type->is_string() ? type->get<std::string>() : std::string();
}

/// The tokenizer of a tokenizer.json, or of a directory that holds one or the older files. The file's own truncation
/// and padding do not count: `EncodeOptions` says what is cut, and nothing is padded.
/// @throws Error file_not_found, file_unreadable, malformed_model, unsupported_model; the message names file and place
[[nodiscard]] inline AnyTokenizer load_tokenizer(const std::filesystem::path& path) {
    std::error_code code;
    if (!std::filesystem::is_directory(path, code)) return tokenizer_json::parse(read_model_file(path), path.string());
    const bool is_one_file = std::filesystem::exists(path / "tokenizer.json", code);
    const std::string name = is_one_file ? (path / "tokenizer.json").string() : path.string();
    return tokenizer_json::read(read_tokenizer_json(path), name);
}

} // namespace familiar::text
