#pragma once

#include "unit/weights/model_files.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace familiar::tests {

/// The keys of a byte-level tokenizer over the letters a and b, with two control tokens; without a tensor.
struct SmallGgufVocabulary {
    std::string model = "gpt2", pre = "gpt-2";
    std::vector<std::string> tokens{"<s>", "</s>", "a", "b", "\u0120", "ab"};
    std::vector<std::int32_t> kinds{3, 3, 1, 1, 1, 1};
    std::vector<std::string> merges{"a b"};
    std::vector<float> scores;
    std::string chat_template;
    std::uint32_t bos = 0, eos = 1;

    [[nodiscard]] std::string bytes() const {
        GgufFile file;
        file.text("general.architecture", "llama");
        file.text("tokenizer.ggml.model", model).text("tokenizer.ggml.pre", pre);
        file.texts("tokenizer.ggml.tokens", tokens).texts("tokenizer.ggml.merges", merges);
        std::string types = little(std::uint32_t{5}) + little(std::uint64_t{kinds.size()});
        for (const auto kind : kinds) types += little(kind);
        file.key("tokenizer.ggml.token_type", 9, types);
        file.key("tokenizer.ggml.bos_token_id", 4, little(bos)).key("tokenizer.ggml.eos_token_id", 4, little(eos));
        if (!scores.empty()) {
            const std::string head = little(std::uint32_t{6}) + little(std::uint64_t{scores.size()});
            file.key("tokenizer.ggml.scores", 9, head + floats(scores));
        }
        if (!chat_template.empty()) file.text("tokenizer.chat_template", chat_template);
        return file.bytes();
    }
};

} // namespace familiar::tests
