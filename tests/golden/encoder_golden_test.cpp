#include <familiar/core/thread_pool.hpp>
#include <familiar/data/jsonl.hpp>
#include <familiar/encoder/encoder_weight_loader.hpp>
#include <familiar/encoder/read_encoder_config.hpp>
#include <familiar/encoder/sentence_encoder.hpp>
#include <familiar/encoder/sequence_classifier.hpp>
#include <familiar/kernels/dispatched.hpp>
#include <familiar/kernels/reference.hpp>
#include <familiar/weights/safetensors.hpp>

#include "support/resources.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace familiar;
using namespace familiar::tests;
using encoder::EncoderModel;
using encoder::RaggedBatch;

template <class T> std::vector<T> values_of(const weights::Safetensors& file, const std::string& name) {
    const auto found = file.find(name);
    REQUIRE(found);
    REQUIRE(found->bytes.size() == found->size() * sizeof(T));
    std::vector<T> values(found->size());
    std::memcpy(values.data(), found->bytes.data(), found->bytes.size());
    return values;
}

nlohmann::json json_of(const std::filesystem::path& path) {
    return nlohmann::json::parse(std::ifstream(path));
}

std::vector<Example> examples_of(const nlohmann::json& inputs) {
    std::vector<Example> examples;
    for (const auto& input : inputs) {
        Example example;
        example.text = input["text"];
        if (input.contains("text_b")) example.text_b = input["text_b"].get<std::string>();
        examples.push_back(std::move(example));
    }
    return examples;
}

template <class A, class B> double largest_gap(const A& a, const B& b) {
    REQUIRE(std::size(a) == std::size(b));
    double gap = 0.0;
    for (std::size_t i = 0; i < std::size(a); ++i) {
        const double difference = std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
        gap = std::isnan(difference) ? difference : std::max(gap, difference);
    }
    return gap;
}

std::span<const float> all(tensor::MatrixView<const float> rows) {
    REQUIRE(rows.stride == rows.columns);
    return {rows.data, rows.rows * rows.columns};
}

RaggedBatch golden_batch(const weights::Safetensors& expected) {
    RaggedBatch batch;
    for (const auto id : values_of<std::int64_t>(expected, "input_ids")) {
        batch.ids.push_back(static_cast<std::int32_t>(id));
    }
    for (const auto type : values_of<std::int64_t>(expected, "token_type_ids")) {
        batch.type_ids.push_back(static_cast<std::uint8_t>(type));
    }
    batch.offsets.clear();
    for (const auto offset : values_of<std::int64_t>(expected, "offsets")) {
        batch.offsets.push_back(static_cast<std::size_t>(offset));
    }
    return batch;
}

constexpr const char* kFamilyFolders[] = {"bert",
                                          "bert_regression_bf16",
                                          "bert_multilabel_f16",
                                          "distilbert",
                                          "roberta",
                                          "xlm-roberta",
                                          "camembert",
                                          "mpnet",
                                          "electra",
                                          "albert",
                                          "deberta-v2",
                                          "modernbert"};

/// A directory without its tokenizer.
struct BareModel {
    BareModel(const std::filesystem::path& folder, ThreadPool& pool)
        : config(encoder::read_encoder_config(folder)), source(weights::Safetensors::open(folder)),
          weights(encoder::EncoderWeightLoader(config, source, pool).load()) {}

    encoder::EncoderConfig config;
    familiar::weights::Safetensors source;
    encoder::EncoderWeights weights;
};

template <class Kernels>
void check_states(const BareModel& model, const Kernels& kernels, const weights::Safetensors& expected,
                  ThreadPool& pool) {
    encoder::Transformer<Kernels> transformer(model.config, model.weights, pool, kernels);
    const auto batch = golden_batch(expected);
    const auto last = transformer.forward(batch, [&](std::size_t k, tensor::MatrixView<const float> states) {
        if (k > 1) return;
        const auto wanted = values_of<float>(expected, "hidden_states." + std::to_string(k));
        CHECK(largest_gap(wanted, all(states)) < 5e-5);
    });
    CHECK(largest_gap(values_of<float>(expected, "last_hidden_state"), all(last)) < 5e-5);
}

