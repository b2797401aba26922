#include "support/inputs.hpp"
#include "support/report.hpp"

#include <familiar/tensor/interleaved_panel.hpp>
#include <familiar/tensor/page_memory.hpp>
#include <familiar/tensor/quantized_rows.hpp>

#include <algorithm>
#include <cstdint>

/// Quantised weights of a layer, 1,024 outputs × 896 or 1,024 inputs, with m rows of 8-bit activations. Its weights
/// stay in the second or third cache; `memory` is the same with one row and 256 MiB of weights, which come from memory.
namespace familiar::benchmarks {
namespace {

using tensor::ElementType;
using tensor::InterleavedPanel;

struct Rows {
    Rows(kernels::Dispatched backend, std::size_t count, std::size_t columns) {
        const auto x = random_floats(count * columns, 1);
        rows.resize(count, columns);
        for (std::size_t r = 0; r < count; ++r) {
            backend.quantize_row(x.data() + r * columns, columns, rows.row(r), rows.row_blocks(r));
        }
    }
    tensor::QuantizedBuffer rows;
};

void report_integer_work(benchmark::State& state, kernels::Isa isa, double operations, double bytes) {
    const auto rate = benchmark::Counter::kIsIterationInvariantRate;
    state.counters["OP/s"] = benchmark::Counter(operations, rate);
    if (const double limit = Roofline::vnni_ops(1); limit > 0.0 && isa >= kernels::Isa::avx512_vnni) {
        state.counters["share"] = benchmark::Counter(operations / limit, rate);
    }
    state.counters["memory_share"] = benchmark::Counter(bytes / Roofline::read_bandwidth(1), rate);
}

void multiply(benchmark::State& state, kernels::Dispatched backend, ElementType type, std::size_t m, std::size_t size) {
    const std::size_t k = tensor::block_layout(type).values == 256 ? 1024 : 896;
    const std::size_t bytes = InterleavedPanel::bytes(type, k), panels = std::max<std::size_t>(16, size / bytes);
    tensor::PageMemory weights(panels * bytes);
    const auto values = random_bytes(bytes, 2);
    for (std::size_t p = 0; p < panels; ++p) std::copy_n(values.data(), bytes, weights.data() + p * bytes);
    const Rows rows(backend, m, k);
    tensor::AlignedBuffer<float> c(m * tensor::kPanelWidth);
    for (auto _ : state) {
        for (std::size_t p = 0; p < panels; ++p) {
            backend.multiply_interleaved(rows.rows.view(), {type, weights.data() + p * bytes, k}, tensor::kPanelWidth,
                                         {}, {c.data(), m, tensor::kPanelWidth});
        }
        benchmark::DoNotOptimize(c.data());
    }
    report_integer_work(state, backend.isa(), 2.0 * static_cast<double>(m * k * panels * tensor::kPanelWidth),
                        static_cast<double>(panels * bytes));
}

void quantize(benchmark::State& state, kernels::Dispatched backend, std::size_t n) {
    const auto x = random_floats(n, 1);
    tensor::QuantizedBuffer row;
    row.resize(1, n);
    for (auto _ : state) {
        backend.quantize_row(x.data(), n, row.row(0), row.row_blocks(0));
        benchmark::DoNotOptimize(row.row(0));
    }
    report_elements(state, static_cast<double>(n));
}

const bool kRegistered = [] {
    for_each_backend([](kernels::Dispatched backend) {
        if (backend.isa() == kernels::Isa::reference) return; // a second each
        for (const ElementType type :
             {ElementType::q4_0, ElementType::q4_1, ElementType::q5_0, ElementType::q5_1, ElementType::q8_0,
              ElementType::iq4_nl, ElementType::q4_k, ElementType::q5_k, ElementType::q6_k}) {
            const std::string name(to_string(type));
            for (const std::size_t m : {1, 2, 4, 8, 12, 128, 512}) {
                if (backend.isa() == kernels::Isa::xsimd && m != 8) continue;
                benchmark::RegisterBenchmark(
                    name_of("kernels/multiply_interleaved", backend.name(), {{"type", name}, {"m", std::to_string(m)}})
                        .c_str(),
                    [=](benchmark::State& state) { multiply(state, backend, type, m, 0); });
            }
            if (backend.isa() == kernels::Isa::xsimd) continue;
            benchmark::RegisterBenchmark(
                name_of("kernels/multiply_interleaved", backend.name(), {{"type", name}, {"memory", "1"}}).c_str(),
                [=](benchmark::State& state) { multiply(state, backend, type, 1, std::size_t{256} << 20); });
        }
        benchmark::RegisterBenchmark(name_of("kernels/quantize_row", backend.name(), {{"n", "1536"}}).c_str(),
                                     [=](benchmark::State& state) { quantize(state, backend, 1536); });
    });
    return true;
}();

} // namespace
} // namespace familiar::benchmarks
