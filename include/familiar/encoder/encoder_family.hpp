#pragma once

#include <string_view>

namespace familiar::weights {
class JsonFile;
}

namespace familiar::encoder {

struct EncoderConfig;

/// Keys of config.json under which a family keeps its sizes.
struct ConfigKeys {
    std::string_view hidden = "hidden_size", layers = "num_hidden_layers", heads = "num_attention_heads",
                     inner = "intermediate_size", activation = "hidden_act";
    std::string_view epsilon = "layer_norm_eps"; ///< empty: 1e-12, which its file does not state
    std::string_view types = "type_vocab_size";  ///< empty: the family has no token types
    std::string_view embedding = {};             ///< empty: embeddings are as wide as the layers
};

/// Tensor names of a family: those of the embeddings whole, those of a layer from after its number on. Names that do
/// not end in `.weight` are stems of a norm or a linear layer, to which `.weight` and `.bias` are added. Empty: the
/// family has no such part.
struct TensorNames {
    std::string_view words = {}, positions = {}, types = {}, embedding_norm = {}, embedding_projection = {};
    /// What stands before a layer's number, and, where layers are in groups, between the group's number and its own.
    std::string_view layer = {}, sublayer = {};
    /// `key` and `value` empty: `query` holds all three, one after another.
    std::string_view query = {}, key = {}, value = {};
    std::string_view attention_output = {}, attention_norm = {}, up = {}, down = {}, output_norm = {};
    std::string_view final_norm = {};
    std::string_view distance_bias = {};                  ///< a number a bucket of distances and head
    std::string_view distances = {}, distances_norm = {}; ///< a vector a bucket, for disentangled attention
    std::string_view distance_key = {}, distance_query = {};
    std::string_view convolution = {}, convolution_norm = {}; ///< beside the first layer
};

/// A dense layer over the first token's vector.
struct PoolerDescription {
    std::string_view stem = {};
    bool in_prefix = true; ///< whether the family's prefix stands before it
};

/// A head for sequence classification: the pooled vector through `dense` (empty: through the family's pooler), through
/// `norm` (empty: none), through `classifier`. All stand outside the prefix.
struct HeadDescription {
    std::string_view dense = {}, norm = {}, classifier = "classifier";
};

/// All that tells a family of encoders from the others. Sizes are read under `keys`, tensors found under `names`;
/// `configure` reads what else its config.json says and chooses among the parts of a forward pass that EncoderConfig
/// offers: where the norms stand, how positions are told, what a layer sees.
struct FamilyDescription {
    std::string_view model_type; ///< as config.json spells it
    std::string_view prefix;     ///< what a checkpoint with a head puts before the encoder's names
    ConfigKeys keys;
    TensorNames names;
    PoolerDescription pooler;
    HeadDescription head;
    void (*configure)(const weights::JsonFile& file, EncoderConfig& config);
};

} // namespace familiar::encoder