/// Whole, one by one, first tokens only: the same bits.
template <class Kernels>
void check_bits(const BareModel& model, const Kernels& kernels, const RaggedBatch& batch, ThreadPool& one,
                ThreadPool& three) {
    const std::size_t hidden = model.config.hidden;
    encoder::Transformer<Kernels> alone(model.config, model.weights, one, kernels),
        shared(model.config, model.weights, three, kernels);
    const auto copied = [](tensor::MatrixView<const float> rows) {
        return std::vector<float>(rows.data, rows.data + rows.rows * rows.columns);
    };
    const auto states = copied(alone.forward(batch));
    CHECK(copied(shared.forward(batch)) == states);
    const auto first = copied(alone.forward_first(batch));
    CHECK(copied(shared.forward_first(batch)) == first);
    for (std::size_t s = 0; s < batch.sequences(); ++s) {
        const auto begin = batch.offsets[s], count = batch.length(s);
        RaggedBatch single;
        single.add(std::span(batch.ids).subspan(begin, count), std::span(batch.type_ids).subspan(begin, count));
        const std::span<const float> rows = std::span(states).subspan(begin * hidden, count * hidden);
        for (auto* transformer : {&alone, &shared}) {
            CHECK(std::ranges::equal(all(transformer->forward(single)), rows));
            CHECK(std::ranges::equal(all(transformer->forward_first(single)), rows.first(hidden)));
        }
        CHECK(std::ranges::equal(std::span(first).subspan(s * hidden, hidden), rows.first(hidden)));
    }
}

template <class Kernels>
void check_texts(const std::filesystem::path& folder, const Kernels& kernels, ThreadPool& pool) {
    const auto model = EncoderModel::load(folder, pool);
    const auto expected = weights::Safetensors::open(folder / "expected.safetensors");
    const auto inputs = json_of(folder / "inputs.json");
    const auto examples = examples_of(inputs["inputs"]);
    const std::size_t max_length = inputs["truncation"]["max_length"];
    encoder::TextBatcher batcher(*model, pool, max_length, 0);
    batcher.for_each_batch(examples, [&](const RaggedBatch& batch, std::size_t first) {
        CHECK(first == 0);
        CHECK(batch.ids == golden_batch(expected).ids);
        if (model->config().types != 0) CHECK(batch.type_ids == golden_batch(expected).type_ids);
        CHECK(batch.offsets == golden_batch(expected).offsets);
    });

    std::vector<std::pair<std::string, std::string>> poolings{{"mean", "mean"}, {"cls", "cls"}, {"max", "max"}};
    // Where the pooler's output is what enters the head's last layer.
    if (model->weights().pooler) poolings.emplace_back("pooler", "pooled");
    for (const auto& [pooling, tensor] : poolings) {
        INFO(pooling);
        typename encoder::SentenceEncoder<Kernels>::Parameters parameters;
        parameters.pooling = pooling;
        parameters.max_length = max_length;
        encoder::SentenceEncoder<Kernels> sentences(model, parameters, pool, kernels);
        CHECK_FALSE(sentences.normalises());
        std::vector<float> out(examples.size() * sentences.dimension());
        sentences.embed(examples, {out.data(), examples.size(), sentences.dimension()});
        CHECK(largest_gap(values_of<float>(expected, tensor), out) < 5e-5);
    }

    typename encoder::SequenceClassifier<Kernels>::Parameters parameters;
    parameters.max_length = max_length;
    encoder::SequenceClassifier<Kernels> classifier(model, parameters, pool, kernels);
    CHECK(to_string(classifier.problem()) == inputs["problem_type"].get<std::string>());
    const std::size_t labels = classifier.labels().size();
    std::vector<float> logits(examples.size() * labels);
    classifier.logits(examples, {logits.data(), examples.size(), labels});
    CHECK(largest_gap(values_of<float>(expected, "logits"), logits) < 5e-5);
    std::vector<double> probabilities;
    for (const auto& row : classifier.probabilities(examples)) {
        probabilities.insert(probabilities.end(), row.begin(), row.end());
    }
    CHECK(largest_gap(values_of<float>(expected, "probs"), probabilities) < 5e-5);
}

