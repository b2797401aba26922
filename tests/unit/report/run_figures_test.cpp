#include <familiar/report/run_figures.hpp>

#include <catch2/catch.hpp>

TEST_CASE("a run that has done nothing has cost nothing") {
    const familiar::report::RunFigures run;
    CHECK(run.calls + run.cached_calls + run.demonstrations_dropped == 0);
    CHECK(run.tokens == familiar::transport::TokenUsage{});
    CHECK_FALSE(run.notes_lines_dropped);
    CHECK(run.parameters.is_object());
    CHECK(run.hashes.is_object());
}
