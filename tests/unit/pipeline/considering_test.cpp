#include <familiar/pipeline/considering.hpp>

#include "toy_policies.hpp"

#include <familiar/pipeline/compose.hpp>
#include <familiar/pipeline/trial_rows.hpp>

#include <catch2/catch.hpp>

#include <cstddef>
#include <vector>

using namespace familiar;
using namespace familiar::tests;

TEST_CASE("batches are those that are made in the pipeline's place, all else is its own") {
    auto pipeline = pipeline::compose(ColourPlugin(), FirstSelector(), right_llm());
    pipeline.prepare(colour_task(), colour_examples("train", 6));
    const auto examples = colour_examples("dev", 4);
    std::vector<std::optional<Prediction>> told(4);
    for (auto& prediction : told) prediction = Prediction{2, 0.5, {0.25, 0.25, 0.5}};
    std::size_t batches = 0;
    pipeline::Considering considering(
        pipeline, [&](std::span<const Example> batch, const ProgressSink& progress, const Cancellation* cancellation) {
            ++batches;
            return pipeline.consider(batch, progress, cancellation, &told);
        });
    CHECK(&considering.transport() == &pipeline.transport());
    pipeline::NoStore store;
    const auto rows = pipeline::trial_rows(considering, examples, store, {});
    CHECK(batches == 1);
    REQUIRE(rows.size() == 4);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        CHECK(rows[i].prediction == told[i]);
        CHECK(rows[i].answer->label == colour_task().label_index(*examples[i].label));
    }
}
