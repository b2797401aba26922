#pragma once

#include <familiar/core/example.hpp>
#include <familiar/core/random.hpp>
#include <familiar/encoder/ragged_batch.hpp>

#include "unit/weights/model_files.hpp"

#include <support/scratch_folder.hpp>

#include <nlohmann/json.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace familiar::tests {

struct NamedTensor {
    std::vector<std::size_t> shape;
    std::vector<float> values;
    std::string type = "F32";
};

inline std::string encoded(const NamedTensor& tensor) {
    std::string bytes;
    for (const float value : tensor.values) {
        std::uint32_t bits = 0;
        std::memcpy(&bits, &value, sizeof bits);
        if (tensor.type == "BF16") {
            bytes += little(static_cast<std::uint16_t>(bits >> 16));
        } else {
            bytes += little(bits);
        }
    }
    return bytes;
}

/// A random BERT of sizes that fit no register, in a folder of its own; everything can be changed before `write`.
struct TinyBert {
    std::size_t hidden = 24, layers = 2, heads = 3, inner = 40, vocabulary = 40, positions = 20, labels = 3;
    nlohmann::json config;
    std::map<std::string, NamedTensor> tensors;
    ScratchFolder folder;

    explicit TinyBert(std::size_t h = 24, std::size_t n_heads = 3, std::size_t i = 40, std::uint64_t seed = 1,
                      std::size_t n_positions = 20)
        : hidden(h), heads(n_heads), inner(i), positions(n_positions) {
        config = {{"model_type", "bert"},
                  {"hidden_size", hidden},
                  {"num_hidden_layers", layers},
                  {"num_attention_heads", heads},
                  {"intermediate_size", inner},
                  {"hidden_act", "gelu"},
                  {"layer_norm_eps", 1e-6},
                  {"vocab_size", vocabulary},
                  {"max_position_embeddings", positions},
                  {"type_vocab_size", 2},
                  {"id2label", {{"0", "red"}, {"1", "green"}, {"2", "blue"}}}};
        Random random(seed);
        const auto add = [&](const std::string& name, std::vector<std::size_t> shape, double spread, double middle) {
            NamedTensor tensor;
            std::size_t size = 1;
            for (const auto n : shape) size *= n;
            tensor.shape = std::move(shape);
            for (std::size_t k = 0; k < size; ++k) {
                tensor.values.push_back(static_cast<float>(middle + spread * (2.0 * random.uniform() - 1.0)));
            }
            tensors[name] = std::move(tensor);
        };
        const auto dense = [&](const std::string& stem, std::size_t outputs, std::size_t inputs) {
            add(stem + ".weight", {outputs, inputs}, 2.0 / std::sqrt(static_cast<double>(inputs)), 0.0);
            add(stem + ".bias", {outputs}, 0.2, 0.0);
        };
        const auto norm = [&](const std::string& stem) {
            add(stem + ".weight", {hidden}, 0.2, 1.0);
            add(stem + ".bias", {hidden}, 0.2, 0.0);
        };
        add("bert.embeddings.word_embeddings.weight", {vocabulary, hidden}, 1.0, 0.0);
        add("bert.embeddings.position_embeddings.weight", {positions, hidden}, 0.5, 0.0);
        add("bert.embeddings.token_type_embeddings.weight", {2, hidden}, 0.5, 0.0);
        norm("bert.embeddings.LayerNorm");
        for (std::size_t l = 0; l < layers; ++l) {
            const std::string stem = "bert.encoder.layer." + std::to_string(l) + ".";
            for (const std::string part : {"query", "key", "value"})
                dense(stem + "attention.self." + part, hidden, hidden);
            dense(stem + "attention.output.dense", hidden, hidden);
            norm(stem + "attention.output.LayerNorm");
            dense(stem + "intermediate.dense", inner, hidden);
            dense(stem + "output.dense", hidden, inner);
            norm(stem + "output.LayerNorm");
        }
        dense("bert.pooler.dense", hidden, hidden);
        dense("classifier", labels, hidden);
    }

