#include "unit/weights/model_files.hpp"

#include <familiar/decoder/config_shape.hpp>

#include <support/scratch_folder.hpp>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

using namespace familiar;
using Catch::Matchers::Contains;
using decoder::LayerShape;
using nlohmann::json;

namespace {

json llama() {
    return json::parse(R"({"model_type": "llama", "hidden_size": 64, "intermediate_size": 112, "num_hidden_layers": 4,
        "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 320, "max_position_embeddings": 128,
        "hidden_act": "silu", "rms_norm_eps": 1e-5})");
}

decoder::ConfigShape read(const json& config) {
    const tests::ScratchFolder folder;
    return decoder::read_config_shape(weights::JsonFile(folder.write("config.json", config.dump())));
}

std::string complaint(ErrorCode code, const json& config) {
    try {
        read(config);
    } catch (const Error& error) {
        CHECK(error.code() == code);
        return error.what();
    }
    FAIL("no error");
    return {};
}

std::vector<std::size_t> windows(const decoder::DecoderShape& shape) {
    std::vector<std::size_t> out;
    for (const auto& layer : shape.layer_shapes) out.push_back(layer.window);
    return out;
}

using Windows = std::vector<std::size_t>;

} // namespace

TEST_CASE("sizes are read from config.json, and what it does not say follows from the family") {
    const auto [shape, family, tied] = read(llama());
    CHECK(shape.family == "llama");
    CHECK(shape.hidden == 64);
    CHECK(shape.inner == 112);
    CHECK(shape.head_size == 16);
    CHECK(shape.key_value_heads == 2);
    CHECK(shape.context == 128);
    CHECK(shape.rotary.at(0).base == 10000.0);
    CHECK(shape.rotary.at(0).layout == decoder::RotaryLayout::halves);
    CHECK(shape.layer_shapes.at(3).attention_scale == 0.25F);
    CHECK(windows(shape) == Windows{0, 0, 0, 0});
    CHECK_FALSE(tied.has_value());
    CHECK(family.model_type == "llama");
}

TEST_CASE("which layers have a window is said by layer_types, or else by the family's rule") {
    json config = llama();
    config["sliding_window"] = 8;
    CHECK(windows(read(config).shape) == Windows{0, 0, 0, 0});
    config["model_type"] = "mistral";
    CHECK(windows(read(config).shape) == Windows{8, 8, 8, 8});
    config["model_type"] = "gemma2";
    CHECK(windows(read(config).shape) == Windows{8, 0, 8, 0});
    config["model_type"] = "gemma3_text";
    config["sliding_window_pattern"] = 3;
    CHECK(windows(read(config).shape) == Windows{8, 8, 0, 8});
    CHECK(read(config).shape.layer_shapes[1].rotary == 1);
    CHECK(read(config).shape.layer_shapes[2].rotary == 0);
    config["model_type"] = "qwen2";
    CHECK(windows(read(config).shape) == Windows{0, 0, 0, 0});
    config["use_sliding_window"] = true;
    config["max_window_layers"] = 3;
    CHECK(windows(read(config).shape) == Windows{0, 0, 0, 8});
    config["layer_types"] = {"sliding_attention", "full_attention", "full_attention", "full_attention"};
    CHECK(windows(read(config).shape) == Windows{8, 0, 0, 0});
    config.erase("sliding_window");
    CHECK_THAT(complaint(ErrorCode::malformed_model, config), Contains("sliding_window"));
    config["layer_types"] = {"linear_attention", "full_attention", "full_attention", "full_attention"};
    CHECK_THAT(complaint(ErrorCode::unsupported_model, config), Contains("linear_attention"));
}

TEST_CASE("SmolLM3 has layers without positions, by a list or by an interval") {
    json config = llama();
    config["model_type"] = "smollm3";
    const auto turned = [](const decoder::DecoderShape& shape) {
        std::vector<bool> out;
        for (const auto& layer : shape.layer_shapes) out.push_back(layer.rotary != LayerShape::kNoRotary);
        return out;
    };
    CHECK(turned(read(config).shape) == std::vector<bool>{true, true, true, false});
    config["no_rope_layer_interval"] = 2;
    CHECK(turned(read(config).shape) == std::vector<bool>{true, false, true, false});
    config["no_rope_layers"] = {0, 1, 1, 1};
    CHECK(turned(read(config).shape) == std::vector<bool>{false, true, true, true});
    config["no_rope_layers"] = {0, 1};
    CHECK_THAT(complaint(ErrorCode::malformed_model, config), Contains("no_rope_layers"));
}

