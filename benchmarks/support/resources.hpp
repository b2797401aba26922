#pragma once

#include "tests/support/resources.hpp"

#include <benchmark/benchmark.h>

#include <filesystem>
#include <optional>
#include <string>

/// Models and data sets are looked for where the tests look for them: FAMILIAR_MODELS, FAMILIAR_DATA, else beside the
/// project. What is missing makes a benchmark say so; the run goes on.
namespace familiar::benchmarks {

using tests::dataset;
using tests::golden;
using tests::model;
using tests::source_dir;

/// Whether something was found; where not, the benchmark is ended with a word about it.
template <class Found> bool is_here(benchmark::State& state, const Found& found, const std::string& what) {
    if (found) return true;
    state.SkipWithError((what + " is not on this machine: see benchmarks/README.md").c_str());
    return false;
}

} // namespace familiar::benchmarks
