#include <familiar/kernels/dispatched.hpp>
#include <familiar/plugin/encoder_classifier.hpp>

#include "laws/plugin_laws.hpp"
#include "unit/encoder/tiny_bert.hpp"
#include "unit/plugin/toy_encoder.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <string>
#include <vector>

using namespace familiar;
using namespace familiar::tests;
using Catch::Matchers::Contains;
using Plugin = plugin::EncoderClassifier<kernels::Dispatched>;

namespace {

Plugin::Parameters parameters(const TinyBert& bert) {
    Plugin::Parameters p;
    p.model = bert.write().string();
    return p;
}

const std::vector<Example> kExamples{example_of("the sky is blue"), pair_of("roses", "red"), example_of(""),
                                     example_of("grass is very green .")};

} // namespace

TEST_CASE("the head's own classifier keeps the laws of PluginModel") {
    const TinyBert bert;
    ThreadPool pool(2);
    Plugin plugin(parameters(bert), pool);
    laws::check_plugin_laws(plugin, task_of({"red", "green", "blue"}), {}, kExamples, 1e-12);
}

TEST_CASE("the task's order of labels is the distribution's") {
    const TinyBert bert; // red, green, blue
    ThreadPool pool(1);
    Plugin plain(parameters(bert), pool), turned(parameters(bert), pool);
    plain.prepare(task_of({"red", "green", "blue"}), {});
    turned.prepare(task_of({"Blue", "red", "Green"}), {});
    const auto a = plain.predict(kExamples), b = turned.predict(kExamples);
    for (std::size_t i = 0; i < kExamples.size(); ++i) {
        // Summed in another order, the last bit may differ.
        for (std::size_t k = 0; k < 3; ++k) {
            CHECK(b[i].distribution[k] == Approx(a[i].distribution[(k + 2) % 3]).epsilon(1e-15));
        }
        CHECK(b[i].label == (a[i].label + 1) % 3);
        CHECK(b[i].confidence == Approx(a[i].confidence).epsilon(1e-15));
    }
}

TEST_CASE("a temperature above 1 makes it less sure and changes no label") {
    const TinyBert bert;
    ThreadPool pool(1);
    auto p = parameters(bert);
    Plugin plain(p, pool);
    p.temperature = 3.0;
    Plugin warm(p, pool);
    const auto task = task_of({"red", "green", "blue"});
    plain.prepare(task, {});
    warm.prepare(task, {});
    const auto a = plain.predict(kExamples), b = warm.predict(kExamples);
    for (std::size_t i = 0; i < kExamples.size(); ++i) {
        CHECK(b[i].label == a[i].label);
        CHECK(b[i].confidence < a[i].confidence);
    }
    CHECK(plain.identity() != warm.identity());
}

TEST_CASE("other labels, other heads and wrong use are refused") {
    TinyBert bert;
    ThreadPool pool(1);
    Plugin plugin(parameters(bert), pool);
    CHECK_THROWS_WITH(plugin.predict(kExamples), Contains("before prepare"));
    CHECK_THROWS_WITH(plugin.prepare(task_of({"red", "green", "purple"}), {}),
                      Contains("blue") && Contains("config.json"));
    CHECK_THROWS_WITH(plugin.prepare(Task(), {}), Contains("no labels"));
    auto p = parameters(bert);
    p.temperature = 0.0;
    CHECK_THROWS_WITH(Plugin(p, pool), Contains("encoder.temperature"));
    bert.config["problem_type"] = "multi_label_classification";
    CHECK_THROWS_WITH(Plugin(parameters(bert), pool), Contains("multi_label"));
}
