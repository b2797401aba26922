#include <familiar/encoder/sequence_classifier.hpp>
#include <familiar/kernels/dispatched.hpp>

#include "unit/encoder/tiny_bert.hpp"
#include <support/allocation_counter.hpp>

#include <catch2/catch.hpp>

#include <cmath>
#include <string>
#include <vector>

using namespace familiar;
using namespace familiar::encoder;
using Catch::Matchers::Contains;
using Classifier = SequenceClassifier<kernels::Dispatched>;

namespace {

const std::vector<Example> kExamples{tests::example_of("the sky is blue"), tests::pair_of("roses", "red"),
                                     tests::example_of("")};

Classifier::Parameters parameters(const tests::TinyBert& bert) {
    Classifier::Parameters p;
    p.model = bert.write().string();
    return p;
}

/// The head by its definition, in double, over the first row of the states.
std::vector<double> head(const tests::TinyBert& bert, const std::vector<std::int32_t>& ids,
                         const std::vector<std::uint8_t>& types) {
    const auto states = bert.states(ids, types).back();
    const auto dense = [&](const std::vector<double>& x, const std::string& stem) {
        const auto& w = bert.tensors.at(stem + ".weight").values;
        const auto& bias = bert.tensors.at(stem + ".bias").values;
        std::vector<double> y(bias.begin(), bias.end());
        for (std::size_t o = 0; o < y.size(); ++o) {
            for (std::size_t k = 0; k < bert.hidden; ++k) y[o] += w[o * bert.hidden + k] * x[k];
        }
        return y;
    };
    auto pooled =
        dense({states.begin(), states.begin() + static_cast<std::ptrdiff_t>(bert.hidden)}, "bert.pooler.dense");
    for (double& v : pooled) v = std::tanh(v);
    return dense(pooled, "classifier");
}

} // namespace

TEST_CASE("logits are those of the definition, probabilities their softmax") {
    const tests::TinyBert bert;
    ThreadPool pool(2);
    Classifier classifier(parameters(bert), pool);
    CHECK(classifier.labels() == std::vector<std::string>{"red", "green", "blue"});
    CHECK(classifier.problem() == ProblemType::single_label);
    std::vector<float> logits(kExamples.size() * 3);
    classifier.logits(kExamples, {logits.data(), kExamples.size(), 3});
    const auto probabilities = classifier.probabilities(kExamples);
    const std::vector<std::vector<std::int32_t>> ids{{2, 14, 11, 15, 10, 3}, {2, 13, 16, 3, 8, 3}, {2, 3}};
    const std::vector<std::vector<std::uint8_t>> types{{0, 0, 0, 0, 0, 0}, {0, 0, 0, 0, 1, 1}, {0, 0}};
    for (std::size_t i = 0; i < kExamples.size(); ++i) {
        const auto wanted = head(bert, ids[i], types[i]);
        double sum = 0.0;
        for (const double z : wanted) sum += std::exp(z);
        for (std::size_t j = 0; j < 3; ++j) {
            CHECK(logits[i * 3 + j] == Approx(wanted[j]).margin(5e-5));
            CHECK(probabilities[i][j] == Approx(std::exp(wanted[j]) / sum).margin(2e-5));
        }
    }
}

TEST_CASE("sigmoids for several labels, the value itself for a regression") {
    const std::vector<float> logits{-2.0F, 0.0F, 800.0F};
    std::vector<double> out(3);
    logits_to_probabilities(ProblemType::multi_label, logits, out);
    CHECK(out[0] == Approx(1.0 / (1.0 + std::exp(2.0))));
    CHECK(out[1] == 0.5);
    CHECK(out[2] == 1.0);
    logits_to_probabilities(ProblemType::regression, logits, out);
    CHECK(out == std::vector<double>{-2.0, 0.0, 800.0});
    logits_to_probabilities(ProblemType::single_label, logits, out);
    CHECK(out == std::vector<double>{0.0, 0.0, 1.0});
}

TEST_CASE("the kind of the head is what the file says, else what its outputs suggest") {
    ThreadPool pool(1);
    tests::TinyBert bert;
    bert.config["problem_type"] = "multi_label_classification";
    CHECK(Classifier(parameters(bert), pool).problem() == ProblemType::multi_label);
    bert.config["problem_type"] = "regression";
    CHECK_THROWS_WITH(Classifier(parameters(bert), pool), Contains("3 outputs"));
    bert.config.erase("problem_type");
    bert.config.erase("id2label");
    CHECK(Classifier(parameters(bert), pool).labels() == std::vector<std::string>{"LABEL_0", "LABEL_1", "LABEL_2"});
    bert.tensors["classifier.weight"].shape = {1, 24};
    bert.tensors["classifier.weight"].values.resize(24);
    bert.tensors["classifier.bias"].shape = {1};
    bert.tensors["classifier.bias"].values.resize(1);
    CHECK(Classifier(parameters(bert), pool).problem() == ProblemType::regression);
    bert.config["problem_type"] = "single_label_classification";
    CHECK_THROWS_WITH(Classifier(parameters(bert), pool), Contains("one label"));
}

TEST_CASE("a model without a head is refused") {
    ThreadPool pool(1);
    tests::TinyBert bert;
    bert.tensors.erase("classifier.weight");
    CHECK_THROWS_WITH(Classifier(parameters(bert), pool), Contains("no classification head"));
    tests::TinyBert without_pooler;
    without_pooler.tensors.erase("bert.pooler.dense.weight");
    CHECK_THROWS_WITH(Classifier(parameters(without_pooler), pool), Contains("no pooler"));
}

TEST_CASE("batches, threads and copies change nothing, and nothing is allocated after the warm-up") {
    const tests::TinyBert bert;
    ThreadPool one(1), two(2);
    auto p = parameters(bert);
    Classifier alone(p, one), shared(p, two);
    p.batch = 1;
    Classifier single(p, one), copy(alone);
    const auto wanted = alone.probabilities(kExamples);
    CHECK(shared.probabilities(kExamples) == wanted);
    CHECK(single.probabilities(kExamples) == wanted);
    CHECK(copy.probabilities(kExamples) == wanted);
    CHECK(alone.probabilities({}).empty());
    std::vector<float> out(kExamples.size() * 3);
    const tests::AllocationCounter counter;
    alone.logits(kExamples, {out.data(), kExamples.size(), 3});
    CHECK(counter.count() == 0);
    CHECK_THROWS_WITH(alone.logits(kExamples, {out.data(), kExamples.size(), 2}), Contains("3 of 3"));
}
