#pragma once

#include <familiar/core/error.hpp>
#include <familiar/encoder/encoder_config.hpp>
#include <familiar/encoder/encoder_family.hpp>
#include <familiar/weights/json_file.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::encoder {

using weights::JsonFile;

/// The activation that a key names. Throws `Error` (unsupported_model) for one that is not known.
inline kernels::Activation activation_at(const JsonFile& file, std::string_view key,
                                         std::optional<kernels::Activation> otherwise = std::nullopt) {
    using kernels::Activation;
    const auto name = file.find_string(key);
    if (!name) {
        if (otherwise) return *otherwise;
        file.fail_key(key, "is missing");
    }
    if (*name == "gelu" || *name == "gelu_python") return Activation::gelu;
    if (*name == "gelu_new" || *name == "gelu_pytorch_tanh" || *name == "gelu_fast") return Activation::gelu_tanh;
    if (*name == "relu") return Activation::relu;
    if (*name == "silu" || *name == "swish") return Activation::silu;
    if (*name == "tanh") return Activation::tanh;
    throw Error(ErrorCode::unsupported_model, "\"" + std::string(key) + "\" is \"" + *name + "\", which is not known",
                file.path().string(), "Known are gelu, gelu_new, gelu_pytorch_tanh, gelu_fast, relu, silu, tanh");
}

