#include "support/report.hpp"

/// What the machine can do: the denominators of every share. Measured inside the first use; the loop only reports.
namespace familiar::benchmarks {
namespace {

void report_limit(benchmark::State& state, const char* unit, double limit) {
    for (auto _ : state) benchmark::DoNotOptimize(limit);
    state.counters[unit] = limit;
}

const bool kRegistered = [] {
    for (const std::size_t threads : thread_counts()) {
        const std::string count = std::to_string(threads);
        for_each_backend([&](kernels::Dispatched backend) {
            benchmark::RegisterBenchmark(name_of("roofline/f32", backend.name(), {{"threads", count}}).c_str(),
                                         [=](benchmark::State& state) {
                                             report_limit(state, "FLOP/s", Roofline::f32_flops(backend.isa(), threads));
                                         })
                ->Iterations(1);
        });
        if (kernels::available(kernels::Isa::avx512_vnni)) {
            benchmark::RegisterBenchmark(
                name_of("roofline/vnni", "avx512_vnni", {{"threads", count}}).c_str(),
                [=](benchmark::State& state) { report_limit(state, "OP/s", Roofline::vnni_ops(threads)); })
                ->Iterations(1);
        }
        if (kernels::available(kernels::Isa::avx512_bf16)) {
            benchmark::RegisterBenchmark(
                name_of("roofline/bf16", "avx512_bf16", {{"threads", count}}).c_str(),
                [=](benchmark::State& state) { report_limit(state, "FLOP/s", Roofline::bf16_flops(threads)); })
                ->Iterations(1);
        }
        benchmark::RegisterBenchmark(
            name_of("roofline/read", "", {{"threads", count}}).c_str(),
            [=](benchmark::State& state) { report_limit(state, "bytes/s", Roofline::read_bandwidth(threads)); })
            ->Iterations(1);
    }
    return true;
}();

} // namespace
} // namespace familiar::benchmarks
