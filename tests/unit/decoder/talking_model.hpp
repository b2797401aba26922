#pragma once

#include "tiny_model.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace familiar::tests {

/// The characters that stand for the 256 bytes in byte-level vocabularies: printable ones for themselves, the others
/// for U+0100 and on, in order.
inline std::vector<std::string> byte_characters() {
    std::vector<std::string> characters;
    std::uint32_t next = 256;
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        const bool printable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
        const std::uint32_t code = printable ? byte : next++;
        characters.push_back(
            code < 128 ? std::string(1, static_cast<char>(code))
                       : std::string{static_cast<char>(0xC0 | (code >> 6)), static_cast<char>(0x80 | (code & 63))});
    }
    return characters;
}

/// A small llama with a tokenizer, whose tokens are three control tokens, the bytes, and three merged ones, and with a
/// chat template in ChatML's style.
inline TinyModel talking_model() {
    constexpr std::size_t size = 3 + 256 + 3;
    TinyModel tiny(false, size);
    std::vector<std::string> tokens{"<|endoftext|>", "<|im_start|>", "<|im_end|>"};
    std::vector<std::int32_t> kinds(3, 3);
    for (const auto& character : byte_characters()) tokens.push_back(character);
    for (const char* const merged : {"go", "goo", "good"}) tokens.emplace_back(merged);
    kinds.resize(size, 1);
    tiny.metadata["tokenizer.ggml.model"] = "gpt2";
    tiny.metadata["tokenizer.ggml.pre"] = "smollm";
    tiny.metadata["tokenizer.ggml.tokens"] = tokens;
    tiny.metadata["tokenizer.ggml.token_type"] = kinds;
    tiny.metadata["tokenizer.ggml.merges"] = std::vector<std::string>{"g o", "go o", "goo d"};
    tiny.metadata["tokenizer.ggml.bos_token_id"] = 1U;
    tiny.metadata["tokenizer.ggml.eos_token_id"] = 2U;
    tiny.metadata["tokenizer.ggml.add_bos_token"] = false;
    tiny.metadata["tokenizer.chat_template"] =
        "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + "
        "'\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";
    return tiny;
}

/// Id of a byte in it.
constexpr std::int32_t byte_id(char byte) {
    return 3 + static_cast<std::int32_t>(static_cast<unsigned char>(byte));
}

inline std::vector<std::int32_t> byte_ids(const std::string& text) {
    std::vector<std::int32_t> ids;
    for (const char byte : text) ids.push_back(byte_id(byte));
    return ids;
}

} // namespace familiar::tests
