#include <familiar/pipeline/pipeline_options.hpp>

#include <familiar/pipeline/run_options.hpp>

#include <catch2/catch.hpp>

using namespace familiar;

TEST_CASE("A composed pipeline and the program begin with the same defaults") {
    const pipeline::PipelineOptions composed;
    const pipeline::RunOptions program;
    CHECK(composed.demonstrations == pipeline::parse_method(program.method).default_demonstrations);
    CHECK(composed.seed == program.seed);
    CHECK(composed.explain == program.explain);
    CHECK(composed.ablation == pipeline::parse_ablation(program.ablate));
    CHECK(composed.temperature == 0.0); // a run can be repeated
}
