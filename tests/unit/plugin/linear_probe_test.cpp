#include <familiar/encoder/sentence_encoder.hpp>
#include <familiar/kernels/dispatched.hpp>
#include <familiar/plugin/linear_probe.hpp>

#include "laws/plugin_laws.hpp"
#include "unit/encoder/tiny_bert.hpp"
#include "unit/plugin/toy_encoder.hpp"

#include <support/scratch_folder.hpp>

#include <catch2/catch.hpp>

#include <cmath>
#include <string>
#include <vector>

using namespace familiar;
using namespace familiar::tests;
using Catch::Matchers::Contains;
using Probe = plugin::LinearProbe<ToyEncoder>;

namespace {

const Task kTask = task_of({"consonants", "vowels"});

double accuracy(const Task& task, std::span<const Prediction> predictions, std::span<const Example> examples) {
    double right = 0.0;
    for (std::size_t i = 0; i < examples.size(); ++i) right += task.labels[predictions[i].label] == *examples[i].label;
    return right / static_cast<double>(examples.size());
}

double log_loss(const Task& task, std::span<const Prediction> predictions, std::span<const Example> examples) {
    double loss = 0.0;
    for (std::size_t i = 0; i < examples.size(); ++i) {
        loss -= std::log(predictions[i].distribution[*task.label_index(*examples[i].label)]);
    }
    return loss / static_cast<double>(examples.size());
}

} // namespace

TEST_CASE("the probe keeps the laws of PluginModel") {
    ThreadPool pool(2);
    const auto train = vowels_and_consonants(120), test = vowels_and_consonants(25, 9);
    Probe probe({}, ToyEncoder(), pool);
    laws::check_plugin_laws(probe, kTask, train, test, 1e-12);
}

TEST_CASE("the probe learns what can be learned, and its out-of-fold predictions are honest") {
    ThreadPool pool(1);
    const auto train = vowels_and_consonants(200), test = vowels_and_consonants(300, 9);
    Probe::Parameters parameters;
    parameters.c = 10.0; // learns random labels by heart, too
    Probe probe(parameters, ToyEncoder(), pool);
    probe.prepare(kTask, train);
    CHECK(accuracy(kTask, probe.predict(test), test) > 0.9);
    // On random labels nothing can be learned: in sample it looks well, out of fold it does not.
    auto random_labels = vowels_and_consonants(60, 3);
    Random random(4);
    for (auto& example : random_labels) example.label = kTask.labels[random.below(2)];
    probe.prepare(kTask, random_labels);
    CHECK(accuracy(kTask, probe.predict(random_labels), random_labels) > 0.75);
    CHECK(accuracy(kTask, probe.out_of_fold(), random_labels) < 0.7);
}

TEST_CASE("the temperature makes the out-of-fold confidence no worse") {
    ThreadPool pool(1);
    const auto train = vowels_and_consonants(150);
    Probe::Parameters parameters;
    parameters.c = 0.01; // far too shy
    Probe calibrated(parameters, ToyEncoder(), pool);
    parameters.calibrate = false;
    Probe plain(parameters, ToyEncoder(), pool);
    calibrated.prepare(kTask, train);
    plain.prepare(kTask, train);
    CHECK(plain.head().temperature == 1.0);
    CHECK(calibrated.head().temperature < 0.5);
    CHECK(log_loss(kTask, calibrated.out_of_fold(), train) < log_loss(kTask, plain.out_of_fold(), train));
    CHECK(accuracy(kTask, calibrated.out_of_fold(), train) == accuracy(kTask, plain.out_of_fold(), train));
}

TEST_CASE("threads change nothing, to the last bit") {
    ThreadPool one(1), two(2);
    const auto train = vowels_and_consonants(333), test = vowels_and_consonants(50, 2);
    Probe a({}, ToyEncoder(), one), b({}, ToyEncoder(), two);
    a.prepare(kTask, train);
    b.prepare(kTask, train);
    CHECK(a.predict(test) == b.predict(test));
    CHECK(std::vector<Prediction>(a.out_of_fold().begin(), a.out_of_fold().end()) ==
          std::vector<Prediction>(b.out_of_fold().begin(), b.out_of_fold().end()));
}

