#pragma once

#include <familiar/core/error.hpp>
#include <familiar/core/thread_pool.hpp>
#include <familiar/encoder/encoder_config.hpp>
#include <familiar/tensor/aligned_buffer.hpp>
#include <familiar/tensor/dequantize.hpp>
#include <familiar/tensor/packed_matrix.hpp>
#include <familiar/weights/weight_source.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::encoder {

/// y = x · Wᵀ + bias; `packed` holds W.
struct DenseWeights {
    tensor::PackedMatrix packed;
    tensor::AlignedBuffer<float> bias; ///< [outputs]
};

struct NormWeights {
    tensor::AlignedBuffer<float> gain, bias; ///< [hidden]
};

/// One post-norm layer.
struct LayerWeights {
    DenseWeights query_key_value; ///< 3 · hidden outputs: queries, keys, values, each head after head
    DenseWeights attention_output;
    NormWeights attention_norm;
    DenseWeights up, down;
    NormWeights output_norm;
};

/// Everything a forward pass reads, checked and packed. The word embeddings stay where the file has them (only the rows
/// of words that occur become resident), so the source must outlive this.
struct EncoderWeights {
    weights::TensorView words;                     ///< [vocabulary, hidden], F32, F16 or BF16
    tensor::AlignedBuffer<float> positions, types; ///< [positions, hidden], [types, hidden]
    NormWeights embedding_norm;
    std::vector<LayerWeights> layers;
    std::optional<DenseWeights> pooler;     ///< hidden outputs
    std::optional<DenseWeights> classifier; ///< one output a label
    std::uint64_t fingerprint = 0;          ///< of all tensors used, whatever the file is called
};