    static nlohmann::json tokenizer() {
        const std::vector<std::string> words{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "a",     "b",    "c",    "d",
                                             "red",   "green", "blue",  "sky",   "grass", "rose", "the",  "is",
                                             "##s",   "##ed",  "not",   "very",  ".",     ",",    "good", "bad"};
        nlohmann::json vocabulary;
        for (std::size_t i = 0; i < words.size(); ++i) vocabulary[words[i]] = i;
        nlohmann::json added = nlohmann::json::array();
        for (std::size_t i = 0; i < 4; ++i) {
            added.push_back({{"id", i},
                             {"content", words[i]},
                             {"single_word", false},
                             {"lstrip", false},
                             {"rstrip", false},
                             {"normalized", false},
                             {"special", true}});
        }
        const auto token = [](const char* id, int type) {
            return nlohmann::json{{"SpecialToken", {{"id", id}, {"type_id", type}}}};
        };
        const auto text = [](const char* id, int type) {
            return nlohmann::json{{"Sequence", {{"id", id}, {"type_id", type}}}};
        };
        return {{"version", "1.0"},
                {"truncation", nullptr},
                {"padding", nullptr},
                {"added_tokens", added},
                {"normalizer",
                 {{"type", "BertNormalizer"},
                  {"clean_text", true},
                  {"handle_chinese_chars", true},
                  {"strip_accents", nullptr},
                  {"lowercase", false}}},
                {"pre_tokenizer", {{"type", "BertPreTokenizer"}}},
                {"post_processor",
                 {{"type", "TemplateProcessing"},
                  {"single", {token("[CLS]", 0), text("A", 0), token("[SEP]", 0)}},
                  {"pair", {token("[CLS]", 0), text("A", 0), token("[SEP]", 0), text("B", 1), token("[SEP]", 1)}},
                  {"special_tokens",
                   {{"[CLS]", {{"id", "[CLS]"}, {"ids", {2}}, {"tokens", {"[CLS]"}}}},
                    {"[SEP]", {{"id", "[SEP]"}, {"ids", {3}}, {"tokens", {"[SEP]"}}}}}}}},
                {"decoder", {{"type", "WordPiece"}, {"prefix", "##"}, {"cleanup", true}}},
                {"model",
                 {{"type", "WordPiece"},
                  {"unk_token", "[UNK]"},
                  {"continuing_subword_prefix", "##"},
                  {"max_input_chars_per_word", 100},
                  {"vocab", vocabulary}}}};
    }

    /// Writes config.json, tokenizer.json and model.safetensors and returns the folder.
    std::filesystem::path write() const {
        nlohmann::json header;
        std::string data;
        for (const auto& [name, tensor] : tensors) {
            const std::string bytes = encoded(tensor);
            header[name] = {{"dtype", tensor.type},
                            {"shape", tensor.shape},
                            {"data_offsets", {data.size(), data.size() + bytes.size()}}};
            data += bytes;
        }
        folder.write("model.safetensors", safetensors_file(header.dump(), data));
        folder.write("config.json", config.dump());
        folder.write("tokenizer.json", tokenizer().dump());
        return folder.path();
    }

