#pragma once

#include <familiar/text/any_tokenizer.hpp>
#include <familiar/text/chat_template.hpp>
#include <familiar/text/gguf_tokenizer.hpp>
#include <familiar/weights/gguf.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace familiar::text {

/// The chat template of a GGUF file (`tokenizer.chat_template`), or nothing where the file has none.
/// @throws Error malformed_model, unsupported_model: the template is not understood
[[nodiscard]] inline std::optional<ChatTemplate> gguf_chat_template(const weights::Gguf& gguf, AnyTokenizer tokenizer) {
    const auto source = gguf.find_string("tokenizer.chat_template");
    if (!source) return std::nullopt;
    const auto spelling = [&](const char* key) -> std::string {
        const auto id = gguf.find_unsigned(key);
        if (!id || *id >= tokenizer.vocabulary_size()) return {};
        return std::string(tokenizer.token(static_cast<std::int32_t>(*id)));
    };
    std::string bos = spelling("tokenizer.ggml.bos_token_id"), eos = spelling("tokenizer.ggml.eos_token_id");
    return ChatTemplate(*source, std::move(tokenizer), std::move(bos), std::move(eos),
                        gguf.path() + ", tokenizer.chat_template");
}

} // namespace familiar::text
