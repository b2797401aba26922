#pragma once

#include <familiar/core/error.hpp>
#include <familiar/decoder/decoder_shape.hpp>
#include <familiar/decoder/families.hpp>
#include <familiar/decoder/rotary_config.hpp>
#include <familiar/weights/json_file.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::decoder {

/// What a config.json says of a causal model.
struct ConfigShape {
    DecoderShape shape;
    Family family;            ///< with what the file changes in it: where the weights stand
    std::optional<bool> tied; ///< whether the head is the embedding; nothing where the file does not say
};

namespace detail {

/// Reads a config.json as transformers 4 or 5 writes it, or the older names of its keys.
class ConfigReader {
  public:
    explicit ConfigReader(const weights::JsonFile& file) : file_(file), family_(known_family(file)) {}

    [[nodiscard]] ConfigShape read() {
        refuse_unknown_options();
        if (family_.refine != nullptr) family_.refine(file_, family_);
        DecoderShape& s = shape_;
        s.family = family_.model_type;
        s.hidden = require_size({"hidden_size", "n_embd", "n_embed"});
        s.layers = require_size({"num_hidden_layers", "n_layer"});
        if (s.layers > kMostLayers) file_.fail(std::to_string(s.layers) + " layers");
        s.heads = require_size({"num_attention_heads", "n_head"});
        s.key_value_heads = family_.one_key_head
                                ? 1
                                : find_size({"num_key_value_heads", "num_kv_heads", "n_head_kv"}).value_or(s.heads);
        s.head_size = find_size({"head_dim"}).value_or(0);
        if (s.head_size == 0) {
            if (s.hidden % s.heads != 0) {
                file_.fail(std::to_string(s.heads) + " attention heads do not divide a hidden size of " +
                           std::to_string(s.hidden));
            }
            s.head_size = s.hidden / s.heads;
        }
        const auto inner = find_size({"intermediate_size", "ffn_hidden_size", "n_inner"});
        if (!inner && family_.gated) file_.fail_key("intermediate_size", "is missing");
        s.inner = inner.value_or(4 * s.hidden);
        s.vocabulary = require_size({"vocab_size"});
        const std::size_t positions =
            find_size({"max_position_embeddings", "n_positions", "n_ctx", "seq_length"}).value_or(family_.context);
        s.context = positions;

        s.norm = family_.norm;
        s.norm_epsilon =
            static_cast<float>(first_number(file_, {"rms_norm_eps", "layer_norm_epsilon", "layer_norm_eps"}, 0.0, 1.0)
                                   .value_or(family_.norm == NormKind::rms ? 1e-6 : 1e-5));
        s.activation = activation();
        s.gated = family_.gated;
        s.parallel = family_.parallel;
        s.projection = family_.projection;
        s.learned_positions = family_.positions == Positions::learned;
        if (family_.scaled_embedding) s.embedding_scale = std::sqrt(static_cast<float>(s.hidden));
        s.attention_cap = cap("attn_logit_softcapping");
        s.logit_cap = cap("final_logit_softcapping");
        if (family_.positions == Positions::alibi) {
            s.alibi_scale = family_.scaled_alibi ? 1.0F / std::sqrt(static_cast<float>(s.head_size)) : 1.0F;
        }
        if (family_.positions == Positions::rotary) {
            s.rotary = read_rotary_config(file_, family_, s.head_size, positions);
            s.context = stretched(positions, s.rotary.front().scaling);
        }
        describe_layers();
        s.check(file_.path().string());
        return {std::move(shape_), family_, file_.find_bool("tie_word_embeddings")};
    }

  private:
    /// Far beyond any published model; the shape's own check is as strict, but layers are described before it.
    static constexpr std::size_t kMost = std::size_t{1} << 24, kMostLayers = std::size_t{1} << 16;

    static Family known_family(const weights::JsonFile& file) {
        file.require_object();
        const auto type = file.find_string("model_type");
        if (!type) file.fail_key("model_type", "is missing");
        return find_model_type(*type, file.path().string());
    }

    [[nodiscard]] std::optional<std::size_t> find_size(std::initializer_list<std::string_view> keys) const {
        for (const auto key : keys) {
            if (const auto size = file_.find_size(key, 1, kMost)) return size;
        }
        return std::nullopt;
    }

    [[nodiscard]] std::size_t require_size(std::initializer_list<std::string_view> keys) const {
        const auto size = find_size(keys);
        if (!size) file_.fail_key(*keys.begin(), "is missing");
        return *size;
    }

    [[nodiscard]] float cap(std::string_view key) const {
        return static_cast<float>(file_.find_number(key, 0.0, 1e6).value_or(0.0));
    }

    /// Options that change what a model computes and that no published model of these families uses.
    void refuse_unknown_options() const {
        for (const std::string_view key :
             {"qk_layernorm", "apply_residual_connection_post_layernorm", "use_bidirectional_attention",
              "add_cross_attention", "is_encoder_decoder"}) {
            if (file_.find_bool(key).value_or(false)) {
                throw Error(ErrorCode::unsupported_model, "\"" + std::string(key) + "\" is true, which is not known",
                            file_.path().string(), "Known: false");
            }
        }
        if (file_.find("quantization_config") != nullptr) {
            throw Error(ErrorCode::unsupported_model, "the weights are quantised (\"quantization_config\")",
                        file_.path().string(), "Use the model in F32, F16 or BF16, or a GGUF file of it");
        }
    }

