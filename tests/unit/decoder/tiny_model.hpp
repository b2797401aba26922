#pragma once

#include <familiar/core/random.hpp>
#include <familiar/decoder/decoder_shape.hpp>
#include <familiar/decoder/decoder_weights.hpp>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <unistd.h>
#include <utility>
#include <variant>
#include <vector>

namespace familiar::tests {

/// A small llama as a GGUF file, written as the format's description says: random weights of type F32, with whatever
/// a test changes.
struct TinyModel {
    using Value =
        std::variant<std::uint32_t, float, bool, std::string, std::vector<std::string>, std::vector<std::int32_t>>;
    struct Tensor {
        std::vector<std::size_t> shape; ///< slowest dimension first
        std::vector<float> values;
    };

    std::map<std::string, Value> metadata;
    std::map<std::string, Tensor> tensors;

    std::size_t layers = 2, hidden = 48, inner = 80, heads = 6, key_value_heads = 2, head_size = 8, context = 2048;
    std::size_t vocabulary;

    explicit TinyModel(bool tied = false, std::size_t tokens = 130) : vocabulary(tokens) {
        metadata = {{"general.architecture", "llama"},
                    {"llama.block_count", number(layers)},
                    {"llama.embedding_length", number(hidden)},
                    {"llama.feed_forward_length", number(inner)},
                    {"llama.attention.head_count", number(heads)},
                    {"llama.attention.head_count_kv", number(key_value_heads)},
                    {"llama.context_length", number(context)},
                    {"llama.vocab_size", number(vocabulary)},
                    {"llama.rope.freq_base", 10000.0F},
                    {"llama.attention.layer_norm_rms_epsilon", 1e-5F}};
        Random random(7);
        const auto matrix = [&](const std::string& name, std::size_t rows, std::size_t columns) {
            tensors[name] = {{rows, columns}, deviates(random, rows * columns, 0.0, 1.6 / std::sqrt(double(columns)))};
        };
        const auto gain = [&](const std::string& name) {
            tensors[name] = {{hidden}, deviates(random, hidden, 1.0, 0.2)};
        };
        matrix("token_embd.weight", vocabulary, hidden);
        if (!tied) matrix("output.weight", vocabulary, hidden);
        gain("output_norm.weight");
        for (std::size_t i = 0; i < layers; ++i) {
            const std::string layer = "blk." + std::to_string(i) + ".";
            gain(layer + "attn_norm.weight");
            gain(layer + "ffn_norm.weight");
            matrix(layer + "attn_q.weight", heads * head_size, hidden);
            matrix(layer + "attn_k.weight", key_value_heads * head_size, hidden);
            matrix(layer + "attn_v.weight", key_value_heads * head_size, hidden);
            matrix(layer + "attn_output.weight", hidden, heads * head_size);
            matrix(layer + "ffn_gate.weight", inner, hidden);
            matrix(layer + "ffn_up.weight", inner, hidden);
            matrix(layer + "ffn_down.weight", hidden, inner);
        }
    }

    /// Writes the file into a folder of this process and returns its path.
    [[nodiscard]] std::filesystem::path write(const std::string& name) const {
        std::string header("GGUF", 4), data;
        put(header, std::uint32_t{3});
        put(header, std::uint64_t{tensors.size()});
        put(header, std::uint64_t{metadata.size()});
        for (const auto& [key, value] : metadata) {
            put(header, key);
            std::visit([&](const auto& v) { put_value(header, v); }, value);
        }
        for (const auto& [tensor_name, tensor] : tensors) {
            put(header, tensor_name);
            put(header, static_cast<std::uint32_t>(tensor.shape.size()));
            for (auto i = tensor.shape.rbegin(); i != tensor.shape.rend(); ++i) put(header, std::uint64_t{*i});
            put(header, std::uint32_t{0}); // F32
            put(header, std::uint64_t{data.size()});
            data.append(reinterpret_cast<const char*>(tensor.values.data()), tensor.values.size() * sizeof(float));
            data.resize((data.size() + 31) / 32 * 32);
        }
        header.resize((header.size() + 31) / 32 * 32);
        const auto folder =
            std::filesystem::temp_directory_path() / ("familiar-decoder-test-" + std::to_string(::getpid()));
        std::filesystem::create_directories(folder);
        const auto path = folder / name;
        std::ofstream(path, std::ios::binary) << header << data;
        return path;
    }