    /// What the definition says, one sequence at a time and in double: states after each layer, [1 + layers][tokens,
    /// hidden].
    [[nodiscard]] std::vector<std::vector<double>> states(const std::vector<std::int32_t>& ids,
                                                          const std::vector<std::uint8_t>& types) const {
        const std::size_t n = ids.size();
        const auto at = [&](const std::string& name) -> const std::vector<float>& { return tensors.at(name).values; };
        const auto norm = [&](std::vector<double>& x, const std::string& stem) {
            for (std::size_t i = 0; i < n; ++i) {
                double mean = 0.0, square = 0.0;
                for (std::size_t j = 0; j < hidden; ++j) mean += x[i * hidden + j] / static_cast<double>(hidden);
                for (std::size_t j = 0; j < hidden; ++j) {
                    square += std::pow(x[i * hidden + j] - mean, 2) / static_cast<double>(hidden);
                }
                for (std::size_t j = 0; j < hidden; ++j) {
                    x[i * hidden + j] =
                        (x[i * hidden + j] - mean) / std::sqrt(square + 1e-6) * at(stem + ".weight")[j] +
                        at(stem + ".bias")[j];
                }
            }
        };
        const auto dense = [&](const std::vector<double>& x, const std::string& stem) {
            const auto& w = at(stem + ".weight");
            const auto& bias = at(stem + ".bias");
            const std::size_t outputs = bias.size(), inputs = w.size() / outputs;
            std::vector<double> y(n * outputs);
            for (std::size_t i = 0; i < n; ++i) {
                for (std::size_t o = 0; o < outputs; ++o) {
                    double sum = bias[o];
                    for (std::size_t k = 0; k < inputs; ++k) sum += x[i * inputs + k] * w[o * inputs + k];
                    y[i * outputs + o] = sum;
                }
            }
            return y;
        };
        std::vector<double> x(n * hidden);
        for (std::size_t i = 0; i < n; ++i) {
            for (std::size_t j = 0; j < hidden; ++j) {
                x[i * hidden + j] =
                    static_cast<double>(
                        at("bert.embeddings.word_embeddings.weight")[static_cast<std::size_t>(ids[i]) * hidden + j]) +
                    at("bert.embeddings.position_embeddings.weight")[i * hidden + j] +
                    at("bert.embeddings.token_type_embeddings.weight")[types[i] * hidden + j];
            }
        }
        norm(x, "bert.embeddings.LayerNorm");
        std::vector<std::vector<double>> result{x};
        const std::size_t size = hidden / heads;
        for (std::size_t l = 0; l < layers; ++l) {
            const std::string stem = "bert.encoder.layer." + std::to_string(l) + ".";
            const auto q = dense(x, stem + "attention.self.query"), k = dense(x, stem + "attention.self.key"),
                       v = dense(x, stem + "attention.self.value");
            std::vector<double> context(n * hidden, 0.0);
            for (std::size_t head = 0; head < heads; ++head) {
                for (std::size_t i = 0; i < n; ++i) {
                    std::vector<double> weight(n);
                    double sum = 0.0;
                    for (std::size_t j = 0; j < n; ++j) {
                        double score = 0.0;
                        for (std::size_t e = head * size; e < (head + 1) * size; ++e) {
                            score += q[i * hidden + e] * k[j * hidden + e];
                        }
                        sum += weight[j] = std::exp(score / std::sqrt(static_cast<double>(size)));
                    }
                    for (std::size_t j = 0; j < n; ++j) {
                        for (std::size_t e = head * size; e < (head + 1) * size; ++e) {
                            context[i * hidden + e] += weight[j] / sum * v[j * hidden + e];
                        }
                    }
                }
            }
            const auto attended = dense(context, stem + "attention.output.dense");
            for (std::size_t e = 0; e < x.size(); ++e) x[e] += attended[e];
            norm(x, stem + "attention.output.LayerNorm");
            auto up = dense(x, stem + "intermediate.dense");
            for (double& u : up) u = 0.5 * u * (1.0 + std::erf(u / std::sqrt(2.0)));
            const auto down = dense(up, stem + "output.dense");
            for (std::size_t e = 0; e < x.size(); ++e) x[e] += down[e];
            norm(x, stem + "output.LayerNorm");
            result.push_back(x);
        }
        return result;
    }
};

/// Sequences of random ids of the given lengths.
inline encoder::RaggedBatch random_batch(const std::vector<std::size_t>& lengths, std::size_t vocabulary,
                                         std::uint64_t seed = 7) {
    Random random(seed);
    encoder::RaggedBatch batch;
    for (const auto length : lengths) {
        std::vector<std::int32_t> ids(length);
        std::vector<std::uint8_t> types(length);
        for (auto& id : ids) id = static_cast<std::int32_t>(random.below(vocabulary));
        for (auto& type : types) type = static_cast<std::uint8_t>(random.below(2));
        batch.add(ids, types);
    }
    return batch;
}

inline Example example_of(std::string text) {
    Example example;
    example.text = std::move(text);
    return example;
}

inline Example pair_of(std::string a, std::string b) {
    Example example = example_of(std::move(a));
    example.text_b = std::move(b);
    return example;
}

} // namespace familiar::tests
