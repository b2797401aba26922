#pragma once

#include <familiar/encoder/encoder_family.hpp>
#include <familiar/encoder/pooling.hpp>
#include <familiar/kernels/kernel_backend.hpp>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace familiar::encoder {

/// What a classification head's outputs mean.
enum class ProblemType {
    single_label, ///< softmax over the labels
    multi_label,  ///< a sigmoid a label
    regression,   ///< the values themselves
};

constexpr std::string_view to_string(ProblemType type) noexcept {
    constexpr std::string_view names[] = {"single_label_classification", "multi_label_classification", "regression"};
    return names[static_cast<std::size_t>(type)];
}

/// Where a layer's two norms stand: after the sums with the residuals (Vaswani et al., arXiv 1706.03762), or before
/// attention and feed-forward (Xiong et al., arXiv 2002.04745).
enum class NormPlacement { after, before };

/// What one layer of the pass is.
struct LayerShape {
    std::size_t stored = 0;                ///< which of the stored layers' weights it runs with
    std::optional<std::size_t> window;     ///< tokens to either side that a token sees; nothing: all
    std::optional<std::size_t> rotation{}; ///< which of `rotary_bases` turns its queries and keys; nothing: none
};

/// Disentangled attention: scores between words and distances beside those between words (He et al., arXiv 2006.03654).
/// Distances share vectors in buckets that grow from half of `span` on (arXiv 2111.09543).
struct DisentangledAttention {
    std::size_t span = 0;     ///< vectors to either side
    std::size_t buckets = 0;  ///< 0: every distance within the span has its own
    std::size_t farthest = 0; ///< the distance that the last bucket begins with
    bool content_to_position = false, position_to_content = false;
    bool own_projections = false; ///< distances have keys and queries of their own, not the words' weights
    bool normalised = false;      ///< the distances' vectors go through a norm
};

/// config.json of an encoder, checked by itself; the weights are checked against it when they are loaded.
struct EncoderConfig {
    std::filesystem::path path; ///< of config.json, for messages
    const FamilyDescription* family = nullptr;

    std::size_t hidden = 0, layers = 0, heads = 0, inner = 0; ///< `hidden` is a multiple of `heads`
    std::size_t vocabulary = 0, embedding = 0;                ///< rows and width of the word embeddings
    std::size_t positions = 0;                                ///< that the model knows; rows of their table
    std::size_t first_position = 0;                           ///< the one that a text's first token takes
    std::size_t types = 0;                                    ///< rows of the token types' table
    bool position_table = true;
    kernels::Activation activation = kernels::Activation::gelu;
    float epsilon = 1e-12F; ///< of the norms

    NormPlacement norms = NormPlacement::after;
    bool gated = false; ///< feed-forward: activation(a) · b, of two halves (Shazeer, arXiv 2002.05202)
    bool attention_bias = true, feed_forward_bias = true, norm_bias = true;
    std::vector<LayerShape> layer_shapes; ///< in the order of the pass
    std::size_t stored_layers = 0, layers_per_group = 1;
    std::vector<double> rotary_bases;
    std::size_t distance_buckets = 0; ///< of a bias by distance; 0: none
    std::optional<DisentangledAttention> disentangled;
    std::size_t convolution_width = 0; ///< 0: none
    kernels::Activation convolution_activation = kernels::Activation::tanh;

    kernels::Activation pooler_activation = kernels::Activation::tanh;
    Pooling head_pooling = Pooling::cls; ///< what the head reads: `cls` or `mean`
    kernels::Activation head_activation = kernels::Activation::tanh;
    bool head_bias = true; ///< of its dense layer

    std::vector<std::string> labels;    ///< id2label in the order of the ids; empty where the file has none
    std::optional<ProblemType> problem; ///< nothing where the file does not say

    [[nodiscard]] std::size_t head_size() const noexcept { return hidden / heads; }
    /// Tokens of the longest text.
    [[nodiscard]] std::size_t max_tokens() const noexcept { return positions - first_position; }
};

} // namespace familiar::encoder