    /// What must follow each token of a sequence, by the definition of the architecture, in double and without a cache:
    /// [tokens, vocabulary] logits.
    [[nodiscard]] std::vector<std::vector<double>> logits(const std::vector<std::int32_t>& tokens) const;

  private:
    static std::uint32_t number(std::size_t value) { return static_cast<std::uint32_t>(value); }

    static std::vector<float> deviates(Random& random, std::size_t count, double centre, double spread) {
        std::vector<float> values(count);
        for (auto& value : values) { // Box, Muller 1958
            const double radius = std::sqrt(-2.0 * std::log(1.0 - random.uniform()));
            value = static_cast<float>(centre + spread * radius * std::cos(6.283185307179586 * random.uniform()));
        }
        return values;
    }

    template <class T> static void put(std::string& out, const T& value) {
        if constexpr (std::is_arithmetic_v<T>) {
            char bytes[sizeof value];
            std::memcpy(bytes, &value, sizeof value);
            out.append(bytes, sizeof value);
        } else {
            put(out, std::uint64_t{value.size()});
            out += value;
        }
    }

    static void put_value(std::string& out, std::uint32_t v) { put(out, std::uint32_t{4}), put(out, v); }
    static void put_value(std::string& out, float v) { put(out, std::uint32_t{6}), put(out, v); }
    static void put_value(std::string& out, bool v) { put(out, std::uint32_t{7}), put(out, static_cast<char>(v)); }
    static void put_value(std::string& out, const std::string& v) { put(out, std::uint32_t{8}), put(out, v); }
    static void put_value(std::string& out, const std::vector<std::string>& v) {
        put(out, std::uint32_t{9}), put(out, std::uint32_t{8}), put(out, std::uint64_t{v.size()});
        for (const auto& text : v) put(out, text);
    }
    static void put_value(std::string& out, const std::vector<std::int32_t>& v) {
        put(out, std::uint32_t{9}), put(out, std::uint32_t{5}), put(out, std::uint64_t{v.size()});
        for (const auto value : v) put(out, value);
    }

    using Vector = std::vector<double>;

    [[nodiscard]] Vector times(const std::string& name, const Vector& x) const {
        const Tensor& w = tensors.at(name);
        Vector y(w.shape[0], 0.0);
        for (std::size_t i = 0; i < y.size(); ++i) {
            for (std::size_t k = 0; k < x.size(); ++k) y[i] += double(w.values[i * x.size() + k]) * x[k];
        }
        return y;
    }

    [[nodiscard]] Vector normalised(const std::string& name, const Vector& x) const {
        double squares = 0.0;
        for (const double v : x) squares += v * v;
        const double factor = 1.0 / std::sqrt(squares / double(x.size()) + double(1e-5F));
        Vector y(x.size());
        for (std::size_t i = 0; i < x.size(); ++i) y[i] = x[i] * factor * double(tensors.at(name).values[i]);
        return y;
    }

