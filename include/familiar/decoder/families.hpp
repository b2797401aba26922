#pragma once

#include <familiar/core/error.hpp>
#include <familiar/decoder/family.hpp>
#include <familiar/weights/detail/printable.hpp>
#include <familiar/weights/json_file.hpp>

#include <array>
#include <string>
#include <string_view>

namespace familiar::decoder {

namespace detail {

using kernels::Activation;

inline constexpr TensorNames kLlamaNames{.prefix = "model.",
                                         .embedding = "embed_tokens",
                                         .final_norm = "norm",
                                         .head = "lm_head",
                                         .layer = "layers.",
                                         .attention_norm = "input_layernorm",
                                         .feed_forward_norm = "post_attention_layernorm",
                                         .query = "self_attn.q_proj",
                                         .key = "self_attn.k_proj",
                                         .value = "self_attn.v_proj",
                                         .output = "self_attn.o_proj",
                                         .gate = "mlp.gate_proj",
                                         .up = "mlp.up_proj",
                                         .down = "mlp.down_proj"};

inline constexpr TensorNames kQwen3Names = [] {
    TensorNames names = kLlamaNames;
    names.query_norm = "self_attn.q_norm";
    names.key_norm = "self_attn.k_norm";
    return names;
}();

/// Norms before and after each part.
inline constexpr TensorNames kGemma2Names = [] {
    TensorNames names = kLlamaNames;
    names.post_attention_norm = "post_attention_layernorm";
    names.feed_forward_norm = "pre_feedforward_layernorm";
    names.post_feed_forward_norm = "post_feedforward_layernorm";
    return names;
}();

inline constexpr TensorNames kGemma3Names = [] {
    TensorNames names = kGemma2Names;
    names.query_norm = kQwen3Names.query_norm;
    names.key_norm = kQwen3Names.key_norm;
    return names;
}();

inline constexpr TensorNames kPhiNames = [] {
    TensorNames names = kLlamaNames;
    names.final_norm = "final_layernorm";
    names.feed_forward_norm = {};
    names.output = "self_attn.dense";
    names.gate = {};
    names.up = "mlp.fc1";
    names.down = "mlp.fc2";
    return names;
}();

inline constexpr TensorNames kPhi3Names = [] {
    TensorNames names = kLlamaNames;
    names.query = names.key = names.value = names.gate = names.up = {};
    names.query_key_value = "self_attn.qkv_proj";
    names.gate_up = "mlp.gate_up_proj";
    return names;
}();

inline constexpr TensorNames kBloomNames{.prefix = "transformer.",
                                         .embedding = "word_embeddings",
                                         .embedding_norm = "word_embeddings_layernorm",
                                         .final_norm = "ln_f",
                                         .head = "lm_head",
                                         .layer = "h.",
                                         .attention_norm = "input_layernorm",
                                         .feed_forward_norm = "post_attention_layernorm",
                                         .query_key_value = "self_attention.query_key_value",
                                         .output = "self_attention.dense",
                                         .up = "mlp.dense_h_to_4h",
                                         .down = "mlp.dense_4h_to_h"};

inline constexpr TensorNames kFalconNames = [] {
    TensorNames names = kBloomNames;
    names.embedding_norm = {};
    return names;
}();

inline constexpr TensorNames kGptNeoxNames{.prefix = "gpt_neox.",
                                           .embedding = "embed_in",
                                           .final_norm = "final_layer_norm",
                                           .head = "embed_out",
                                           .layer = "layers.",
                                           .attention_norm = "input_layernorm",
                                           .feed_forward_norm = "post_attention_layernorm",
                                           .query_key_value = "attention.query_key_value",
                                           .output = "attention.dense",
                                           .up = "mlp.dense_h_to_4h",
                                           .down = "mlp.dense_4h_to_h"};

inline constexpr TensorNames kGptjNames{.prefix = "transformer.",
                                        .embedding = "wte",
                                        .final_norm = "ln_f",
                                        .head = "lm_head",
                                        .layer = "h.",
                                        .attention_norm = "ln_1",
                                        .query = "attn.q_proj",
                                        .key = "attn.k_proj",
                                        .value = "attn.v_proj",
                                        .output = "attn.out_proj",
                                        .up = "mlp.fc_in",
                                        .down = "mlp.fc_out"};

inline constexpr TensorNames kGpt2Names = [] {
    TensorNames names = kGptjNames;
    names.positions = "wpe";
    names.feed_forward_norm = "ln_2";
    names.query = names.key = names.value = {};
    names.query_key_value = "attn.c_attn";
    names.output = "attn.c_proj";
    names.up = "mlp.c_fc";
    names.down = "mlp.c_proj";
    return names;
}();

/// 7B: one norm, parallel, one head of keys. 40B: two norms, groups. RW: sequential, linear biases, every head its own
/// keys.
inline void refine_falcon(const weights::JsonFile& file, Family& family) {
    const bool groups = file.find_bool("new_decoder_architecture").value_or(false);
    family.parallel = groups || file.find_bool("parallel_attn").value_or(true);
    family.one_key_head = !groups && file.find_bool("multi_query").value_or(true);
    if (file.find_bool("alibi").value_or(false)) family.positions = Positions::alibi;
    if (!family.parallel) return;
    family.names.feed_forward_norm = {};
    if (groups && file.find_size("num_ln_in_parallel_attn", 1, 2).value_or(2) == 2) {
        family.names.attention_norm = "ln_attn";
        family.names.feed_forward_norm = "ln_mlp";
    }
}

inline void refine_gpt_neox(const weights::JsonFile& file, Family& family) {
    family.parallel = file.find_bool("use_parallel_residual").value_or(true);
}

} // namespace detail

/// The families that are known, in the order in which messages list them. Of two with one GGUF architecture the first
/// describes its files.
inline constexpr std::array kFamilies{
    // Touvron et al., arXiv 2302.13971, 2307.09288: norms before, rotary positions, grouped keys and values, SwiGLU.
    Family{.model_type = "llama",
           .architecture = "llama",
           .names = detail::kLlamaNames,
           .gguf_rotary = RotaryLayout::pairs},
    // Jiang et al., arXiv 2310.06825: and a sliding window.
    Family{.model_type = "mistral",
           .architecture = "llama",
           .names = detail::kLlamaNames,
           .gguf_rotary = RotaryLayout::pairs,
           .windows = WindowRule::all},
    // arXiv 2407.10671: biases of queries, keys and values.
    Family{.model_type = "qwen2", .architecture = "qwen2", .names = detail::kLlamaNames, .windows = WindowRule::late},
    // arXiv 2505.09388: norms of queries and keys instead.
    Family{.model_type = "qwen3", .architecture = "qwen3", .names = detail::kQwen3Names, .windows = WindowRule::late},
    Family{.model_type = "smollm3",
           .architecture = "smollm3",
           .names = detail::kLlamaNames,
           .gguf_rotary = RotaryLayout::pairs,
           .unturned_period = 4,
           .windows = WindowRule::late,
           .tied = true},
    // arXiv 2403.08295, 2408.00118, 2503.19786: the GELU of the gate is the approximation by tanh.
    Family{.model_type = "gemma",
           .architecture = "gemma",
           .names = detail::kLlamaNames,
           .gain_offset = 1.0F,
           .activation = detail::Activation::gelu_tanh,
           .own_activation = true,
           .scaled_embedding = true,
           .tied = true},
    Family{.model_type = "gemma2",
           .architecture = "gemma2",
           .names = detail::kGemma2Names,
           .gain_offset = 1.0F,
           .windows = WindowRule::but_every_nth,
           .window_period = 2,
           .activation = detail::Activation::gelu_tanh,
           .scaled_embedding = true,
           .tied = true},
    Family{.model_type = "gemma3_text",
           .architecture = "gemma3",
           .names = detail::kGemma3Names,
           .gain_offset = 1.0F,
           .local_rotary = true,
           .windows = WindowRule::but_every_nth,
           .window_period = 6,
           .activation = detail::Activation::gelu_tanh,
           .scaled_embedding = true,
           .tied = true},
    // arXiv 2309.05463: parallel, one norm, a part of each head turns.
    Family{.model_type = "phi",
           .architecture = "phi2",
           .names = detail::kPhiNames,
           .norm = NormKind::layer,
           .rotary_share = 0.5,
           .activation = detail::Activation::gelu_tanh,
           .gated = false,
           .parallel = true},
    // arXiv 2404.14219.
    Family{.model_type = "phi3", .architecture = "phi3", .names = detail::kPhi3Names, .windows = WindowRule::all},
    // arXiv 2311.16867.
    Family{.model_type = "falcon",
           .architecture = "falcon",
           .names = detail::kFalconNames,
           .norm = NormKind::layer,
           .projection = ProjectionLayout::groups,
           .activation = detail::Activation::gelu,
           .gated = false,
           .parallel = true,
           .tied = true,
           .scaled_alibi = true,
           .refine = detail::refine_falcon},
    // Black et al., arXiv 2204.06745; Pythia, arXiv 2304.01373.
    Family{.model_type = "gpt_neox",
           .architecture = "gptneox",
           .names = detail::kGptNeoxNames,
           .norm = NormKind::layer,
           .rotary_share = 0.25,
           .projection = ProjectionLayout::groups,
           .activation = detail::Activation::gelu,
           .gated = false,
           .parallel = true,
           .refine = detail::refine_gpt_neox},
    // Wang, Komatsuzaki 2021, mesh-transformer-jax.
    Family{.model_type = "gptj",
           .architecture = "gptj",
           .names = detail::kGptjNames,
           .norm = NormKind::layer,
           .rotary = RotaryLayout::pairs,
           .gguf_rotary = RotaryLayout::pairs,
           .activation = detail::Activation::gelu_tanh,
           .gated = false,
           .parallel = true},
    // Workshop et al., arXiv 2211.05100.
    Family{.model_type = "bloom",
           .architecture = "bloom",
           .names = detail::kBloomNames,
           .norm = NormKind::layer,
           .positions = Positions::alibi,
           .projection = ProjectionLayout::groups,
           .activation = detail::Activation::gelu_tanh,
           .own_activation = true,
           .gated = false,
           .tied = true},
    // Radford et al. 2019, "Language Models are Unsupervised Multitask Learners".
    Family{.model_type = "gpt2",
           .architecture = "gpt2",
           .names = detail::kGpt2Names,
           .norm = NormKind::layer,
           .positions = Positions::learned,
           .activation = detail::Activation::gelu_tanh,
           .gated = false,
           .transposed = true,
           .tied = true,
           .context = 1024},
};

namespace detail {

template <class Name> const Family& find_family(std::string_view wanted, const std::string& where, const Name& name) {
    std::string known;
    for (const auto& family : kFamilies) {
        const std::string_view one = name(family);
        if (one.empty()) continue;
        if (one == wanted) return family;
        if (!known.ends_with(one)) known += (known.empty() ? "" : ", ") + std::string(one);
    }
    throw Error(ErrorCode::unsupported_model,
                "the architecture " + weights::detail::printable(wanted) + " is not known", where, "Known: " + known);
}

} // namespace detail

/// By the `general.architecture` of a GGUF file. Throws `Error` (unsupported_model) for an unknown name, listing the
/// known ones.
inline const Family& find_architecture(std::string_view name, const std::string& where) {
    return detail::find_family(name, where, [](const Family& family) { return family.architecture; });
}

/// By the `model_type` of a config.json. Throws as above.
inline const Family& find_model_type(std::string_view name, const std::string& where) {
    return detail::find_family(name, where, [](const Family& family) { return family.model_type; });
}

} // namespace familiar::decoder