    [[nodiscard]] kernels::Activation activation() const {
        if (family_.own_activation) return family_.activation;
        using kernels::Activation;
        constexpr std::pair<std::string_view, Activation> known[] = {
            {"silu", Activation::silu},           {"swish", Activation::silu},
            {"gelu", Activation::gelu},           {"gelu_python", Activation::gelu},
            {"gelu_new", Activation::gelu_tanh},  {"gelu_pytorch_tanh", Activation::gelu_tanh},
            {"gelu_fast", Activation::gelu_tanh}, {"relu", Activation::relu}};
        for (const std::string_view key : {"hidden_activation", "hidden_act", "activation_function", "activation"}) {
            const auto name = file_.find_string(key);
            if (!name) continue;
            std::string names;
            for (const auto& [spelling, activation] : known) {
                if (*name == spelling) return activation;
                names += (names.empty() ? "" : ", ") + std::string(spelling);
            }
            throw Error(ErrorCode::unsupported_model,
                        "\"" + std::string(key) + "\" is \"" + *name + "\", which is not known", file_.path().string(),
                        "Known: " + names);
        }
        return family_.activation;
    }

    /// Tokens that a model with scaled positions can take: dynamic and yarn say how far beyond the first training's.
    [[nodiscard]] std::size_t stretched(std::size_t positions, const RotaryScaling& scaling) const {
        const bool by_factor = scaling.kind == RotaryScalingKind::dynamic || scaling.kind == RotaryScalingKind::yarn;
        const double original = static_cast<double>(scaling.original_context);
        const double reach = by_factor ? original * scaling.factor : 0.0;
        const auto most = static_cast<double>(kMost);
        return std::max({positions, static_cast<std::size_t>(std::min(reach, most)),
                         find_size({"max_sequence_length"}).value_or(0)});
    }

    void describe_layers() {
        const auto window = file_.find_size("sliding_window", 0, kMost).value_or(0);
        const auto types = layer_types();
        const auto turned = file_.find_numbers("no_rope_layers", 0.0, 1.0).value_or(std::vector<double>{});
        if (!turned.empty() && turned.size() != shape_.layers) {
            file_.fail_key("no_rope_layers", "is of " + std::to_string(turned.size()) + " layers, but there are " +
                                                 std::to_string(shape_.layers));
        }
        const std::size_t period =
            file_.find_size("no_rope_layer_interval", 1, kMost).value_or(family_.unturned_period);
        const float scale = attention_scale();
        const bool by_layer = file_.find_bool("scale_attn_by_inverse_layer_idx").value_or(false);
        shape_.layer_shapes.resize(shape_.layers);
        for (std::size_t i = 0; i < shape_.layers; ++i) {
            LayerShape& layer = shape_.layer_shapes[i];
            layer.attention_scale = by_layer ? scale / static_cast<float>(i + 1) : scale;
            layer.rotary = shape_.rotary.empty() ? LayerShape::kNoRotary : 0;
            if (family_.unturned_period != 0) {
                const bool turns = turned.empty() ? (i + 1) % period != 0 : turned[i] != 0.0;
                if (!turns) layer.rotary = LayerShape::kNoRotary;
            }
            if (!(types.empty() ? has_window(i, layer) : types[i] == "sliding_attention")) continue;
            if (window == 0) {
                if (!types.empty()) file_.fail_key("sliding_window", "is missing, but \"layer_types\" speaks of it");
                continue;
            }
            layer.window = window;
            if (shape_.rotary.size() > 1) layer.rotary = 1;
        }
    }

    [[nodiscard]] std::vector<std::string> layer_types() const {
        const auto* list = file_.find("layer_types");
        if (list == nullptr || family_.windows == WindowRule::none) return {};
        if (!list->is_array() || list->size() != shape_.layers) {
            file_.fail_key("layer_types", "must be a list of " + std::to_string(shape_.layers) + " names");
        }
        std::vector<std::string> types;
        for (const auto& entry : *list) {
            if (entry != "full_attention" && entry != "sliding_attention") {
                throw Error(ErrorCode::unsupported_model,
                            "\"layer_types\" holds " + weights::JsonFile::describe(entry) + ", which is not known",
                            file_.path().string(), "Known: full_attention, sliding_attention");
            }
            types.push_back(entry.get<std::string>());
        }
        return types;
    }

    [[nodiscard]] bool has_window(std::size_t i, const LayerShape& layer) const {
        switch (family_.windows) {
        case WindowRule::all:
            return true;
        case WindowRule::but_every_nth:
            return (i + 1) % file_.find_size("sliding_window_pattern", 1, kMost).value_or(family_.window_period) != 0;
        case WindowRule::late:
            if (!file_.find_bool("use_sliding_window").value_or(false)) return false;
            // SmolLM3: layers without positions have the window.
            if (family_.unturned_period != 0) return layer.rotary == LayerShape::kNoRotary;
            return i >= file_.find_size("max_window_layers", 0, kMost).value_or(shape_.layers);
        default:
            return false;
        }
    }

    [[nodiscard]] float attention_scale() const {
        if (!file_.find_bool("scale_attn_weights").value_or(true)) return 1.0F;
        const double of =
            first_number(file_, {"query_pre_attn_scalar"}, 1e-6, 1e9).value_or(static_cast<double>(shape_.head_size));
        return static_cast<float>(1.0 / std::sqrt(of));
    }

    const weights::JsonFile& file_;
    Family family_;
    DecoderShape shape_;
};

} // namespace detail

/// Reads the sizes and switches of a config.json.
///
/// Throws `Error`: unsupported_model for a family, an activation, positions or options that are not known, naming those
/// that are; malformed_model for a value that is missing, of another type, absurd or at odds with another.
inline ConfigShape read_config_shape(const weights::JsonFile& file) {
    return detail::ConfigReader(file).read();
}

} // namespace familiar::decoder
