#include "support/inputs.hpp"
#include "support/report.hpp"

#include <familiar/tensor/byte_rows.hpp>
#include <familiar/tensor/packed_bytes.hpp>

/// One panel (64 outputs) of 8-bit weights, as in an encoder's layer, with m rows quantised as a whole; and the
/// quantising of a row.
namespace familiar::benchmarks {
namespace {

void multiply(benchmark::State& state, kernels::Dispatched backend, std::size_t m, std::size_t k) {
    const auto x = random_floats(m * k, 1), weights = random_floats(k * tensor::kPanelWidth, 2);
    tensor::PackedMatrix packed(tensor::kPanelWidth, k);
    for (std::size_t i = 0; i < weights.size(); ++i) packed.panel(0)[i] = weights[i];
    const tensor::PackedBytes bytes(packed);
    tensor::ByteRowBuffer rows;
    rows.resize(m, k);
    for (std::size_t r = 0; r < m; ++r) backend.quantize_whole_row(x.data() + r * k, k, rows.row(r), rows.facts(r));
    tensor::AlignedBuffer<float> c(m * tensor::kPanelWidth);
    for (auto _ : state) {
        backend.multiply_bytes(rows.view(), bytes.panel(0), tensor::kPanelWidth, {},
                               {c.data(), m, tensor::kPanelWidth});
        benchmark::DoNotOptimize(c.data());
    }
    const auto rate = benchmark::Counter::kIsIterationInvariantRate;
    const double operations = 2.0 * static_cast<double>(m * k * tensor::kPanelWidth);
    state.counters["OP/s"] = benchmark::Counter(operations, rate);
    if (const double limit = Roofline::vnni_ops(1); limit > 0.0 && backend.isa() >= kernels::Isa::avx512_vnni) {
        state.counters["share"] = benchmark::Counter(operations / limit, rate);
    }
}

void quantize(benchmark::State& state, kernels::Dispatched backend, std::size_t n) {
    const auto x = random_floats(n, 1);
    tensor::ByteRowBuffer row;
    row.resize(1, n);
    for (auto _ : state) {
        backend.quantize_whole_row(x.data(), n, row.row(0), row.facts(0));
        benchmark::DoNotOptimize(row.row(0));
    }
    report_elements(state, static_cast<double>(n));
}

const bool kRegistered = [] {
    for_each_backend([](kernels::Dispatched backend) {
        for (const std::size_t k : {384, 1536}) {
            for (const std::size_t m : {1, 6, 16, 96}) {
                benchmark::RegisterBenchmark(name_of("kernels/multiply_bytes", backend.name(),
                                                     {{"m", std::to_string(m)}, {"k", std::to_string(k)}})
                                                 .c_str(),
                                             [=](benchmark::State& state) { multiply(state, backend, m, k); });
            }
            benchmark::RegisterBenchmark(
                name_of("kernels/quantize_whole_row", backend.name(), {{"n", std::to_string(k)}}).c_str(),
                [=](benchmark::State& state) { quantize(state, backend, k); });
        }
    });
    return true;
}();

} // namespace
} // namespace familiar::benchmarks