/// Calls `check` with the plain backend and with every instruction set of this machine.
template <class Check> void for_each_backend(Check&& check) {
    {
        INFO("Reference");
        check(kernels::Reference());
    }
    for (std::size_t i = 1; i < std::size(kernels::kIsaNames); ++i) { // 0 is the plain one again
        const auto isa = static_cast<kernels::Isa>(i);
        if (!kernels::available(isa)) continue;
        INFO("dispatched to " << kernels::kIsaNames[i]);
        check(kernels::Dispatched(isa));
    }
}

double cosine(std::span<const float> a, std::span<const float> b) {
    double dot = 0.0, aa = 0.0, bb = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        dot += static_cast<double>(a[i]) * b[i];
        aa += static_cast<double>(a[i]) * a[i];
        bb += static_cast<double>(b[i]) * b[i];
    }
    return dot / std::sqrt(aa * bb);
}

/// Ranks from 1, ties sharing their mean.
std::vector<double> ranks(const std::vector<double>& values) {
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](auto i, auto j) { return values[i] < values[j]; });
    std::vector<double> result(values.size());
    for (std::size_t i = 0; i < order.size();) {
        std::size_t end = i;
        while (end < order.size() && values[order[end]] == values[order[i]]) ++end;
        for (std::size_t j = i; j < end; ++j) result[order[j]] = 0.5 * static_cast<double>(i + end + 1);
        i = end;
    }
    return result;
}

double pearson(const std::vector<double>& a, const std::vector<double>& b) {
    const double n = static_cast<double>(a.size());
    const double mean_a = std::accumulate(a.begin(), a.end(), 0.0) / n;
    const double mean_b = std::accumulate(b.begin(), b.end(), 0.0) / n;
    double ab = 0.0, aa = 0.0, bb = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        ab += (a[i] - mean_a) * (b[i] - mean_b);
        aa += (a[i] - mean_a) * (a[i] - mean_a);
        bb += (b[i] - mean_b) * (b[i] - mean_b);
    }
    return ab / std::sqrt(aa * bb);
}

} // namespace

TEST_CASE("every family gives the states of transformers, the same bits for any batch and threads",
          "[golden][encoder]") {
    for (const std::string name : kFamilyFolders) {
        REQUIRE_RESOURCE(folder, golden("encoders/" + name));
        INFO(name);
        const auto expected = weights::Safetensors::open(folder / "expected.safetensors");
        ThreadPool one(1), three(3);
        const BareModel model(folder, one);
        for_each_backend([&](const auto& kernels) {
            check_states(model, kernels, expected, one);
            check_states(model, kernels, expected, three);
            check_bits(model, kernels, golden_batch(expected), one, three);
        });
    }
}

TEST_CASE("every family gives the tokens, poolings, logits and probabilities of transformers", "[golden][encoder]") {
    for (const std::string name : kFamilyFolders) {
        REQUIRE_RESOURCE(folder, golden("encoders/" + name));
        INFO(name);
        ThreadPool pool(2);
        for_each_backend([&](const auto& kernels) { check_texts(folder, kernels, pool); });
    }
}

