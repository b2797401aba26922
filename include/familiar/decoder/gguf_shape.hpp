#pragma once

#include <familiar/core/error.hpp>
#include <familiar/decoder/decoder_shape.hpp>
#include <familiar/decoder/families.hpp>
#include <familiar/weights/detail/printable.hpp>
#include <familiar/weights/gguf.hpp>
#include <familiar/weights/load.hpp>

#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::decoder {

namespace detail {

class GgufShapeReader {
  public:
    explicit GgufShapeReader(const weights::Gguf& file)
        : file_(file), architecture_(file.architecture()), family_(find_architecture(architecture_, file.path())) {}

    [[nodiscard]] DecoderShape read() {
        DecoderShape& s = shape_;
        s.family = architecture_;
        s.layers = size("block_count");
        s.hidden = size("embedding_length");
        s.inner = size("feed_forward_length");
        s.heads = size("attention.head_count");
        s.key_value_heads = size("attention.head_count_kv", s.heads);
        s.head_size = size("attention.key_length", s.heads == 0 ? 0 : s.hidden / s.heads);
        s.context = size("context_length");
        s.vocabulary = vocabulary();
        if (size("attention.value_length", s.head_size) != s.head_size) {
            throw Error(ErrorCode::unsupported_model, "keys and values of different sizes", file_.path());
        }
        if (size("expert_count", 0) != 0) {
            throw Error(ErrorCode::unsupported_model, "a mixture of experts", file_.path(), "Use a dense model");
        }
        s.norm = family_.norm;
        const auto epsilon =
            number(family_.norm == NormKind::rms ? "attention.layer_norm_rms_epsilon" : "attention.layer_norm_epsilon");
        if (!epsilon) {
            fail_missing(family_.norm == NormKind::rms ? "attention.layer_norm_rms_epsilon"
                                                       : "attention.layer_norm_epsilon");
        }
        s.norm_epsilon = *epsilon;
        s.activation = family_.activation;
        s.gated = family_.gated;
        s.parallel = file_.find_bool(key("use_parallel_residual")).value_or(family_.parallel);
        s.learned_positions = family_.positions == Positions::learned;
        if (family_.scaled_embedding) s.embedding_scale = std::sqrt(static_cast<float>(s.hidden));
        s.attention_cap = number("attn_logit_softcapping").value_or(0.0F);
        s.logit_cap = number("final_logit_softcapping").value_or(0.0F);
        if (family_.positions == Positions::alibi) s.alibi_scale = 1.0F;
        if (family_.positions == Positions::rotary) read_rotary();
        describe_layers();
        s.check(file_.path());
        return std::move(shape_);
    }

  private:
    [[nodiscard]] std::string key(std::string_view name) const { return architecture_ + "." + std::string(name); }

    [[noreturn]] void fail_missing(std::string_view name) const {
        throw Error(ErrorCode::malformed_model, "the key '" + key(name) + "' is missing", file_.path(),
                    "The file is incomplete");
    }

    [[nodiscard]] std::size_t size(std::string_view name, std::optional<std::size_t> otherwise = {}) const {
        if (const auto value = file_.find_unsigned(key(name))) {
            return *value <= std::numeric_limits<std::size_t>::max() ? static_cast<std::size_t>(*value) : 0;
        }
        if (otherwise) return *otherwise;
        fail_missing(name);
    }

    [[nodiscard]] std::optional<float> number(std::string_view name) const { return file_.find_float(key(name)); }

    [[nodiscard]] std::size_t vocabulary() const {
        const auto tokens = file_.find_strings("tokenizer.ggml.tokens");
        const auto embedding = file_.find("token_embd.weight");
        const std::size_t stated = size("vocab_size", tokens      ? std::optional(tokens->size())
                                                      : embedding ? std::optional(embedding->shape[0])
                                                                  : std::nullopt);
        if (tokens && !tokens->empty() && tokens->size() != stated) {
            throw Error(ErrorCode::malformed_model,
                        "a vocabulary of " + std::to_string(tokens->size()) + " tokens, but " + key("vocab_size") +
                            " is " + std::to_string(stated),
                        file_.path(), "The file is damaged or lies");
        }
        return stated;
    }

    void read_rotary() {
        RotaryShape shape;
        shape.layout = family_.gguf_rotary;
        shape.dimensions = size("rope.dimension_count", shape_.head_size);
        shape.base = static_cast<double>(number("rope.freq_base").value_or(10000.0F));
        RotaryShape local = shape;
        scale(shape);
        shape_.rotary.push_back(std::move(shape));
        if (!family_.local_rotary) return;
        local.base = static_cast<double>(number("rope.freq_base_swa").value_or(10000.0F));
        shape_.rotary.push_back(std::move(local));
    }

