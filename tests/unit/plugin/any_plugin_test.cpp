#include <familiar/plugin/any_plugin.hpp>

#include "unit/pipeline/toy_policies.hpp"

#include <catch2/catch.hpp>

using namespace familiar;
using namespace familiar::tests;

TEST_CASE("An erased plug-in says what the plug-in says") {
    struct Honest : ColourPlugin {
        std::vector<Prediction> held_out;
        void prepare(const Task& task, std::span<const Example> train) {
            ColourPlugin::prepare(task, train);
            held_out.assign(train.size(), {1, 0.5, {}});
        }
        std::span<const Prediction> out_of_fold() const { return held_out; }
    };
    const auto train = colour_examples("train", 3), test = colour_examples("test", 5);
    ColourPlugin plain;
    plugin::AnyPlugin erased{ColourPlugin()}, honest{Honest()};
    plain.prepare(colour_task(), train);
    erased.prepare(colour_task(), train);
    honest.prepare(colour_task(), train);
    CHECK(erased.predict(test) == plain.predict(test));
    CHECK(erased.identity() == "colours");
    CHECK(erased.out_of_fold().empty());
    CHECK(honest.out_of_fold().size() == 3);
    plugin::AnyPlugin moved = std::move(erased);
    CHECK(moved.predict(test) == plain.predict(test));
}