namespace detail {

[[noreturn]] inline void fail_option(const JsonFile& file, std::string_view key, const std::string& what,
                                     std::string advice) {
    throw Error(ErrorCode::unsupported_model, "\"" + std::string(key) + "\" " + what, file.path().string(),
                std::move(advice));
}

inline void require_absolute_positions(const JsonFile& file) {
    const auto positions = file.find_string("position_embedding_type");
    if (positions && *positions != "absolute") {
        fail_option(file, "position_embedding_type", "is \"" + *positions + "\", which is not known",
                    "Known is absolute");
    }
}

inline void configure_bert(const JsonFile& file, EncoderConfig&) {
    require_absolute_positions(file);
}

inline void configure_distilbert(const JsonFile&, EncoderConfig& config) {
    config.head_activation = kernels::Activation::relu;
}

/// Positions are counted from behind the number of the padding token.
inline void configure_roberta(const JsonFile& file, EncoderConfig& config) {
    require_absolute_positions(file);
    config.first_position = file.find_size("pad_token_id", 0, config.vocabulary - 1).value_or(1) + 1;
}

/// Song et al., arXiv 2004.09297: RoBERTa with a bias by distance, the same in all layers.
inline void configure_mpnet(const JsonFile& file, EncoderConfig& config) {
    config.first_position = file.find_size("pad_token_id", 0, config.vocabulary - 1).value_or(1) + 1;
    config.distance_buckets = file.find_size("relative_attention_num_buckets", 4, 1 << 16).value_or(32);
}

inline void configure_electra(const JsonFile& file, EncoderConfig& config) {
    require_absolute_positions(file);
    config.head_activation = kernels::Activation::gelu;
}

/// Lan et al., arXiv 1909.11942: groups of layers share their weights.
inline void configure_albert(const JsonFile& file, EncoderConfig& config) {
    require_absolute_positions(file);
    const std::size_t groups = file.find_size("num_hidden_groups", 1, config.layers).value_or(1);
    config.layers_per_group = file.find_size("inner_group_num", 1, 64).value_or(1);
    config.stored_layers = groups * config.layers_per_group;
    config.layer_shapes.clear();
    for (std::size_t i = 0; i < config.layers; ++i) {
        const std::size_t group = i * groups / config.layers;
        for (std::size_t k = 0; k < config.layers_per_group; ++k) {
            config.layer_shapes.push_back({group * config.layers_per_group + k, std::nullopt, std::nullopt});
        }
    }
}

/// `pos_att_type`: a list, or names with | between them.
inline void read_score_terms(const JsonFile& file, DisentangledAttention& attention) {
    constexpr std::string_view kKey = "pos_att_type";
    const auto* value = file.find(kKey);
    if (value == nullptr) return;
    std::vector<std::string> names;
    if (value->is_string()) {
        const auto text = value->get<std::string>();
        for (std::size_t begin = 0; begin <= text.size();) {
            const std::size_t end = std::min(text.find('|', begin), text.size());
            names.push_back(text.substr(begin, end - begin));
            begin = end + 1;
        }
    } else if (value->is_array()) {
        for (const auto& name : *value) names.push_back(name.is_string() ? name.get<std::string>() : name.dump());
    } else {
        file.fail_key(kKey, "must be a list or a string, not " + JsonFile::describe(*value));
    }
    for (const auto& name : names) {
        if (name == "c2p") {
            attention.content_to_position = true;
        } else if (name == "p2c") {
            attention.position_to_content = true;
        } else if (!name.empty()) {
            fail_option(file, kKey, "has \"" + name + "\", which is not known", "Known are c2p and p2c");
        }
    }
}

inline void configure_deberta(const JsonFile& file, EncoderConfig& config) {
    if (file.find(config.family->keys.epsilon) == nullptr) config.epsilon = 1e-7F;
    config.position_table = file.find_bool("position_biased_input").value_or(true);
    for (const auto& [key, size] :
         {std::pair("embedding_size", config.hidden), std::pair("attention_head_size", config.head_size()),
          std::pair("pooler_hidden_size", config.hidden), std::pair("conv_groups", std::size_t{1})}) {
        const auto given = file.find_size(key, 0, std::size_t{1} << 28);
        if (given && *given != size) {
            fail_option(file, key, "is " + std::to_string(*given) + "; " + std::to_string(size) + " is known",
                        "This variant is not supported");
        }
    }
    if (file.find_bool("relative_attention").value_or(false)) {
        DisentangledAttention attention;
        const auto whole = [&](std::string_view key) { // ‑1 stands for "not given"
            const double given = file.find_number(key, -1.0, 1 << 20).value_or(-1.0);
            return given >= 1.0 ? static_cast<std::size_t>(given) : std::size_t{0};
        };
        attention.farthest = whole("max_relative_positions");
        if (attention.farthest == 0) attention.farthest = config.positions;
        attention.buckets = whole("position_buckets");
        attention.span = attention.buckets != 0 ? attention.buckets : attention.farthest;
        if (attention.buckets == 1 || (attention.buckets != 0 && attention.farthest <= attention.buckets / 2 + 1)) {
            file.fail_key("position_buckets", "is " + std::to_string(attention.buckets) +
                                                  ", which does not fit the farthest position, " +
                                                  std::to_string(attention.farthest));
        }
        read_score_terms(file, attention);
        attention.own_projections = !file.find_bool("share_att_key").value_or(false);
        const auto norm = file.find_string("norm_rel_ebd").value_or("none");
        if (norm != "none" && norm != "layer_norm") {
            fail_option(file, "norm_rel_ebd", "is \"" + norm + "\", which is not known",
                        "Known are none and layer_norm");
        }
        attention.normalised = norm == "layer_norm";
        config.disentangled = attention;
    }
    config.convolution_width = file.find_size("conv_kernel_size", 0, 63).value_or(0);
    if (config.convolution_width != 0 && config.convolution_width % 2 == 0) {
        fail_option(file, "conv_kernel_size", "is even", "Odd widths are known");
    }
    config.convolution_activation = activation_at(file, "conv_act", kernels::Activation::tanh);
    config.pooler_activation = activation_at(file, "pooler_hidden_act", kernels::Activation::gelu);
}

/// Whether layer i sees all tokens: `layer_types` where the file has it, else every n-th layer does.
inline std::vector<bool> global_layers(const JsonFile& file, std::size_t layers) {
    std::vector<bool> global(layers);
    if (const auto* types = file.find("layer_types"); types != nullptr) {
        if (!types->is_array() || types->size() != layers) file.fail_key("layer_types", "must name every layer's type");
        for (std::size_t i = 0; i < layers; ++i) {
            const auto& type = (*types)[i];
            global[i] = type == "full_attention";
            if (!global[i] && type != "sliding_attention") {
                fail_option(file, "layer_types", "has " + JsonFile::describe(type) + ", which is not known",
                            "Known are full_attention and sliding_attention");
            }
        }
        return global;
    }
    const std::size_t every = file.find_size("global_attn_every_n_layers", 1, 4096).value_or(3);
    for (std::size_t i = 0; i < layers; ++i) global[i] = i % every == 0;
    return global;
}

/// A base of rotary angles: under its own key, or, as newer versions write it, under the layers' type.
inline double rotary_base(const JsonFile& file, std::string_view key, std::string_view layer_type, double otherwise) {
    constexpr double kMost = 1e12;
    if (const auto all = file.find_object("rope_parameters")) {
        if (const auto own = all->find_object(layer_type)) {
            const auto type = own->find_string("rope_type").value_or("default");
            if (type != "default") {
                fail_option(file, "rope_type", "is \"" + type + "\", which is not known", "Known is default");
            }
            if (const auto base = own->find_number("rope_theta", 1.0, kMost)) return *base;
        }
    }
    return file.find_number(key, 1.0, kMost).value_or(otherwise);
}

/// Warner et al., arXiv 2412.13663.
inline void configure_modernbert(const JsonFile& file, EncoderConfig& config) {
    if (file.find("rope_scaling") != nullptr) {
        fail_option(file, "rope_scaling", "is given, which is not known", "Known are angles that are not scaled");
    }
    if (config.head_size() % 2 != 0) file.fail_key("num_attention_heads", "leaves heads of an odd size");
    if (file.find(config.family->keys.epsilon) == nullptr) config.epsilon = 1e-5F;
    config.norms = NormPlacement::before;
    config.position_table = false;
    config.gated = true;
    config.attention_bias = file.find_bool("attention_bias").value_or(false);
    config.feed_forward_bias = file.find_bool("mlp_bias").value_or(false);
    config.norm_bias = file.find_bool("norm_bias").value_or(false);
    const double global = rotary_base(file, "global_rope_theta", "full_attention", 160000.0);
    const double local = file.find("local_rope_theta") == nullptr && file.value().contains("local_rope_theta")
                             ? global // null: as the others
                             : rotary_base(file, "local_rope_theta", "sliding_attention", 10000.0);
    config.rotary_bases = {global, local};
    const std::size_t window = file.find_size("local_attention", 1, std::size_t{1} << 28).value_or(128) / 2;
    const auto sees_all = global_layers(file, config.layers);
    for (std::size_t i = 0; i < config.layers; ++i) {
        auto& shape = config.layer_shapes[i];
        shape.rotation = sees_all[i] ? 0 : 1;
        if (!sees_all[i]) shape.window = window;
    }
    const auto pooling = file.find_string("classifier_pooling").value_or("cls");
    if (pooling != "cls" && pooling != "mean") {
        fail_option(file, "classifier_pooling", "is \"" + pooling + "\", which is not known", "Known are cls and mean");
    }
    config.head_pooling = pooling == "mean" ? Pooling::mean : Pooling::cls;
    config.head_activation = activation_at(file, "classifier_activation", kernels::Activation::gelu);
    config.head_bias = file.find_bool("classifier_bias").value_or(false);
}

constexpr FamilyDescription named(FamilyDescription family, std::string_view model_type) {
    family.model_type = model_type;
    return family;
}

} // namespace detail

