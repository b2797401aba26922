#pragma once

#include <familiar/core/error.hpp>
#include <familiar/core/thread_pool.hpp>
#include <familiar/encoder/distance_buckets.hpp>
#include <familiar/encoder/encoder_config.hpp>
#include <familiar/encoder/encoder_weights.hpp>
#include <familiar/encoder/precision.hpp>
#include <familiar/kernels/reference.hpp>
#include <familiar/tensor/dequantize.hpp>
#include <familiar/weights/weight_source.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::encoder {

/// Checks the tensors of a source against a configuration and packs them.
template <weights::WeightSource Source> class EncoderWeightLoader {
  public:
    EncoderWeightLoader(const EncoderConfig& config, const Source& source, ThreadPool& pool,
                        Precision precision = Precision::f32)
        : config_(config), source_(source), pool_(pool), precision_(precision), names_(config.family->names),
          prefix_(source.find(std::string(config.family->prefix) + std::string(names_.words)) ? config.family->prefix
                                                                                              : std::string_view{}) {}

    /// Throws `Error` (malformed_model, unsupported_model) that names the file and the tensor: missing, of another
    /// shape than config.json says, of a type that is no float, with NaN or infinity, or left over. O(values), and the
    /// products of disentangled attention's distances with the layers' weights.
    EncoderWeights load() {
        EncoderWeights w;
        embeddings(w);
        for (std::size_t i = 0; i < config_.stored_layers; ++i) w.layers.push_back(layer(i));
        refuse_more_layers();
        if (config_.distance_buckets != 0) w.distance_bias = distance_bias();
        if (config_.disentangled) distances(*config_.disentangled, w);
        if (config_.convolution_width != 0) {
            w.convolution = convolution();
            w.convolution_norm = norm(at(names_.convolution_norm), config_.hidden);
        }
        for (const double base : config_.rotary_bases) w.rotary.push_back(rotary_table(base));
        if (!names_.final_norm.empty()) w.final_norm = norm(at(names_.final_norm), config_.hidden);
        w.pooler = pooler();
        w.head = head();
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
    NormWeights norm(const std::string& stem, std::size_t units) {
        const bool old = !source_.find(stem + ".weight") && source_.find(stem + ".gamma");
        NormWeights result;
        result.gain = values(stem + (old ? ".gamma" : ".weight"), {units}, "hidden_size");
        if (config_.norm_bias) result.bias = values(stem + (old ? ".beta" : ".bias"), {units}, "hidden_size");
        return result;
    }

    /// Layers of one shape, their outputs one after the other.
    Linear linear(const std::vector<std::string>& stems, std::size_t outputs, std::size_t inputs, bool has_bias,
                  std::string_view keys) {
        std::vector<weights::TensorView> parts;
        Linear result{tensor::PackedMatrix(stems.size() * outputs, inputs), {}};
        if (has_bias) result.bias.resize(stems.size() * outputs);
        for (std::size_t i = 0; i < stems.size(); ++i) {
            parts.push_back(checked(stems[i] + ".weight", {outputs, inputs}, keys));
            check_values(parts.back());
            if (!has_bias) continue;
            const auto bias = values(stems[i] + ".bias", {outputs}, keys);
            std::copy(bias.begin(), bias.end(), result.bias.data() + i * outputs);
        }
        pool_.run(result.panels(),
                  [&](std::size_t panel, std::size_t) { pack_panel(parts, outputs, panel, result.packed); });
        return result;
    }

    Linear linear(const std::string& stem, std::size_t outputs, std::size_t inputs, bool has_bias,
                  std::string_view keys) {
        return linear(std::vector<std::string>{stem}, outputs, inputs, has_bias, keys);
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

    [[nodiscard]] std::string at(std::string_view name) const { return prefix_ + std::string(name); }

    [[nodiscard]] std::string layer_stem(std::size_t stored) const {
        if (names_.sublayer.empty()) return at(names_.layer) + std::to_string(stored) + ".";
        return at(names_.layer) + std::to_string(stored / config_.layers_per_group) + std::string(names_.sublayer) +
               std::to_string(stored % config_.layers_per_group) + ".";
    }

    void embeddings(EncoderWeights& w) {
        const std::size_t units = config_.embedding;
        w.words = checked(at(names_.words), {config_.vocabulary, units}, "vocab_size, embedding size");
        check_values(w.words);
        if (config_.position_table) {
            w.positions =
                values(at(names_.positions), {config_.positions, units}, "max_position_embeddings, embedding size");
        }
        if (config_.types != 0) {
            w.types = values(at(names_.types), {config_.types, units}, "type_vocab_size, embedding size");
        }
        w.embedding_norm = norm(at(names_.embedding_norm), units);
        const auto& projection = names_.embedding_projection;
        // Where both sizes are the same, one family has the projection and another leaves it out.
        if (!projection.empty() && (units != config_.hidden || source_.find(at(projection) + ".weight"))) {
            w.embedding_projection = linear(at(projection), config_.hidden, units, true, "hidden_size, embedding_size");
        }
    }

    LayerWeights layer(std::size_t stored) {
        const std::string stem = layer_stem(stored);
        const auto part = [&](std::string_view name) { return stem + std::string(name); };
        const std::size_t hidden = config_.hidden, inner = config_.inner;
        LayerWeights w;
        w.query_key_value = names_.key.empty() ? linear(part(names_.query), 3 * hidden, hidden, config_.attention_bias,
                                                        "3 · hidden_size, hidden_size")
                                               : linear({part(names_.query), part(names_.key), part(names_.value)},
                                                        hidden, hidden, config_.attention_bias, "hidden_size");
        w.attention_output =
            linear(part(names_.attention_output), hidden, hidden, config_.attention_bias, "hidden_size");
        // ModernBERT's first layer reads what the embeddings' norm gives, without a norm of its own.
        const bool left_out = config_.norms == NormPlacement::before && stored == 0 &&
                              !source_.find(part(names_.attention_norm) + ".weight");
        if (!left_out) w.attention_norm = norm(part(names_.attention_norm), hidden);
        w.up = linear(part(names_.up), config_.gated ? 2 * inner : inner, hidden, config_.feed_forward_bias,
                      "intermediate_size, hidden_size");
        w.down = linear(part(names_.down), hidden, inner, config_.feed_forward_bias, "hidden_size, intermediate_size");
        w.output_norm = norm(part(names_.output_norm), hidden);
        Linear* const linears[] = {&w.query_key_value, &w.attention_output, &w.up, &w.down};
        pool_.run(std::size(linears), [&](std::size_t i, std::size_t) { linears[i]->store_as(precision_); });
        return w;
    }

    /// A configuration with fewer layers than the file would give wrong results without a word.
    void refuse_more_layers() const {
        const std::string stem = layer_stem(config_.stored_layers);
        for (const weights::TensorView& view : std::span<const weights::TensorView>(source_.tensors())) {
            if (view.name.starts_with(stem)) {
                fail(ErrorCode::malformed_model, view.name,
                     "is left over: " + config_.path.string() + " says that there are " +
                         std::to_string(config_.stored_layers) + " layers",
                     "config.json and the weights must be of one model");
            }
        }
    }

    /// From a number a bucket and head to one a distance and head, so that a pass looks nothing up.
    tensor::AlignedBuffer<float> distance_bias() {
        const std::size_t heads = config_.heads, most = config_.max_tokens(), row = 2 * most - 1;
        const auto table = values(at(names_.distance_bias), {config_.distance_buckets, heads},
                                  "relative_attention_num_buckets, num_attention_heads");
        tensor::AlignedBuffer<float> bias(heads * row);
        for (std::size_t i = 0; i < row; ++i) {
            const auto distance = static_cast<std::ptrdiff_t>(i) - static_cast<std::ptrdiff_t>(most - 1);
            const std::size_t bucket = bucket_of_distance(distance, config_.distance_buckets);
            for (std::size_t head = 0; head < heads; ++head) bias[head * row + i] = table[bucket * heads + head];
        }
        return bias;
    }

    /// What the distances' vectors become under each layer's key and query weights never changes: it is made here.
    void distances(const DisentangledAttention& attention, EncoderWeights& w) {
        const std::size_t hidden = config_.hidden, columns = 2 * attention.span;
        auto table = values(at(names_.distances), {columns, hidden}, "position_buckets, hidden_size");
        if (attention.normalised) {
            const auto weights = norm(at(names_.distances_norm), hidden);
            for (std::size_t i = 0; i < columns; ++i) {
                float* const row = table.data() + i * hidden;
                kernels_.layer_norm(row, weights.gain.data(), weights.bias.data(), config_.epsilon, hidden, row);
            }
        }
        const std::size_t most = config_.max_tokens();
        w.distance_columns.resize(2 * most - 1);
        for (std::size_t i = 0; i < w.distance_columns.size(); ++i) {
            const auto key_minus_query = static_cast<std::ptrdiff_t>(i) - static_cast<std::ptrdiff_t>(most - 1);
            const auto span = static_cast<std::ptrdiff_t>(attention.span);
            const auto bucket = log_bucket_of_distance(-key_minus_query, attention.buckets, attention.farthest);
            const auto row = std::clamp<std::ptrdiff_t>(bucket + span, 0, 2 * span - 1);
            // From the farthest query on, so that columns go with the keys.
            w.distance_columns[i] = static_cast<std::uint32_t>(2 * span - 1 - row);
        }
        for (std::size_t i = 0; i < config_.stored_layers; ++i) {
            auto& layer = w.layers[i];
            const auto part = [&](std::string_view name) { return layer_stem(i) + std::string(name); };
            if (attention.content_to_position) {
                const auto own = attention.own_projections
                                     ? linear(part(names_.distance_key), hidden, hidden, true, "hidden_size")
                                     : linear(part(names_.key), hidden, hidden, true, "hidden_size");
                layer.distance_keys = by_head(table, own);
            }
            if (attention.position_to_content) {
                const auto own = attention.own_projections
                                     ? linear(part(names_.distance_query), hidden, hidden, true, "hidden_size")
                                     : linear(part(names_.query), hidden, hidden, true, "hidden_size");
                layer.distance_queries = by_head(table, own);
            }
        }
    }

    /// The table's rows through a projection, and of each head the result's columns, rows turned round, as weights.
    std::vector<Linear> by_head(const tensor::AlignedBuffer<float>& table, const Linear& projection) {
        const std::size_t hidden = config_.hidden, size = config_.head_size(), rows = table.size() / hidden;
        tensor::AlignedBuffer<float> projected(rows * hidden);
        const tensor::MatrixView<const float> x(table.data(), rows, hidden);
        pool_.run(projection.panels(), [&](std::size_t panel, std::size_t) {
            projection.multiply_panel(kernels_, {}, x, panel,
                                      Linear::panel_of({projected.data(), rows, hidden}, panel));
        });
        std::vector<Linear> heads(config_.heads);
        for (std::size_t head = 0; head < config_.heads; ++head) {
            auto& packed = heads[head].packed;
            packed = tensor::PackedMatrix(rows, size);
            std::fill(packed.panel(0), packed.panel(0) + packed.panels() * size * tensor::kPanelWidth, 0.0F);
            for (std::size_t row = 0; row < rows; ++row) {
                const float* const from = projected.data() + (rows - 1 - row) * hidden + head * size;
                float* const to = packed.panel(row / tensor::kPanelWidth) + row % tensor::kPanelWidth;
                for (std::size_t k = 0; k < size; ++k) to[k * tensor::kPanelWidth] = from[k];
            }
        }
        return heads;
    }

    /// [outputs, inputs, width] as a product over the vectors of `width` tokens side by side.
    Linear convolution() {
        const std::size_t hidden = config_.hidden, width = config_.convolution_width, inputs = width * hidden;
        const auto stem = at(names_.convolution);
        const auto stored = values(stem + ".weight", {hidden, hidden, width}, "hidden_size, conv_kernel_size");
        Linear result{tensor::PackedMatrix(hidden, inputs), values(stem + ".bias", {hidden}, "hidden_size")};
        auto& packed = result.packed;
        std::fill(packed.panel(0), packed.panel(0) + packed.panels() * inputs * tensor::kPanelWidth, 0.0F);
        for (std::size_t output = 0; output < hidden; ++output) {
            float* const to = packed.panel(output / tensor::kPanelWidth) + output % tensor::kPanelWidth;
            for (std::size_t t = 0; t < width; ++t) {
                for (std::size_t c = 0; c < hidden; ++c) {
                    to[(t * hidden + c) * tensor::kPanelWidth] = stored[(output * hidden + c) * width + t];
                }
            }
        }
        return result;
    }

    RotaryTable rotary_table(double base) const {
        const std::size_t positions = config_.positions, half = config_.head_size() / 2;
        RotaryTable table{tensor::AlignedBuffer<float>(positions * half),
                          tensor::AlignedBuffer<float>(positions * half)};
        for (std::size_t i = 0; i < half; ++i) {
            const double speed = std::pow(base, -static_cast<double>(i) / static_cast<double>(half));
            for (std::size_t p = 0; p < positions; ++p) {
                table.cosines[p * half + i] = static_cast<float>(std::cos(static_cast<double>(p) * speed));
                table.sines[p * half + i] = static_cast<float>(std::sin(static_cast<double>(p) * speed));
            }
        }
        return table;
    }

    std::optional<Linear> pooler() {
        const auto& pooler = config_.family->pooler;
        const auto stem = pooler.in_prefix ? at(pooler.stem) : std::string(pooler.stem);
        if (pooler.stem.empty() || !source_.find(stem + ".weight")) return std::nullopt;
        return linear(stem, config_.hidden, config_.hidden, true, "hidden_size");
    }

    std::optional<HeadWeights> head() {
        const auto& names = config_.family->head;
        const auto view = source_.find(std::string(names.classifier) + ".weight");
        if (!view) return std::nullopt;
        const std::size_t hidden = config_.hidden;
        HeadWeights result;
        if (!names.dense.empty()) {
            result.dense = linear(std::string(names.dense), hidden, hidden, config_.head_bias, "hidden_size");
        }
        if (!names.norm.empty()) result.norm = norm(std::string(names.norm), hidden);
        const std::size_t labels = config_.labels.empty() && view->dimensions == 2 && view->shape[0] <= (1 << 20)
                                       ? view->shape[0]
                                       : config_.labels.size();
        result.classifier =
            linear(std::string(names.classifier), labels, hidden, true, "the labels of id2label, hidden_size");
        return result;
    }

    const EncoderConfig& config_;
    const Source& source_;
    ThreadPool& pool_;
    Precision precision_;
    const TensorNames& names_;
    std::string prefix_;
    kernels::Reference kernels_; ///< what is made while loading must not depend on the machine
    std::uint64_t fingerprint_ = 0xcbf29ce484222325;
};

} // namespace familiar::encoder
