#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace familiar::encoder {

/// Keys of config.json under which a family keeps its sizes.
struct ConfigKeys {
    std::string_view hidden, layers, heads, inner, activation;
};

/// Tensor names of a family: of the embeddings whole, of a layer what follows its number. `…norm` and the linear parts
/// are stems to which `.weight` and `.bias` are added.
struct TensorNames {
    std::string_view words, positions, types, embedding_norm;
    std::string_view layer; ///< what stands before a layer's number
    std::string_view query, key, value, attention_output, attention_norm, up, down, output_norm;
    std::string_view pooler;     ///< dense layer with tanh over the first token; empty where the family has none
    std::string_view classifier; ///< stem of the head's last linear layer; stands outside the prefix
};

/// A family of post-norm encoders with absolute positions (the original transformer's encoder): all that differs
/// between them is here, so that another member is one more entry of `kFamilies`.
struct FamilyDescription {
    std::string_view model_type; ///< as config.json spells it
    std::string_view prefix;     ///< what a checkpoint with a head puts before the encoder's names
    ConfigKeys keys;
    TensorNames names;
    std::size_t first_position; ///< row of the position table that a text's first token takes
    bool has_types;             ///< token types (segments) have an embedding
};

/// Devlin et al., "BERT", arXiv 1810.04805.
inline constexpr FamilyDescription kBert{
    "bert",
    "bert.",
    {"hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "hidden_act"},
    {"embeddings.word_embeddings.weight", "embeddings.position_embeddings.weight",
     "embeddings.token_type_embeddings.weight", "embeddings.LayerNorm", "encoder.layer.", "attention.self.query",
     "attention.self.key", "attention.self.value", "attention.output.dense", "attention.output.LayerNorm",
     "intermediate.dense", "output.dense", "output.LayerNorm", "pooler.dense", "classifier"},
    0,
    true};

inline constexpr std::array kFamilies{kBert};

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