/// Devlin et al., arXiv 1810.04805.
inline constexpr FamilyDescription kBert{.model_type = "bert",
                                         .prefix = "bert.",
                                         .keys = {},
                                         .names = {.words = "embeddings.word_embeddings.weight",
                                                   .positions = "embeddings.position_embeddings.weight",
                                                   .types = "embeddings.token_type_embeddings.weight",
                                                   .embedding_norm = "embeddings.LayerNorm",
                                                   .layer = "encoder.layer.",
                                                   .query = "attention.self.query",
                                                   .key = "attention.self.key",
                                                   .value = "attention.self.value",
                                                   .attention_output = "attention.output.dense",
                                                   .attention_norm = "attention.output.LayerNorm",
                                                   .up = "intermediate.dense",
                                                   .down = "output.dense",
                                                   .output_norm = "output.LayerNorm"},
                                         .pooler = {"pooler.dense"},
                                         .head = {},
                                         .configure = detail::configure_bert};

/// Sanh et al., arXiv 1910.01108.
inline constexpr FamilyDescription kDistilBert{.model_type = "distilbert",
                                               .prefix = "distilbert.",
                                               .keys = {.hidden = "dim",
                                                        .layers = "n_layers",
                                                        .heads = "n_heads",
                                                        .inner = "hidden_dim",
                                                        .activation = "activation",
                                                        .epsilon = "",
                                                        .types = ""},
                                               .names = {.words = "embeddings.word_embeddings.weight",
                                                         .positions = "embeddings.position_embeddings.weight",
                                                         .embedding_norm = "embeddings.LayerNorm",
                                                         .layer = "transformer.layer.",
                                                         .query = "attention.q_lin",
                                                         .key = "attention.k_lin",
                                                         .value = "attention.v_lin",
                                                         .attention_output = "attention.out_lin",
                                                         .attention_norm = "sa_layer_norm",
                                                         .up = "ffn.lin1",
                                                         .down = "ffn.lin2",
                                                         .output_norm = "output_layer_norm"},
                                               .pooler = {},
                                               .head = {.dense = "pre_classifier"},
                                               .configure = detail::configure_distilbert};

/// Liu et al., arXiv 1907.11692.
inline constexpr FamilyDescription kRoberta{.model_type = "roberta",
                                            .prefix = "roberta.",
                                            .keys = {},
                                            .names = kBert.names,
                                            .pooler = {"pooler.dense"},
                                            .head = {.dense = "classifier.dense", .classifier = "classifier.out_proj"},
                                            .configure = detail::configure_roberta};

