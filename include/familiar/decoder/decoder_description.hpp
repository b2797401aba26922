#pragma once

#include <familiar/decoder/end_tokens.hpp>
#include <familiar/decoder/family.hpp>
#include <familiar/decoder/model_file.hpp>
#include <familiar/tensor/element_type.hpp>
#include <familiar/weights/gguf.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace familiar::decoder {

/// Tensors of one type in a file.
struct TensorTypeCount {
    std::string type; ///< `Q4_1` …
    std::size_t tensors = 0;
    std::uint64_t values = 0, bytes = 0;
};

/// What a GGUF file says of its model; read from its header alone. Numbers that it does not give are absent.
struct DecoderDescription {
    std::string file;         ///< name without directories
    std::uint64_t bytes = 0;  ///< of the file
    std::string architecture; ///< `general.architecture`
    bool supported = false;   ///< whether the architecture is one that `CausalModel` runs
    std::optional<std::string> name;
    std::optional<std::uint64_t> layers, hidden, inner, heads, key_value_heads, context, vocabulary;
    std::uint64_t parameters = 0;                        ///< values of all tensors
    std::vector<TensorTypeCount> types;                  ///< most bytes first
    std::optional<std::string> tokenizer, pre_tokenizer; ///< `gpt2`, `smollm` …; none without a tokenizer
    std::optional<std::uint64_t> bos_token;
    std::vector<std::int32_t> end_tokens;
    bool has_chat_template = false;
};

/// Describes the model of a GGUF file, or of the only one of a directory, without reading its weights.
/// Throws `Error` as `Gguf::open` does.
inline DecoderDescription describe(const std::filesystem::path& path) {
    const auto place = find_gguf(path);
    const auto file = weights::Gguf::open(place);
    DecoderDescription out;
    out.file = place.filename().string();
    std::error_code failure;
    out.bytes = std::filesystem::file_size(place, failure);
    out.architecture = file.architecture();
    out.supported = std::any_of(std::begin(kFamilies), std::end(kFamilies),
                                [&](const Family& family) { return family.name == out.architecture; });
    out.name = file.find_string("general.name");
    // Some families have one number a layer; a list is left out.
    const auto size = [&](const std::string& key) -> std::optional<std::uint64_t> {
        const auto numbers = file.find_integers(out.architecture + "." + key);
        if (!numbers || numbers->size() != 1 || numbers->front() < 0) return std::nullopt;
        return static_cast<std::uint64_t>(numbers->front());
    };
    out.layers = size("block_count");
    out.hidden = size("embedding_length");
    out.inner = size("feed_forward_length");
    out.heads = size("attention.head_count");
    out.key_value_heads = size("attention.head_count_kv");
    out.context = size("context_length");
    out.vocabulary = size("vocab_size");
    const auto tokens = file.find_strings("tokenizer.ggml.tokens");
    if (!out.vocabulary && tokens) out.vocabulary = tokens->size();

    std::map<tensor::ElementType, TensorTypeCount> types;
    for (const auto& tensor : file.tensors()) {
        auto& count = types[tensor.type];
        count.type = tensor::to_string(tensor.type);
        ++count.tensors;
        count.values += tensor.size();
        count.bytes += tensor.bytes.size();
        out.parameters += tensor.size();
    }
    for (const auto& [type, count] : types) out.types.push_back(count);
    std::stable_sort(out.types.begin(), out.types.end(),
                     [](const TensorTypeCount& a, const TensorTypeCount& b) { return a.bytes > b.bytes; });

    out.tokenizer = file.find_string("tokenizer.ggml.model");
    out.pre_tokenizer = file.find_string("tokenizer.ggml.pre");
    out.bos_token = file.find_unsigned("tokenizer.ggml.bos_token_id");
    out.end_tokens = read_end_tokens(file, tokens ? tokens->size() : 0);
    out.has_chat_template = file.contains("tokenizer.chat_template");
    return out;
}

} // namespace familiar::decoder