/// Checks the tensors of a source against a configuration and packs them.
template <weights::WeightSource Source> class EncoderWeightLoader {
  public:
    EncoderWeightLoader(const EncoderConfig& config, const Source& source, ThreadPool& pool)
        : config_(config), source_(source), pool_(pool), names_(config.family->names),
          prefix_(source.find(std::string(config.family->prefix) + std::string(names_.words)) ? config.family->prefix
                                                                                              : std::string_view{}) {}

    /// Throws `Error` (malformed_model, unsupported_model) that names the file and the tensor: missing, of another
    /// shape than config.json says, of a type that is no float, with NaN or infinity, or left over. O(values).
    EncoderWeights load() {
        EncoderWeights w;
        const std::size_t hidden = config_.hidden;
        w.words = checked(prefix_ + std::string(names_.words), {config_.vocabulary, hidden}, "vocab_size, hidden_size");
        check_values(w.words);
        w.positions = values(prefix_ + std::string(names_.positions), {config_.positions, hidden},
                             "max_position_embeddings, hidden_size");
        if (config_.family->has_types) {
            w.types =
                values(prefix_ + std::string(names_.types), {config_.types, hidden}, "type_vocab_size, hidden_size");
        }
        w.embedding_norm = norm(prefix_ + std::string(names_.embedding_norm));
        for (std::size_t i = 0; i < config_.layers; ++i) w.layers.push_back(layer(i));
        refuse_more_layers();
        if (!names_.pooler.empty()) {
            const auto stem = prefix_ + std::string(names_.pooler);
            if (source_.find(stem + ".weight")) w.pooler = dense({stem}, hidden, hidden, "hidden_size");
        }
        if (const std::string stem(names_.classifier); source_.find(stem + ".weight")) {
            const auto view = *source_.find(stem + ".weight");
            const std::size_t labels = config_.labels.empty() && view.dimensions == 2 && view.shape[0] <= (1 << 20)
                                           ? view.shape[0]
                                           : config_.labels.size();
            w.classifier = dense({stem}, labels, hidden, "the labels of id2label, hidden_size");
        }
        w.fingerprint = fingerprint_;
        return w;
    }

  private:
    using Shape = std::initializer_list<std::size_t>;

    [[noreturn]] void fail(ErrorCode code, std::string_view tensor, std::string what, std::string advice = {}) const {
        throw Error(code, "tensor " + std::string(tensor) + " " + std::move(what), source_.path(), std::move(advice));
    }

    static std::string shape_text(std::span<const std::size_t> shape) {
        std::string text = "[";
        for (std::size_t i = 0; i < shape.size(); ++i) text += (i != 0 ? ", " : "") + std::to_string(shape[i]);
        return text + "]";
    }

    weights::TensorView checked(const std::string& name, Shape shape, std::string_view keys) const {
        const auto found = source_.find(name);
        if (!found) {
            fail(ErrorCode::malformed_model, name, "is missing", "config.json and the weights must be of one model");
        }
        const std::span<const std::size_t> has(found->shape.data(), found->dimensions);
        if (!std::equal(has.begin(), has.end(), shape.begin(), shape.end())) {
            fail(ErrorCode::malformed_model, name,
                 "has the shape " + shape_text(has) + ", but " + config_.path.string() + " asks for " +
                     shape_text({std::data(shape), shape.size()}) + " (" + std::string(keys) + ")",
                 "config.json and the weights must be of one model");
        }
        using tensor::ElementType;
        if (found->type != ElementType::f32 && found->type != ElementType::f16 && found->type != ElementType::bf16) {
            fail(ErrorCode::unsupported_model, name,
                 "is of type " + std::string(tensor::to_string(found->type)) + "; encoders need F32, F16 or BF16");
        }
        return *found;
    }

    /// Refuses NaN and infinity, and takes the stored bits into the fingerprint.
    void check_values(const weights::TensorView& view) {
        const bool wide = view.type == tensor::ElementType::f32;
        // All bits of the exponent set: NaN or infinity.
        const std::uint32_t exponent = wide ? 0x7f800000U : view.type == tensor::ElementType::f16 ? 0x7c00U : 0x7f80U;
        constexpr std::size_t kChunk = std::size_t{1}
                                       << 20; // bytes; a task's worth, the same for any number of threads
        const std::size_t chunks = (view.bytes.size() + kChunk - 1) / kChunk;
        std::vector<std::uint64_t> sums(chunks);
        std::vector<std::uint8_t> bad(chunks);
        pool_.run(chunks, [&](std::size_t chunk, std::size_t) {
            const auto bytes = view.bytes.subspan(chunk * kChunk, std::min(kChunk, view.bytes.size() - chunk * kChunk));
            if (wide) {
                scan<std::uint32_t>(bytes, exponent, sums[chunk], bad[chunk]);
            } else {
                scan<std::uint16_t>(bytes, exponent, sums[chunk], bad[chunk]);
            }
        });
        if (std::any_of(bad.begin(), bad.end(), [](auto b) { return b != 0; })) {
            fail(ErrorCode::malformed_model, view.name, "holds NaN or infinity", "The file is damaged: fetch it again");
        }
        for (const char c : view.name) mix(static_cast<unsigned char>(c));
        for (const auto sum : sums) mix(sum);
    }

    template <class Word>
    static void scan(std::span<const std::byte> bytes, std::uint32_t exponent, std::uint64_t& sum, std::uint8_t& bad) {
        // A polynomial in four lanes, so that swapped values show and the loop is not one long chain.
        std::array<std::uint64_t, 4> lanes{1, 2, 3, 4};
        std::uint32_t found = 0;
        const std::size_t words = bytes.size() / sizeof(Word);
        for (std::size_t i = 0; i < words; ++i) {
            Word word;
            std::memcpy(&word, bytes.data() + i * sizeof(Word), sizeof(Word));
            found |= static_cast<std::uint32_t>((word & exponent) == exponent);
            lanes[i % 4] = lanes[i % 4] * 0x9e3779b97f4a7c15 + word;
        }
        sum = 0;
        for (const auto lane : lanes) sum = (sum ^ lane) * 0x94d049bb133111eb;
        bad = static_cast<std::uint8_t>(found);
    }

    void mix(std::uint64_t value) noexcept {
        fingerprint_ = (fingerprint_ ^ value) * 0x9e3779b97f4a7c15;
        fingerprint_ ^= fingerprint_ >> 29;
    }

    tensor::AlignedBuffer<float> values(const std::string& name, Shape shape, std::string_view keys) {
        const auto view = checked(name, shape, keys);
        check_values(view);
        tensor::AlignedBuffer<float> out(view.size());
        tensor::dequantize(view.type, view.bytes.data(), view.size(), out.data());
        return out;
    }

    /// Checkpoints converted from TensorFlow call the two `gamma` and `beta`.
    NormWeights norm(const std::string& stem) {
        const bool old = !source_.find(stem + ".weight") && source_.find(stem + ".gamma");
        return {values(stem + (old ? ".gamma" : ".weight"), {config_.hidden}, "hidden_size"),
                values(stem + (old ? ".beta" : ".bias"), {config_.hidden}, "hidden_size")};
    }

    /// Layers of one shape, their outputs one after the other.
    DenseWeights dense(const std::vector<std::string>& stems, std::size_t outputs, std::size_t inputs,
                       std::string_view keys) {
        std::vector<weights::TensorView> parts;
        DenseWeights result{tensor::PackedMatrix(stems.size() * outputs, inputs),
                            tensor::AlignedBuffer<float>(stems.size() * outputs)};
        for (std::size_t i = 0; i < stems.size(); ++i) {
            parts.push_back(checked(stems[i] + ".weight", {outputs, inputs}, keys));
            check_values(parts.back());
            const auto bias = values(stems[i] + ".bias", {outputs}, keys);
            std::copy(bias.begin(), bias.end(), result.bias.data() + i * outputs);
        }
        pool_.run(result.packed.panels(),
                  [&](std::size_t panel, std::size_t) { pack_panel(parts, outputs, panel, result.packed); });
        return result;
    }

    static void pack_panel(std::span<const weights::TensorView> parts, std::size_t outputs, std::size_t panel,
                           tensor::PackedMatrix& packed) {
        constexpr std::size_t kWidth = tensor::kPanelWidth;
        constexpr std::size_t kInputs = 64; // values of each row turned at a time: 64 × 64 floats stay in the L1 cache
        const std::size_t inputs = packed.inputs(), present = packed.panel_outputs(panel);
        float* const out = packed.panel(panel);
        std::array<float, kInputs> row;
        for (std::size_t k = 0; k < inputs; k += kInputs) {
            const std::size_t count = std::min(kInputs, inputs - k);
            for (std::size_t j = 0; j < kWidth; ++j) {
                if (j < present) {
                    const std::size_t output = panel * kWidth + j;
                    const auto& part = parts[output / outputs];
                    const std::size_t bytes = tensor::block_layout(part.type).bytes;
                    const auto* source = part.bytes.data() + (output % outputs * inputs + k) * bytes;
                    tensor::dequantize(part.type, source, count, row.data());
                } else {
                    row.fill(0.0F);
                }
                for (std::size_t i = 0; i < count; ++i) out[(k + i) * kWidth + j] = row[i];
            }
        }
    }

    [[nodiscard]] std::string layer_stem(std::size_t index) const {
        return prefix_ + std::string(names_.layer) + std::to_string(index) + ".";
    }

    LayerWeights layer(std::size_t index) {
        const std::string stem = layer_stem(index);
        const auto at = [&](std::string_view name) { return stem + std::string(name); };
        const std::size_t hidden = config_.hidden, inner = config_.inner;
        LayerWeights w;
        w.query_key_value = dense({at(names_.query), at(names_.key), at(names_.value)}, hidden, hidden, "hidden_size");
        w.attention_output = dense({at(names_.attention_output)}, hidden, hidden, "hidden_size");
        w.attention_norm = norm(at(names_.attention_norm));
        w.up = dense({at(names_.up)}, inner, hidden, "intermediate_size, hidden_size");
        w.down = dense({at(names_.down)}, hidden, inner, "hidden_size, intermediate_size");
        w.output_norm = norm(at(names_.output_norm));
        return w;
    }

    /// A configuration with fewer layers than the file would give wrong results without a word.
    void refuse_more_layers() const {
        const std::string stem = layer_stem(config_.layers);
        for (const weights::TensorView& view : std::span<const weights::TensorView>(source_.tensors())) {
            if (view.name.starts_with(stem)) {
                fail(ErrorCode::malformed_model, view.name,
                     "is left over: " + config_.path.string() + " says that there are " +
                         std::to_string(config_.layers) + " layers",
                     "config.json and the weights must be of one model");
            }
        }
    }

    const EncoderConfig& config_;
    const Source& source_;
    ThreadPool& pool_;
    const TensorNames& names_;
    std::string prefix_;
    std::uint64_t fingerprint_ = 0xcbf29ce484222325;
};

} // namespace familiar::encoder
