#include "support/inputs.hpp"
#include "support/report.hpp"

#include <familiar/demonstration/nearest_neighbours.hpp>

#include <benchmark/benchmark.h>

/// The 16 nearest of 10,000 embeddings of 384 numbers, exactly. Compiled for every x86-64, whatever the instruction set
/// of the kernels: its share is of what the machine's best set can do.
namespace familiar::benchmarks {
namespace {

void nearest(benchmark::State& state, std::size_t queries) {
    constexpr std::size_t kRows = 10'000, kColumns = 384, kCount = 16;
    auto pool = random_floats(kRows * kColumns, 1), asked = random_floats(queries * kColumns, 2);
    demonstration::normalise_rows({pool.data(), kRows, kColumns});
    demonstration::normalise_rows({asked.data(), queries, kColumns});
    for (auto _ : state) {
        for (std::size_t q = 0; q < queries; ++q) {
            const std::span<const float> query(asked.data() + q * kColumns, kColumns);
            benchmark::DoNotOptimize(
                demonstration::nearest(query, tensor::MatrixView<const float>(pool.data(), kRows, kColumns), kCount));
        }
    }
    const auto values = static_cast<double>(kRows * kColumns);
    report_work(state, kernels::best_isa(), 2.0 * values * static_cast<double>(queries), sizeof(float) * values, 1);
    report_rate(state, "queries", static_cast<double>(queries));
}

const bool kRegistered = [] {
    for (const std::size_t queries : {1, 64}) {
        benchmark::RegisterBenchmark(
            name_of("demonstration/nearest", "",
                    {{"rows", "10000"}, {"dimension", "384"}, {"queries", std::to_string(queries)}, {"threads", "1"}})
                .c_str(),
            [=](benchmark::State& state) { nearest(state, queries); })
            ->Unit(benchmark::kMillisecond);
    }
    return true;
}();

} // namespace
} // namespace familiar::benchmarks
