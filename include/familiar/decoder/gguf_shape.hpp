#pragma once

#include <familiar/core/error.hpp>
#include <familiar/decoder/decoder_shape.hpp>
#include <familiar/decoder/family.hpp>
#include <familiar/weights/detail/printable.hpp>
#include <familiar/weights/gguf.hpp>

#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace familiar::decoder {

/// Reads the sizes of a GGUF file's model from its metadata (`llama.block_count` …).
///
/// Throws `Error`: unsupported_model for a family, a mixture of experts or a scaling of positions that is not known;
/// malformed_model for a key that is missing or a number that cannot be.
inline DecoderShape read_gguf_shape(const weights::Gguf& file) {
    const std::string architecture = file.architecture();
    const Family& family = find_family(architecture, file.path());
    const auto key = [&](std::string_view name) { return architecture + "." + std::string(name); };
    const auto size = [&](std::string_view name, std::optional<std::size_t> otherwise = {}) -> std::size_t {
        if (const auto value = file.find_unsigned(key(name))) {
            return *value <= std::numeric_limits<std::size_t>::max() ? static_cast<std::size_t>(*value) : 0;
        }
        if (otherwise) return *otherwise;
        throw Error(ErrorCode::malformed_model, "the key '" + key(name) + "' is missing", file.path(),
                    "The file is incomplete");
    };

    DecoderShape shape;
    shape.family = architecture;
    shape.layers = size("block_count");
    shape.hidden = size("embedding_length");
    shape.inner = size("feed_forward_length");
    shape.heads = size("attention.head_count");
    shape.key_value_heads = size("attention.head_count_kv", shape.heads);
    shape.head_size = size("attention.key_length", shape.heads == 0 ? 0 : shape.hidden / shape.heads);
    shape.context = size("context_length");
    const auto tokens = file.find_strings("tokenizer.ggml.tokens");
    const auto embedding = file.find("token_embd.weight");
    shape.vocabulary = size("vocab_size", tokens      ? std::optional(tokens->size())
                                          : embedding ? std::optional(embedding->shape[0])
                                                      : std::nullopt);
    if (tokens && !tokens->empty() && tokens->size() != shape.vocabulary) {
        throw Error(ErrorCode::malformed_model,
                    "a vocabulary of " + std::to_string(tokens->size()) + " tokens, but " + key("vocab_size") + " is " +
                        std::to_string(shape.vocabulary),
                    file.path(), "The file is damaged or lies");
    }
    if (size("attention.value_length", shape.head_size) != shape.head_size) {
        throw Error(ErrorCode::unsupported_model, "keys and values of different sizes", file.path());
    }
    if (size("expert_count", 0) != 0) {
        throw Error(ErrorCode::unsupported_model, "a mixture of experts", file.path(), "Use a dense model");
    }

    shape.activation = family.activation;
    shape.rotary.layout = family.rotary;
    shape.rotary.dimensions = size("rope.dimension_count", shape.head_size);
    shape.rotary.base = static_cast<double>(file.find_float(key("rope.freq_base")).value_or(10000.0F));
    const std::string scaling = file.find_string(key("rope.scaling.type")).value_or("none");
    if (scaling == "linear") {
        const auto factor = file.find_float(key("rope.scaling.factor"));
        if (factor) shape.rotary.position_scale = 1.0 / static_cast<double>(*factor);
    } else if (scaling != "none") {
        throw Error(ErrorCode::unsupported_model, "positions scaled by " + weights::detail::printable(scaling),
                    file.path(), "Known: none, linear");
    }
    const auto epsilon = file.find_float(key("attention.layer_norm_rms_epsilon"));
    if (!epsilon) {
        throw Error(ErrorCode::malformed_model, "the key '" + key("attention.layer_norm_rms_epsilon") + "' is missing",
                    file.path(), "The file is incomplete");
    }
    shape.norm_epsilon = *epsilon;
    shape.check(file.path());
    return shape;
}

} // namespace familiar::decoder
