#include <familiar/core/thread_pool.hpp>
#include <familiar/training/logistic_regression.hpp>
#include <familiar/training/temperature.hpp>
#include <familiar/weights/safetensors.hpp>

#include "support/resources.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <numeric>
#include <span>
#include <string>
#include <vector>

namespace {

using namespace familiar;
using namespace familiar::tests;

template <class T> std::vector<T> values_of(const weights::Safetensors& file, const std::string& name) {
    const auto found = file.find(name);
    REQUIRE(found);
    REQUIRE(found->bytes.size() == found->size() * sizeof(T));
    std::vector<T> values(found->size());
    std::memcpy(values.data(), found->bytes.data(), found->bytes.size());
    return values;
}

double largest_gap(std::span<const double> a, std::span<const double> b) {
    REQUIRE(a.size() == b.size());
    double gap = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) gap = std::max(gap, std::abs(a[i] - b[i]));
    return gap;
}

struct Trec {
    std::vector<float> train, test;
    std::vector<std::size_t> labels, test_labels;
    weights::Safetensors expected;

    explicit Trec(const std::filesystem::path& folder)
        : expected(weights::Safetensors::open(folder / "probe.safetensors")) {
        const auto embeddings = weights::Safetensors::open(folder / "trec_embeddings.safetensors");
        train = values_of<float>(embeddings, "train");
        test = values_of<float>(embeddings, "test");
        const auto json = nlohmann::json::parse(std::ifstream(folder / "probe.json"));
        labels = json["train_labels"].get<std::vector<std::size_t>>();
        test_labels = json["test_labels"].get<std::vector<std::size_t>>();
    }
    [[nodiscard]] tensor::MatrixView<const float> train_rows() const { return {train.data(), labels.size(), 384}; }
    [[nodiscard]] tensor::MatrixView<const float> test_rows() const { return {test.data(), test_labels.size(), 384}; }
};

std::vector<double> test_probabilities(const training::LogisticModel& model, const Trec& trec) {
    std::vector<double> out(trec.test_labels.size() * model.classes);
    for (std::size_t i = 0; i < trec.test_labels.size(); ++i) {
        model.probabilities(trec.test_rows()[i], std::span(out).subspan(i * model.classes, model.classes));
    }
    return out;
}

} // namespace

TEST_CASE("the probe's coefficients and probabilities are scikit-learn's", "[golden][training]") {
    REQUIRE_RESOURCE(folder, golden("training"));
    const Trec trec(folder);
    ThreadPool pool;
    for (const auto& [name, c] : {std::pair("C1", 1.0), std::pair("C10", 10.0)}) {
        INFO(name);
        training::LogisticOptions options;
        options.c = c;
        const auto model = training::fit_logistic(trec.train_rows(), trec.labels, 6, pool, options);
        const std::string stem = name;
        CHECK(largest_gap(values_of<double>(trec.expected, stem + ".coefficients"), model.coefficients) < 1e-4);
        CHECK(largest_gap(values_of<double>(trec.expected, stem + ".intercepts"), model.intercepts) < 1e-4);
        CHECK(largest_gap(values_of<double>(trec.expected, stem + ".test_probabilities"),
                          test_probabilities(model, trec)) < 1e-5);
        CHECK(std::accumulate(model.intercepts.begin(), model.intercepts.end(), 0.0) == Approx(0.0).margin(1e-9));
    }
}

TEST_CASE("out-of-fold probabilities are scikit-learn's", "[golden][training]") {
    REQUIRE_RESOURCE(folder, golden("training"));
    const Trec trec(folder);
    ThreadPool pool;
    training::LogisticOptions options;
    options.c = 10.0;
    const auto whole = training::fit_logistic(trec.train_rows(), trec.labels, 6, pool, options);
    for (const auto* start : {static_cast<const training::LogisticModel*>(nullptr), &whole}) {
        auto out = training::out_of_fold_logits(trec.train_rows(), trec.labels, 6, 5, pool, options, start);
        std::size_t right = 0;
        for (std::size_t i = 0; i < 1000; ++i) {
            const auto row = std::span(out).subspan(i * 6, 6);
            softmax(row, row);
            const auto best = std::max_element(row.begin(), row.end()) - row.begin();
            right += static_cast<std::size_t>(best) == trec.labels[i] ? 1 : 0;
        }
        CHECK(largest_gap(values_of<double>(trec.expected, "C10.out_of_fold_probabilities"), out) < 1e-5);
        CHECK(right == 775); // probe.json: 0.775
    }
}

TEST_CASE("two classes are fitted as plain logistic regression", "[golden][training]") {
    REQUIRE_RESOURCE(folder, golden("training"));
    const Trec trec(folder);
    ThreadPool pool;
    std::vector<std::size_t> labels;
    for (const auto label : trec.labels) labels.push_back(label == 5 ? 1 : 0); // person or not
    const auto model = training::fit_logistic(trec.train_rows(), labels, 2, pool);
    CHECK(largest_gap(values_of<double>(trec.expected, "binary.coefficients"), model.coefficients) < 1e-4);
    CHECK(largest_gap(values_of<double>(trec.expected, "binary.intercepts"), model.intercepts) < 1e-4);
    const auto probabilities = test_probabilities(model, trec);
    std::vector<double> second;
    for (std::size_t i = 1; i < probabilities.size(); i += 2) second.push_back(probabilities[i]);
    CHECK(largest_gap(values_of<double>(trec.expected, "binary.test_probabilities"), second) < 1e-5);
}

TEST_CASE("temperatures are the optimum that scipy finds", "[golden][training]") {
    REQUIRE_RESOURCE(folder, golden("training"));
    const auto file = weights::Safetensors::open(folder / "calibration.safetensors");
    const auto json = nlohmann::json::parse(std::ifstream(folder / "calibration.json"))["temperature"];
    const auto logits = values_of<double>(file, "logits");
    const auto stored = values_of<std::int64_t>(file, "labels");
    const std::vector<std::size_t> labels(stored.begin(), stored.end());

    const auto check = [&](const std::string& name, std::vector<double> z, std::size_t columns,
                           std::span<const std::size_t> targets) {
        INFO(name);
        const auto& wanted = json.at(name);
        const auto t = training::fit_temperature({z.data(), targets.size(), columns}, targets);
        CHECK(t.at_bound == wanted["at_bound"].get<bool>());
        CHECK(t.loss_before == Approx(wanted["nll_before"].get<double>()).epsilon(1e-9));
        CHECK(t.loss_after == Approx(wanted["nll_after"].get<double>()).epsilon(1e-7).margin(1e-12));
        if (name == "all_correct") {
            CHECK(t.value <= 0.04); // any such T gives the loss 0
        } else {
            CHECK(t.value == Approx(wanted["temperature"].get<double>()).epsilon(1e-5));
        }
    };
    const auto scaled = [&](double factor) {
        auto z = logits;
        for (double& value : z) value *= factor;
        return z;
    };
    check("as_fitted", logits, 6, labels);
    check("over_confident", scaled(4.0), 6, labels);
    check("under_confident", scaled(0.2), 6, labels);
    check("first_50", {logits.begin(), logits.begin() + 50 * 6}, 6, std::span(labels).first(50));
    std::vector<double> perfect(40 * 3, -1.0);
    std::vector<std::size_t> right(40), wrong(40);
    for (std::size_t i = 0; i < 40; ++i) {
        perfect[i * 3 + i % 3] = 1.0;
        right[i] = i % 3;
        wrong[i] = (i + 1) % 3;
    }
    check("all_correct", perfect, 3, right);
    check("all_wrong", perfect, 3, wrong);
}
