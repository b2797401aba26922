#include <familiar/encoder/encoder_weight_loader.hpp>
#include <familiar/encoder/read_encoder_config.hpp>
#include <familiar/weights/safetensors.hpp>

#include "unit/encoder/tiny_bert.hpp"

#include <catch2/catch.hpp>

#include <limits>
#include <string>

using namespace familiar;
using namespace familiar::encoder;
using Catch::Matchers::Contains;

namespace {

constexpr const char* kQuery = "bert.encoder.layer.0.attention.self.query.weight";

struct Loaded {
    EncoderConfig config;
    weights::Safetensors source;
    EncoderWeights weights;

    explicit Loaded(const tests::TinyBert& bert, ThreadPool& pool)
        : config(read_encoder_config(bert.write())), source(weights::Safetensors::open(bert.folder.path())),
          weights(EncoderWeightLoader(config, source, pool).load()) {}
};

std::string refusal(const tests::TinyBert& bert, ErrorCode code = ErrorCode::malformed_model) {
    ThreadPool pool(1);
    try {
        const Loaded loaded(bert, pool);
    } catch (const Error& e) {
        CHECK(e.code() == code);
        CHECK_THAT(e.what(), Contains("model.safetensors"));
        return e.what();
    }
    FAIL("not refused");
    return {};
}

/// W[output, input] as it stands in the panels.
float at(const tensor::PackedMatrix& packed, std::size_t output, std::size_t input) {
    return packed.panel(output / tensor::kPanelWidth)[input * tensor::kPanelWidth + output % tensor::kPanelWidth];
}

} // namespace

TEST_CASE("queries, keys and values are packed as one matrix, whatever divides its size") {
    const tests::TinyBert bert; // 3 · 24 = 72 outputs: two panels, the second of 8
    ThreadPool pool(2);
    const Loaded loaded(bert, pool);
    REQUIRE(loaded.weights.layers.size() == 2);
    const auto& packed = loaded.weights.layers[1].query_key_value.packed;
    CHECK(packed.outputs() == 72);
    CHECK(packed.inputs() == 24);
    CHECK(packed.panels() == 2);
    const std::string names[] = {"query", "key", "value"};
    for (std::size_t part = 0; part < 3; ++part) {
        const auto& stored = bert.tensors.at("bert.encoder.layer.1.attention.self." + names[part] + ".weight").values;
        const auto& bias = bert.tensors.at("bert.encoder.layer.1.attention.self." + names[part] + ".bias").values;
        for (std::size_t o = 0; o < 24; ++o) {
            CHECK(loaded.weights.layers[1].query_key_value.bias[part * 24 + o] == bias[o]);
            for (std::size_t k = 0; k < 24; ++k) REQUIRE(at(packed, part * 24 + o, k) == stored[o * 24 + k]);
        }
    }
    for (std::size_t k = 0; k < 24; ++k) REQUIRE(at(packed, 127, k) == 0.0F); // a missing output
    const auto& up = loaded.weights.layers[0].up.packed;
    for (std::size_t o = 0; o < 40; ++o) {
        for (std::size_t k = 0; k < 24; ++k) {
            REQUIRE(at(up, o, k) ==
                    bert.tensors.at("bert.encoder.layer.0.intermediate.dense.weight").values[o * 24 + k]);
        }
    }
    REQUIRE(loaded.weights.pooler);
    REQUIRE(loaded.weights.head);
    CHECK(loaded.weights.head->classifier.outputs() == 3);
}

TEST_CASE("a checkpoint without prefix, pooler and head loads; gamma and beta are read as gains and biases") {
    tests::TinyBert bert, plain;
    plain.tensors.clear();
    for (const auto& [name, tensor] : bert.tensors) {
        if (name.starts_with("classifier") || name.find("pooler") != std::string::npos) continue;
        auto renamed = name.substr(5);
        if (const auto norm = renamed.find("LayerNorm."); norm != std::string::npos) {
            renamed = renamed.substr(0, norm + 10) + (renamed.ends_with("weight") ? "gamma" : "beta");
        }
        plain.tensors[renamed] = tensor;
    }
    ThreadPool pool(1);
    const Loaded loaded(plain, pool), prefixed(bert, pool);
    CHECK_FALSE(loaded.weights.pooler);
    CHECK_FALSE(loaded.weights.head);
    for (std::size_t j = 0; j < 24; ++j) {
        CHECK(loaded.weights.layers[0].output_norm.gain[j] == prefixed.weights.layers[0].output_norm.gain[j]);
        CHECK(loaded.weights.embedding_norm.bias[j] == prefixed.weights.embedding_norm.bias[j]);
    }
}

TEST_CASE("missing tensors and those of another shape or type are refused by name") {
    const tests::TinyBert good;
    for (const auto& [name, tensor] : good.tensors) {
        if (name.find("pooler.dense.weight") != std::string::npos || name == "classifier.weight") continue; // optional
        INFO(name);
        tests::TinyBert bert;
        bert.tensors.erase(name);
        if (!name.ends_with("word_embeddings.weight")) CHECK_THAT(refusal(bert), Contains(name) && Contains("missing"));
        bert.tensors[name] = tensor;
        bert.tensors[name].shape.push_back(1);
        CHECK_THAT(refusal(bert), Contains(name) && Contains("shape"));
    }
    tests::TinyBert turned;
    turned.tensors[kQuery].shape = {12, 48};
    CHECK_THAT(refusal(turned), Contains("[12, 48]") && Contains("[24, 24]") && Contains("config.json"));
    tests::TinyBert integers;
    integers.tensors[kQuery].type = "I32";
    CHECK_THAT(refusal(integers, ErrorCode::unsupported_model), Contains(kQuery) && Contains("I32"));
}

TEST_CASE("sizes of config.json that contradict the weights are refused") {
    for (const auto& [key, value] :
         {std::pair("hidden_size", 48), std::pair("num_hidden_layers", 3), std::pair("num_hidden_layers", 1),
          std::pair("vocab_size", 41), std::pair("max_position_embeddings", 21), std::pair("intermediate_size", 41),
          std::pair("type_vocab_size", 1)}) {
        tests::TinyBert bert;
        bert.config[key] = value;
        INFO(key << " = " << value);
        CHECK_THAT(refusal(bert), Contains("config.json"));
    }
    tests::TinyBert labels;
    labels.config["id2label"] = {{"0", "only one"}};
    CHECK_THAT(refusal(labels), Contains("classifier.weight") && Contains("id2label"));
}

TEST_CASE("NaN and infinity are refused wherever they stand") {
    for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                            -std::numeric_limits<float>::infinity()}) {
        for (const std::string type : {"F32", "BF16"}) {
            for (const std::string& name :
                 {std::string(kQuery), std::string("bert.embeddings.word_embeddings.weight"),
                  std::string("bert.encoder.layer.1.output.LayerNorm.bias"), std::string("classifier.bias")}) {
                tests::TinyBert bert;
                bert.tensors[name].values.back() = bad;
                bert.tensors[name].type = type;
                CHECK_THAT(refusal(bert), Contains(name) && Contains("NaN"));
            }
        }
    }
}

TEST_CASE("the fingerprint tells weights apart and nothing else") {
    ThreadPool one(1), two(2);
    tests::TinyBert bert;
    const auto first = Loaded(bert, one).weights.fingerprint;
    CHECK(Loaded(bert, two).weights.fingerprint == first);
    CHECK(Loaded(tests::TinyBert(), one).weights.fingerprint == first);
    auto& values = bert.tensors[kQuery].values;
    std::swap(values[3], values[11]);
    CHECK(Loaded(bert, one).weights.fingerprint != first);
}