TEST_CASE("MiniLM's embeddings and layers are those of the reference", "[golden][encoder]") {
    REQUIRE_RESOURCE(folder, golden("encoders/minilm"));
    REQUIRE_RESOURCE(minilm, model("minilm/config.json"));
    const auto expected = weights::Safetensors::open(folder / "expected.safetensors");
    const auto inputs = json_of(folder / "inputs.json");
    const auto examples = examples_of(inputs["inputs"]);
    ThreadPool pool;
    const auto model = EncoderModel::load(minilm.parent_path(), pool);
    CHECK(model->default_max_length() == 256);
    const auto wanted = values_of<float>(expected, "embeddings");
    for_each_backend([&](const auto& kernels) {
        using Kernels = std::remove_cvref_t<decltype(kernels)>;
        encoder::SentenceEncoder<Kernels> sentences(model, {}, pool, kernels);
        CHECK(sentences.pooling() == encoder::Pooling::mean);
        CHECK(sentences.normalises());
        std::vector<float> out(examples.size() * 384);
        sentences.embed(examples, {out.data(), examples.size(), 384});
        CHECK(largest_gap(wanted, out) < 2e-6);
        double smallest = 1.0;
        for (std::size_t i = 0; i < examples.size(); ++i) {
            smallest = std::min(smallest,
                                cosine(std::span(out).subspan(i * 384, 384), std::span(wanted).subspan(i * 384, 384)));
        }
        CHECK(smallest > 0.99999);

        encoder::Transformer<Kernels> transformer(model->config(), model->weights(), pool, kernels);
        for (std::size_t k = 0; k < 3; ++k) {
            const auto ids = inputs["inputs"][inputs["hidden_states_of"][k].get<std::size_t>()]["ids"]
                                 .template get<std::vector<std::int32_t>>();
            RaggedBatch batch;
            batch.add(ids, std::vector<std::uint8_t>(ids.size(), 0));
            transformer.forward(batch, [&](std::size_t layer, tensor::MatrixView<const float> states) {
                const auto name = "hidden_states." + std::to_string(k) + "." + std::to_string(layer);
                CHECK(largest_gap(values_of<float>(expected, name), all(states)) < 5e-5);
            });
        }
    });
}

TEST_CASE("MiniLM ranks the pairs of STS-B as the reference does", "[golden][encoder]") {
    REQUIRE_RESOURCE(folder, golden("encoders/minilm"));
    REQUIRE_RESOURCE(minilm, model("minilm/config.json"));
    REQUIRE_RESOURCE(pairs, dataset("stsb/test.jsonl"));
    const auto expected = weights::Safetensors::open(folder / "expected.safetensors");
    std::vector<Example> examples;
    std::vector<double> gold;
    for (const auto& row : data::read_jsonl(pairs)) {
        for (const auto* key : {"text_a", "text_b"}) {
            Example example;
            example.text = row.value[key].get<std::string>();
            examples.push_back(std::move(example));
        }
        gold.push_back(row.value["score"].get<double>());
    }
    ThreadPool pool;
    const auto cosines_of = [&](const char* precision) {
        encoder::SentenceEncoder<kernels::Dispatched>::Parameters parameters;
        parameters.model = minilm.parent_path().string();
        parameters.precision = precision;
        encoder::SentenceEncoder<kernels::Dispatched> sentences(parameters, pool);
        std::vector<float> out(examples.size() * 384);
        sentences.embed(examples, {out.data(), examples.size(), 384});
        std::vector<double> cosines;
        for (std::size_t i = 0; i < gold.size(); ++i) {
            cosines.push_back(
                cosine(std::span(out).subspan(2 * i * 384, 384), std::span(out).subspan((2 * i + 1) * 384, 384)));
        }
        return cosines;
    };
    const auto cosines = cosines_of("f32");
    CHECK(largest_gap(values_of<float>(expected, "stsb_test_cosine"), cosines) < 2e-6);
    const double wanted = json_of(folder / "inputs.json")["stsb_test"]["spearman"];
    CHECK(pearson(ranks(cosines), ranks(gold)) == Approx(wanted).margin(1e-5)); // 0.820325
    for (const char* const precision : {"f16", "bf16", "int8"}) {
        INFO(precision);
        const auto rounded = cosines_of(precision);
        CHECK(largest_gap(cosines, rounded) > 1e-5);
        CHECK(pearson(ranks(rounded), ranks(gold)) == Approx(wanted).margin(0.003));
    }
}
