#pragma once

#include <familiar/weights/gguf.hpp>
#include <familiar/weights/json_file.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace familiar::decoder {

namespace detail {

/// How control tokens that end a text, a turn or a message are spelled.
inline bool is_end_spelling(std::string_view token) noexcept {
    constexpr std::string_view spellings[] = {"<|endoftext|>",   "<|im_end|>",     "<|eot_id|>", "<|eom_id|>",
                                              "<|end_of_text|>", "<|end|>",        "</s>",       "<end_of_turn>",
                                              "<|endofturn|>",   "<|end_of_turn|>"};
    return std::find(std::begin(spellings), std::end(spellings), token) != std::end(spellings);
}

inline void sort_tokens(std::vector<std::int32_t>& tokens) {
    std::sort(tokens.begin(), tokens.end());
    tokens.erase(std::unique(tokens.begin(), tokens.end()), tokens.end());
}

} // namespace detail

/// Tokens after which a model has nothing more to say, sorted: those that the file names (end of text, of turn, of
/// message), and control tokens that are spelled like one, since many files name only one of the several that their
/// model writes.
inline std::vector<std::int32_t> read_end_tokens(const weights::Gguf& file, std::size_t vocabulary) {
    constexpr std::int64_t control = 3; // `tokenizer.ggml.token_type`
    std::vector<std::int32_t> tokens;
    for (const char* const key :
         {"tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id"}) {
        const auto id = file.find_unsigned(key);
        if (id && *id < vocabulary) tokens.push_back(static_cast<std::int32_t>(*id));
    }
    const auto names = file.find_strings("tokenizer.ggml.tokens");
    const auto kinds = file.find_integers("tokenizer.ggml.token_type");
    if (names && kinds) {
        const std::size_t count = std::min({names->size(), kinds->size(), vocabulary});
        for (std::size_t i = 0; i < count; ++i) {
            if ((*kinds)[i] == control && detail::is_end_spelling((*names)[i])) {
                tokens.push_back(static_cast<std::int32_t>(i));
            }
        }
    }
    detail::sort_tokens(tokens);
    return tokens;
}

/// Of a Hugging Face directory: those that generation_config.json or config.json name (a number or a list), and the
/// special tokens of tokenizer_config.json that are spelled like one. Files that are not there say nothing.
/// Throws `Error` (malformed_model, malformed_json) for broken ones.
inline std::vector<std::int32_t> read_end_tokens(const weights::JsonFile& config, const std::filesystem::path& folder,
                                                 std::size_t vocabulary) {
    std::vector<std::int32_t> tokens;
    const auto add = [&](const weights::JsonFile& file, const nlohmann::json& id) {
        if (!id.is_number_integer()) {
            file.fail_key("eos_token_id",
                          "must be a token or a list of tokens, not " + weights::JsonFile::describe(id));
        }
        const auto number = id.get<std::int64_t>();
        if (number >= 0 && static_cast<std::uint64_t>(number) < vocabulary) {
            tokens.push_back(static_cast<std::int32_t>(number));
        }
    };
    const auto add_named = [&](const weights::JsonFile& file) {
        const auto* const named = file.find("eos_token_id");
        if (named == nullptr) return;
        if (!named->is_array()) return add(file, *named);
        for (const auto& id : *named) add(file, id);
    };
    add_named(config);
    std::error_code failure;
    if (const auto path = folder / "generation_config.json"; std::filesystem::exists(path, failure)) {
        add_named(weights::JsonFile(path));
    }
    if (const auto path = folder / "tokenizer_config.json"; std::filesystem::exists(path, failure)) {
        const weights::JsonFile file(path);
        if (const auto added = file.find_object("added_tokens_decoder")) {
            for (const auto& [key, entry] : added->value().items()) {
                if (!entry.is_object() || !entry.value("special", false) ||
                    !detail::is_end_spelling(entry.value("content", std::string()))) {
                    continue;
                }
                const bool number = !key.empty() && key.size() <= 9 &&
                                    std::all_of(key.begin(), key.end(), [](char c) { return c >= '0' && c <= '9'; });
                if (number && std::stoul(key) < vocabulary)
                    tokens.push_back(static_cast<std::int32_t>(std::stoul(key)));
            }
        }
    }
    detail::sort_tokens(tokens);
    return tokens;
}

} // namespace familiar::decoder