    /// Llama 3's scaling and LongRoPE's are stored as factors.
    void scale(RotaryShape& shape) const {
        const std::string name = file_.find_string(key("rope.scaling.type")).value_or("none");
        RotaryScaling& s = shape.scaling;
        shape.factors = factors("rope_freqs.weight", shape.dimensions / 2);
        s.original_context = size("rope.scaling.original_context_length", shape_.context);
        if (file_.find("rope_factors_long.weight")) {
            s.kind = RotaryScalingKind::longrope;
            shape.factors = factors("rope_factors_short.weight", shape.dimensions / 2);
            shape.long_factors = factors("rope_factors_long.weight", shape.dimensions / 2);
            s.amplitude = static_cast<double>(number("rope.scaling.attn_factor").value_or(1.0F));
            return;
        }
        const auto factor = number("rope.scaling.factor");
        if (name == "linear") {
            s.kind = RotaryScalingKind::linear;
            if (factor) s.factor = static_cast<double>(*factor);
        } else if (name == "yarn") {
            s.kind = RotaryScalingKind::yarn;
            if (!factor) fail_missing("rope.scaling.factor");
            s.factor = static_cast<double>(*factor);
            s.beta_fast = static_cast<double>(number("rope.scaling.yarn_beta_fast").value_or(32.0F));
            s.beta_slow = static_cast<double>(number("rope.scaling.yarn_beta_slow").value_or(1.0F));
            const double by = s.factor > 1.0 ? 0.1 * std::log(s.factor) + 1.0 : 1.0;
            s.amplitude = by * static_cast<double>(number("rope.scaling.attn_factor").value_or(1.0F));
        } else if (name != "none") {
            throw Error(ErrorCode::unsupported_model, "positions scaled by " + weights::detail::printable(name),
                        file_.path(), "Known: none, linear, yarn, and factors stored as tensors");
        }
    }

    [[nodiscard]] std::vector<double> factors(std::string_view name, std::size_t count) const {
        if (!file_.find(name)) return {};
        const auto values = weights::require_floats(file_, name, {count});
        return {values.begin(), values.end()};
    }

    void describe_layers() {
        // No published model comes near; `check` says what is wrong with more.
        constexpr std::size_t most = std::size_t{1} << 16;
        if (shape_.layers > most || shape_.layers > file_.tensors().size()) {
            throw Error(ErrorCode::malformed_model,
                        std::to_string(shape_.layers) + " layers, but only " + std::to_string(file_.tensors().size()) +
                            " tensors",
                        file_.path(), "The file is damaged or lies");
        }
        const std::size_t window = size("attention.sliding_window", 0);
        const float scale = attention_scale();
        shape_.layer_shapes.resize(shape_.layers);
        for (std::size_t i = 0; i < shape_.layers; ++i) {
            LayerShape& layer = shape_.layer_shapes[i];
            layer.attention_scale = scale;
            const bool turns = family_.unturned_period == 0 || (i + 1) % family_.unturned_period != 0;
            layer.rotary = shape_.rotary.empty() || !turns ? LayerShape::kNoRotary : 0;
            // Where the family has no rule of its own, a window that the file states is that of all layers (Mistral,
            // whose files call themselves llama).
            const bool windowed = family_.windows != WindowRule::but_every_nth || (i + 1) % family_.window_period != 0;
            if (window == 0 || !windowed) continue;
            layer.window = window;
            if (shape_.rotary.size() > 1) layer.rotary = 1;
        }
    }

    /// Of Gemma's files none says it; the largest of each generation divides by the hidden size a head instead.
    [[nodiscard]] float attention_scale() const {
        const bool largest =
            (architecture_ == "gemma2" && shape_.layers == 46) || (architecture_ == "gemma3" && shape_.layers == 62);
        const std::size_t of = largest && shape_.heads != 0 ? shape_.hidden / shape_.heads : shape_.head_size;
        return of == 0 ? 1.0F : 1.0F / std::sqrt(static_cast<float>(of));
    }

    const weights::Gguf& file_;
    std::string architecture_;
    const Family& family_;
    DecoderShape shape_;
};

} // namespace detail

/// Reads the sizes of a GGUF file's model from its metadata (`llama.block_count` …), and the factors of its positions.
///
/// Throws `Error`: unsupported_model for a family, a mixture of experts or a scaling of positions that is not known;
/// malformed_model for a key that is missing or a number that cannot be.
inline DecoderShape read_gguf_shape(const weights::Gguf& file) {
    return detail::GgufShapeReader(file).read();
}

} // namespace familiar::decoder
