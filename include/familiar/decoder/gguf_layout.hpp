#pragma once

#include <familiar/decoder/decoder_weights.hpp>
#include <familiar/decoder/families.hpp>
#include <familiar/weights/gguf.hpp>

#include <string>
#include <string_view>

namespace familiar::decoder {

/// How a GGUF file of this family stores weights: the names are the same in all of them, and a family has those parts
/// that it has in a directory.
inline WeightLayout gguf_layout(const Family& family, const weights::Gguf& file) {
    const auto where = [](std::string_view part, std::string_view name) {
        return part.empty() ? std::string_view{} : name;
    };
    const TensorNames& has = family.names;
    // Factors of rotary positions, which belong to the shape.
    static constexpr std::string_view skipped[] = {"rope_freqs.weight", "rope_factors_long.weight",
                                                   "rope_factors_short.weight"};
    WeightLayout layout;
    layout.skipped = skipped;
    layout.names = {.embedding = "token_embd",
                    .embedding_norm = where(has.embedding_norm, "token_embd_norm"),
                    .positions = where(has.positions, "position_embd"),
                    .final_norm = "output_norm",
                    .head = "output",
                    .layer = "blk.",
                    .attention_norm = "attn_norm",
                    .feed_forward_norm = where(has.feed_forward_norm, "ffn_norm"),
                    .post_attention_norm = where(has.post_attention_norm, "post_attention_norm"),
                    .post_feed_forward_norm = where(has.post_feed_forward_norm, "post_ffw_norm"),
                    .query_key_value = "attn_qkv",
                    .query = "attn_q",
                    .key = "attn_k",
                    .value = "attn_v",
                    .query_norm = where(has.query_norm, "attn_q_norm"),
                    .key_norm = where(has.key_norm, "attn_k_norm"),
                    .output = "attn_output",
                    .gate_up = "ffn_up",
                    .gate = where(has.gate, "ffn_gate"),
                    .up = "ffn_up",
                    .down = "ffn_down"};
    // Falcon: 7B has one norm; in 40B `attn_norm` is the feed-forward's.
    if (family.model_type == "falcon") {
        const bool two = file.find("blk.0.attn_norm_2.weight").has_value();
        layout.names.attention_norm = two ? "attn_norm_2" : "attn_norm";
        layout.names.feed_forward_norm = two ? "attn_norm" : "";
    }
    return layout;
}

/// The weights of a GGUF file. Throws as `read_decoder_weights`. @param shape as `read_gguf_shape` gives it
inline DecoderWeights read_gguf_weights(const weights::Gguf& file, const DecoderShape& shape,
                                        weights::Finite copied = weights::Finite::check) {
    return read_decoder_weights(file, shape, gguf_layout(find_architecture(shape.family, file.path()), file), copied);
}

} // namespace familiar::decoder