inline constexpr FamilyDescription kMpnet{.model_type = "mpnet",
                                          .prefix = "mpnet.",
                                          .keys = {.types = ""},
                                          .names = {.words = "embeddings.word_embeddings.weight",
                                                    .positions = "embeddings.position_embeddings.weight",
                                                    .embedding_norm = "embeddings.LayerNorm",
                                                    .layer = "encoder.layer.",
                                                    .query = "attention.attn.q",
                                                    .key = "attention.attn.k",
                                                    .value = "attention.attn.v",
                                                    .attention_output = "attention.attn.o",
                                                    .attention_norm = "attention.LayerNorm",
                                                    .up = "intermediate.dense",
                                                    .down = "output.dense",
                                                    .output_norm = "output.LayerNorm",
                                                    .distance_bias = "encoder.relative_attention_bias.weight"},
                                          .pooler = {"pooler.dense"},
                                          .head = kRoberta.head,
                                          .configure = detail::configure_mpnet};

/// Clark et al., arXiv 2003.10555: the discriminator.
inline constexpr FamilyDescription kElectra = [] {
    FamilyDescription family = detail::named(kBert, "electra");
    family.prefix = "electra.";
    family.keys.embedding = "embedding_size";
    family.names.embedding_projection = "embeddings_project";
    family.pooler = {};
    family.head = kRoberta.head;
    family.configure = detail::configure_electra;
    return family;
}();

inline constexpr FamilyDescription kAlbert{.model_type = "albert",
                                           .prefix = "albert.",
                                           .keys = {.embedding = "embedding_size"},
                                           .names = {.words = "embeddings.word_embeddings.weight",
                                                     .positions = "embeddings.position_embeddings.weight",
                                                     .types = "embeddings.token_type_embeddings.weight",
                                                     .embedding_norm = "embeddings.LayerNorm",
                                                     .embedding_projection = "encoder.embedding_hidden_mapping_in",
                                                     .layer = "encoder.albert_layer_groups.",
                                                     .sublayer = ".albert_layers.",
                                                     .query = "attention.query",
                                                     .key = "attention.key",
                                                     .value = "attention.value",
                                                     .attention_output = "attention.dense",
                                                     .attention_norm = "attention.LayerNorm",
                                                     .up = "ffn",
                                                     .down = "ffn_output",
                                                     .output_norm = "full_layer_layer_norm"},
                                           .pooler = {"pooler"},
                                           .head = {},
                                           .configure = detail::configure_albert};

/// He et al., arXiv 2006.03654 and 2111.09543 (v3, which keeps the type).
inline constexpr FamilyDescription kDebertaV2 = [] {
    FamilyDescription family = detail::named(kBert, "deberta-v2");
    family.prefix = "deberta.";
    family.names.query = "attention.self.query_proj";
    family.names.key = "attention.self.key_proj";
    family.names.value = "attention.self.value_proj";
    family.names.distances = "encoder.rel_embeddings.weight";
    family.names.distances_norm = "encoder.LayerNorm";
    family.names.distance_key = "attention.self.pos_key_proj";
    family.names.distance_query = "attention.self.pos_query_proj";
    family.names.convolution = "encoder.conv.conv";
    family.names.convolution_norm = "encoder.conv.LayerNorm";
    family.pooler = {.stem = "pooler.dense", .in_prefix = false};
    family.configure = detail::configure_deberta;
    return family;
}();

inline constexpr FamilyDescription kModernBert{
    .model_type = "modernbert",
    .prefix = "model.",
    .keys = {.activation = "hidden_activation", .epsilon = "norm_eps", .types = ""},
    .names = {.words = "embeddings.tok_embeddings.weight",
              .embedding_norm = "embeddings.norm",
              .layer = "layers.",
              .query = "attn.Wqkv",
              .attention_output = "attn.Wo",
              .attention_norm = "attn_norm",
              .up = "mlp.Wi",
              .down = "mlp.Wo",
              .output_norm = "mlp_norm",
              .final_norm = "final_norm"},
    .pooler = {},
    .head = {.dense = "head.dense", .norm = "head.norm"},
    .configure = detail::configure_modernbert};

/// XLM-R and XLM-V (Conneau et al., arXiv 1911.02116; Liang et al., arXiv 2301.10472) and CamemBERT (Martin et al.,
/// arXiv 1911.03894) are RoBERTa with other vocabularies.
inline constexpr std::array kFamilies{kBert,
                                      kDistilBert,
                                      kRoberta,
                                      detail::named(kRoberta, "xlm-roberta"),
                                      detail::named(kRoberta, "camembert"),
                                      kMpnet,
                                      kElectra,
                                      kAlbert,
                                      kDebertaV2,
                                      kModernBert};

inline const FamilyDescription* find_family(std::string_view model_type) noexcept {
    for (const auto& family : kFamilies) {
        if (family.model_type == model_type) return &family;
    }
    return nullptr;
}

/// Names of all families, for messages.
inline std::string family_names() {
    std::string names;
    for (const auto& family : kFamilies) names += (names.empty() ? "" : ", ") + std::string(family.model_type);
    return names;
}

} // namespace familiar::encoder
