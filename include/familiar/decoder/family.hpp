#pragma once

#include <familiar/decoder/decoder_shape.hpp>
#include <familiar/weights/json_file.hpp>

#include <cstddef>
#include <string_view>

namespace familiar::decoder {

/// Names of tensors without `.weight` and `.bias`; of a layer what follows its number. Empty where a family has no such
/// part. Of `query_key_value` and `query`, `key`, `value`, and of `gate_up` and `gate`, `up`, a file has one.
struct TensorNames {
    std::string_view prefix{}; ///< of all but the head; files of a bare model leave it out
    std::string_view embedding{}, embedding_norm{}, positions{}, final_norm{}, head{};
    std::string_view layer{}; ///< what stands before a layer's number
    std::string_view attention_norm{}, feed_forward_norm{}, post_attention_norm{}, post_feed_forward_norm{};
    std::string_view query_key_value{}, query{}, key{}, value{}, query_norm{}, key_norm{}, output{};
    std::string_view gate_up{}, gate{}, up{}, down{};
};

/// What a model knows of a token's place.
enum class Positions { rotary, alibi, learned };

/// Layers whose tokens see a window only: none; all; all but every n-th; those from `max_window_layers` on, where
/// `use_sliding_window` says so. `layer_types` of config.json goes before it.
enum class WindowRule { none, all, but_every_nth, late };

/// What tells one family of causal models from another. A family is such a description, not a copy of the forward
/// pass: sizes come from the file, biases are used where the file has them.
struct Family {
    std::string_view model_type;     ///< of config.json
    std::string_view architecture{}; ///< `general.architecture` of a GGUF file; empty where there are none
    TensorNames names{};             ///< in a Hugging Face directory

    NormKind norm = NormKind::rms;
    float gain_offset = 0.0F; ///< Gemma's directories store gains less 1
    Positions positions = Positions::rotary;
    RotaryLayout rotary = RotaryLayout::halves;      ///< of weights in a directory
    RotaryLayout gguf_rotary = RotaryLayout::halves; ///< of weights in a GGUF file
    double rotary_share = 1.0;                       ///< of a head's values that turn, where the file does not say
    bool local_rotary = false;                       ///< layers with a window have rotary positions of their own
    std::size_t unturned_period = 0;                 ///< every so many layers, one has no positions; 0: none
    WindowRule windows = WindowRule::none;
    std::size_t window_period = 0;                              ///< n of `but_every_nth`, where the file does not say
    ProjectionLayout projection = ProjectionLayout::parts;      ///< in a directory; GGUF files have parts
    kernels::Activation activation = kernels::Activation::silu; ///< where the file does not say
    bool own_activation = false;                                ///< whatever the file says
    bool gated = true, parallel = false;
    bool transposed = false;       ///< matrices are stored [inputs, outputs] in a directory
    bool scaled_embedding = false; ///< by the square root of the hidden size
    bool tied = false;             ///< the head is the embedding, where the file does not say
    bool one_key_head = false;     ///< all query heads share one, whatever the file says
    bool scaled_alibi = false;     ///< linear biases are divided by the square root of the head size, as scores are
    std::size_t context = 2048;    ///< where the file does not say

    /// Changes the description by what a config.json says beyond sizes; throws `Error` (unsupported_model) for an
    /// option that is not known.
    void (*refine)(const weights::JsonFile&, Family&) = nullptr;
};

} // namespace familiar::decoder
