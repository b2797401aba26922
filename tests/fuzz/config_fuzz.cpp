#include <familiar/decoder/config_shape.hpp>
#include <familiar/encoder/read_encoder_config.hpp>
#include <familiar/weights/json_file.hpp>

#include <fuzz/target.hpp>
#include <support/scratch_folder.hpp>

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace familiar::fuzz {

bool refuses_some() {
    return true;
}

std::vector<std::string> seeds() {
    return {
        R"({"model_type":"bert","hidden_size":384,"num_hidden_layers":6,"num_attention_heads":12,"intermediate_size":1536,
"vocab_size":30522,"max_position_embeddings":512,"type_vocab_size":2,"hidden_act":"gelu","layer_norm_eps":1e-12,
"id2label":{"0":"no","1":"yes"},"label2id":{"no":0,"yes":1},"problem_type":"single_label_classification"})",
        R"({"model_type":"deberta-v2","hidden_size":768,"num_hidden_layers":12,"num_attention_heads":12,"intermediate_size":3072,
"vocab_size":128100,"max_position_embeddings":512,"type_vocab_size":0,"hidden_act":"gelu","relative_attention":true,
"position_buckets":256,"norm_rel_ebd":"layer_norm","share_att_key":true,"pos_att_type":"p2c|c2p","position_biased_input":false})",
        R"({"model_type":"modernbert","hidden_size":768,"num_hidden_layers":22,"num_attention_heads":12,"intermediate_size":1152,
"vocab_size":50368,"max_position_embeddings":8192,"hidden_activation":"gelu","norm_eps":1e-5,"local_attention":128,
"global_attn_every_n_layers":3,"global_rope_theta":160000.0,"local_rope_theta":10000.0})",
        R"({"model_type":"llama","hidden_size":576,"num_hidden_layers":30,"num_attention_heads":9,"num_key_value_heads":3,
"intermediate_size":1536,"vocab_size":49152,"max_position_embeddings":8192,"rms_norm_eps":1e-5,"hidden_act":"silu",
"rope_theta":100000,"rope_scaling":{"rope_type":"llama3","factor":8.0,"low_freq_factor":1.0,"high_freq_factor":4.0,
"original_max_position_embeddings":8192},"tie_word_embeddings":true,"eos_token_id":[2,0]})",
        R"({"model_type":"gemma3_text","hidden_size":640,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":1,
"head_dim":256,"intermediate_size":2048,"vocab_size":262144,"max_position_embeddings":32768,"rms_norm_eps":1e-6,
"hidden_activation":"gelu_pytorch_tanh","query_pre_attn_scalar":256,"sliding_window":512,"rope_theta":1e6,
"rope_local_base_freq":1e4,"layer_types":["sliding_attention","full_attention"],"_sliding_window_pattern":6})",
        R"({"model_type":"gpt2","n_embd":768,"n_layer":12,"n_head":12,"n_positions":1024,"vocab_size":50257,
"activation_function":"gelu_new","layer_norm_epsilon":1e-5,"scale_attn_weights":true})"};
}

/// Reads the file as an encoder's configuration and, where it is none, as a decoder's.
void read(std::span<const std::uint8_t> input) {
    static const tests::ScratchFolder folder;
    folder.write("config.json", {reinterpret_cast<const char*>(input.data()), input.size()});
    try {
        const auto config = encoder::read_encoder_config(folder);
        if (config.hidden % config.heads != 0 || config.layer_shapes.size() != config.layers) {
            throw std::logic_error("an encoder's sizes do not fit together");
        }
        return;
    } catch (const Error&) { // the second reader's turn
    }
    const auto config = decoder::read_config_shape(weights::JsonFile(folder / "config.json"));
    if (config.shape.layers == 0) throw std::logic_error("a decoder without layers");
}

} // namespace familiar::fuzz