TEST_CASE("GPT-2's older names of keys are read, and its scales") {
    const json config =
        json::parse(R"({"model_type": "gpt2", "n_embd": 64, "n_layer": 2, "n_head": 4, "vocab_size": 320,
        "n_positions": 128, "n_inner": null, "activation_function": "gelu_new", "layer_norm_epsilon": 1e-5,
        "scale_attn_by_inverse_layer_idx": true})");
    const auto shape = read(config).shape;
    CHECK(shape.hidden == 64);
    CHECK(shape.inner == 256);
    CHECK(shape.context == 128);
    CHECK(shape.learned_positions);
    CHECK(shape.rotary.empty());
    CHECK(shape.norm == decoder::NormKind::layer);
    CHECK(shape.activation == kernels::Activation::gelu_tanh);
    CHECK(shape.layer_shapes[0].attention_scale == 0.25F);
    CHECK(shape.layer_shapes[1].attention_scale == 0.125F);
}

TEST_CASE("Falcon's three kinds") {
    json config = json::parse(R"({"model_type": "falcon", "hidden_size": 64, "num_hidden_layers": 2,
        "num_attention_heads": 4, "num_kv_heads": 2, "vocab_size": 320, "multi_query": true, "parallel_attn": true})");
    auto seven = read(config);
    CHECK(seven.shape.key_value_heads == 1);
    CHECK(seven.shape.parallel);
    CHECK(seven.family.names.feed_forward_norm.empty());
    CHECK(seven.shape.context == 2048);
    config["new_decoder_architecture"] = true;
    auto forty = read(config);
    CHECK(forty.shape.key_value_heads == 2);
    CHECK(forty.family.names.attention_norm == "ln_attn");
    CHECK(forty.family.names.feed_forward_norm == "ln_mlp");
    config["num_ln_in_parallel_attn"] = 1;
    CHECK(read(config).family.names.attention_norm == "input_layernorm");
    config["new_decoder_architecture"] = config["multi_query"] = config["parallel_attn"] = false;
    config["alibi"] = true;
    config["num_kv_heads"] = 4;
    auto rw = read(config);
    CHECK(rw.shape.key_value_heads == 4);
    CHECK_FALSE(rw.shape.parallel);
    CHECK(rw.shape.alibi_scale == 0.25F);
    CHECK(rw.family.names.feed_forward_norm == "post_attention_layernorm");
}

TEST_CASE("a configuration that is not understood or cannot be is an error that names the key and what is known") {
    const std::vector<std::pair<json, std::string>> unknown{
        {{{"model_type", "frobnicate"}}, "frobnicate"},
        {{{"model_type", "frobnicate"}}, "qwen2"},
        {{{"hidden_act", "frob"}}, "gelu_new"},
        {{{"rope_scaling", {{"type", "stretched"}, {"factor", 2}}}}, "yarn"},
        {{{"quantization_config", {{"bits", 4}}}}, "quantised"},
        {{{"is_encoder_decoder", true}}, "is_encoder_decoder"}};
    for (const auto& [change, word] : unknown) {
        json config = llama();
        config.update(change);
        CHECK_THAT(complaint(ErrorCode::unsupported_model, config), Contains("config.json") && Contains(word));
    }
    const std::vector<std::pair<json, std::string>> absurd{
        {{{"model_type", nullptr}}, "model_type"},
        {{{"hidden_size", 0}}, "hidden_size"},
        {{{"hidden_size", 65}}, "65"},
        {{{"hidden_size", "64"}}, "hidden_size"},
        {{{"num_hidden_layers", 1000000000000}}, "num_hidden_layers"},
        {{{"num_hidden_layers", 16000000}}, "16000000"},
        {{{"num_attention_heads", -4}}, "num_attention_heads"},
        {{{"num_key_value_heads", 3}}, "3"},
        {{{"intermediate_size", nullptr}}, "intermediate_size"},
        {{{"vocab_size", nullptr}}, "vocab_size"},
        {{{"rms_norm_eps", 2}}, "rms_norm_eps"},
        {{{"rope_theta", 0}}, "rope_theta"},
        {{{"rope_scaling", {{"type", "linear"}}}}, "factor"},
        {{{"rope_scaling", {{"type", "linear"}, {"factor", 0}}}}, "factor"},
        {{{"rope_scaling", {{"type", "longrope"}, {"short_factor", {1.0}}, {"long_factor", {1.0}}}}}, "short_factor"},
        {{{"rope_scaling", 3}}, "rope_scaling"},
        {{{"partial_rotary_factor", 0.0}}, "rotary"},
    };
    for (const auto& [change, word] : absurd) {
        json config = llama();
        config.update(change);
        INFO(change.dump());
        CHECK_THAT(complaint(ErrorCode::malformed_model, config), Contains("config.json") && Contains(word));
    }
}
