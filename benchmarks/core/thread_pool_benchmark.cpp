#include "support/report.hpp"

#include <familiar/core/thread_pool.hpp>

#include <benchmark/benchmark.h>

#include <string>

/// What it costs to hand a loop to the threads and to wait for them, where the loop itself does nothing. A small
/// encoder batch has five such loops a layer, a token of a decoder six.
namespace familiar::benchmarks {
namespace {

void hand_over(benchmark::State& state, std::size_t threads) {
    ThreadPool pool(threads);
    for (auto _ : state) {
        pool.run(threads * 4, [](std::size_t task, std::size_t) { benchmark::DoNotOptimize(task); });
    }
}

const bool kRegistered = [] {
    for (const std::size_t threads : thread_counts()) {
        benchmark::RegisterBenchmark(name_of("core/thread_pool", "", {{"threads", std::to_string(threads)}}).c_str(),
                                     [=](benchmark::State& state) { hand_over(state, threads); })
            ->Unit(benchmark::kMicrosecond)
            ->UseRealTime();
    }
    return true;
}();

} // namespace
} // namespace familiar::benchmarks