TEST_CASE("train sets of one row, one class, rare classes and fewer rows than folds are taken as they come") {
    ThreadPool pool(1);
    const auto task = task_of({"consonants", "vowels", "digits"});
    const std::vector<std::vector<Example>> sets{
        {labelled("aei", "vowels")},
        {labelled("aei", "vowels"), labelled("ou", "vowels")},
        {labelled("aei", "vowels"), labelled("bcd", "consonants")},
        {labelled("aei", "vowels"), labelled("ou", "vowels"), labelled("bcd", "consonants")},
        {labelled("aei", "vowels"), labelled("z", "digits"), labelled("bcd", "consonants"), labelled("oua", "vowels")}};
    for (const auto& train : sets) {
        INFO(train.size() << " rows");
        Probe::Parameters parameters;
        parameters.c = 10.0; // lets so few rows outweigh the penalty
        Probe probe(parameters, ToyEncoder(), pool);
        probe.prepare(task, train);
        CHECK(probe.out_of_fold().size() == train.size());
        for (const auto& p : probe.out_of_fold()) laws::check_prediction(task, p);
        const auto predictions = probe.predict(train);
        for (const auto& p : predictions) laws::check_prediction(task, p);
        CHECK(accuracy(task, predictions, train) == 1.0);
    }
}

TEST_CASE("what cannot be learned from is refused by name") {
    ThreadPool pool(1);
    Probe probe({}, ToyEncoder(), pool);
    CHECK_THROWS_WITH(probe.predict({}), Contains("before prepare"));
    CHECK_THROWS_WITH(probe.prepare(kTask, {}), Contains("train"));
    CHECK_THROWS_WITH(probe.prepare(Task(), vowels_and_consonants(3)), Contains("no labels"));
    const std::vector<Example> unlabelled{labelled("a", "", "\"a-7\"")}, unknown{labelled("a", "purple", "12")};
    CHECK_THROWS_WITH(probe.prepare(kTask, unlabelled), Contains("a-7"));
    CHECK_THROWS_WITH(probe.prepare(kTask, unknown), Contains("purple") && Contains("12") && Contains("vowels"));
    Probe::Parameters parameters;
    parameters.folds = 1;
    CHECK_THROWS_WITH(Probe(parameters, ToyEncoder(), pool), Contains("linear.folds"));
    parameters.folds = 5;
    for (const double c : {0.0, -1.0, std::nan("")}) {
        parameters.c = c;
        CHECK_THROWS_WITH(Probe(parameters, ToyEncoder(), pool), Contains("linear.c"));
    }
}

TEST_CASE("a head that was saved predicts the same, with train and without") {
    ThreadPool pool(1);
    const ScratchFolder folder;
    const auto train = vowels_and_consonants(80), test = vowels_and_consonants(30, 2);
    Probe probe({}, ToyEncoder(), pool);
    probe.prepare(kTask, train);
    probe.head().save(folder.path() / "head");
    const auto load = [&] { return plugin::LinearHead::load(folder.path() / "head"); };
    Probe loaded({}, load(), ToyEncoder(), pool);
    loaded.prepare(kTask, {});
    CHECK(loaded.predict(test) == probe.predict(test));
    CHECK(loaded.out_of_fold().empty());
    loaded.prepare(kTask, train);
    CHECK(loaded.predict(test) == probe.predict(test));
    CHECK(loaded.out_of_fold().size() == train.size());
    CHECK_THROWS_WITH(loaded.prepare(task_of({"vowels", "purple"}), {}), Contains("consonants") && Contains("purple"));
    CHECK_THROWS_WITH(loaded.prepare(task_of({"vowels", "consonants"}), {}), Contains("order"));
    CHECK_THROWS_WITH(Probe({}, load(), ToyEncoder{"other"}, pool), Contains("letters") && Contains("other"));
}

TEST_CASE("the probe makes its encoder itself from a directory") {
    const TinyBert bert;
    ThreadPool pool(2);
    using Encoder = encoder::SentenceEncoder<kernels::Dispatched>;
    plugin::LinearProbe<Encoder>::Parameters parameters;
    parameters.model = bert.write().string();
    plugin::LinearProbe<Encoder> probe(parameters, pool);
    const std::vector<Example> train{labelled("red rose", "warm"), labelled("blue sky", "cold"),
                                     labelled("red red", "warm"),  labelled("the blue", "cold"),
                                     labelled("a red", "warm"),    labelled("very blue", "cold")};
    laws::check_plugin_laws(probe, task_of({"warm", "cold"}), train, train, 1e-12);
    CHECK_THAT(probe.identity(), Contains("mean"));
    parameters.model = "/nowhere/nomodel";
    CHECK_THROWS_WITH(plugin::LinearProbe<Encoder>(parameters, pool), Contains("nomodel"));
}
