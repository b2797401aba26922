#pragma once

#include <familiar/weights/gguf.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace familiar::decoder {

/// Tokens after which a model has nothing more to say, sorted: those that the file names (end of text, of turn, of
/// message), and control tokens that are spelled like one, since many files name only one of the several that their
/// model writes.
inline std::vector<std::int32_t> read_end_tokens(const weights::Gguf& file, std::size_t vocabulary) {
    constexpr std::string_view spellings[] = {"<|endoftext|>",   "<|im_end|>",     "<|eot_id|>", "<|eom_id|>",
                                              "<|end_of_text|>", "<|end|>",        "</s>",       "<end_of_turn>",
                                              "<|endofturn|>",   "<|end_of_turn|>"};
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
            const bool ends = std::find(std::begin(spellings), std::end(spellings), (*names)[i]) != std::end(spellings);
            if ((*kinds)[i] == control && ends) tokens.push_back(static_cast<std::int32_t>(i));
        }
    }
    std::sort(tokens.begin(), tokens.end());
    tokens.erase(std::unique(tokens.begin(), tokens.end()), tokens.end());
    return tokens;
}

} // namespace familiar::decoder