    void turn(Vector& x, std::size_t position) const {
        for (std::size_t head = 0; head * head_size < x.size(); ++head) {
            for (std::size_t i = 0; i < head_size / 2; ++i) {
                const double angle = double(position) * std::pow(10000.0, -2.0 * double(i) / double(head_size));
                double& a = x[head * head_size + 2 * i];
                double& b = x[head * head_size + 2 * i + 1];
                const double turned = a * std::cos(angle) - b * std::sin(angle);
                b = a * std::sin(angle) + b * std::cos(angle);
                a = turned;
            }
        }
    }
};

inline std::vector<std::vector<double>> TinyModel::logits(const std::vector<std::int32_t>& tokens) const {
    std::vector<Vector> x;
    for (const auto token : tokens) {
        const float* const row = tensors.at("token_embd.weight").values.data() + std::size_t(token) * hidden;
        x.emplace_back(row, row + hidden);
    }
    for (std::size_t i = 0; i < layers; ++i) {
        const std::string layer = "blk." + std::to_string(i) + ".";
        std::vector<Vector> keys, values;
        for (std::size_t t = 0; t < x.size(); ++t) {
            const Vector n = normalised(layer + "attn_norm.weight", x[t]);
            Vector q = times(layer + "attn_q.weight", n);
            keys.push_back(times(layer + "attn_k.weight", n));
            values.push_back(times(layer + "attn_v.weight", n));
            turn(q, t);
            turn(keys.back(), t);
            Vector attended(q.size(), 0.0);
            for (std::size_t head = 0; head < heads; ++head) {
                const std::size_t at = head * head_size, shared = head / (heads / key_value_heads) * head_size;
                Vector weight(t + 1);
                double sum = 0.0;
                for (std::size_t s = 0; s <= t; ++s) {
                    double score = 0.0;
                    for (std::size_t k = 0; k < head_size; ++k) score += q[at + k] * keys[s][shared + k];
                    sum += weight[s] = std::exp(score / std::sqrt(double(head_size)));
                }
                for (std::size_t s = 0; s <= t; ++s) {
                    for (std::size_t k = 0; k < head_size; ++k) {
                        attended[at + k] += weight[s] / sum * values[s][shared + k];
                    }
                }
            }
            const Vector o = times(layer + "attn_output.weight", attended);
            for (std::size_t k = 0; k < hidden; ++k) x[t][k] += o[k];
        }
        for (auto& row : x) {
            const Vector n = normalised(layer + "ffn_norm.weight", row);
            Vector gate = times(layer + "ffn_gate.weight", n);
            const Vector up = times(layer + "ffn_up.weight", n);
            for (std::size_t k = 0; k < gate.size(); ++k) gate[k] *= up[k] / (1.0 + std::exp(-gate[k]));
            const Vector down = times(layer + "ffn_down.weight", gate);
            for (std::size_t k = 0; k < hidden; ++k) row[k] += down[k];
        }
    }
    std::vector<Vector> out;
    const std::string head = tensors.count("output.weight") != 0 ? "output.weight" : "token_embd.weight";
    for (const auto& row : x) out.push_back(times(head, normalised("output_norm.weight", row)));
    return out;
}

inline double log_probability(const std::vector<double>& logits, std::int32_t token) {
    double sum = 0.0;
    for (const double logit : logits) sum += std::exp(logit);
    return logits[std::size_t(token)] - std::log(sum);
}

/// Natural log-probability of `candidate` after `prompt`, summed over its tokens.
inline double log_probability(const TinyModel& model, std::vector<std::int32_t> prompt,
                              const std::vector<std::int32_t>& candidate) {
    const std::size_t begin = prompt.size();
    prompt.insert(prompt.end(), candidate.begin(), candidate.end());
    const auto logits = model.logits(prompt);
    double sum = 0.0;
    for (std::size_t i = 0; i < candidate.size(); ++i) sum += log_probability(logits[begin + i - 1], candidate[i]);
    return sum;
}

inline std::vector<std::int32_t> some_tokens(std::size_t count, std::uint64_t seed, std::size_t vocabulary = 130) {
    Random random(seed);
    std::vector<std::int32_t> tokens(count);
    for (auto& token : tokens) token = static_cast<std::int32_t>(random.below(vocabulary));
    return tokens;
}

} // namespace familiar::tests
