#include "support/inputs.hpp"
#include "support/report.hpp"

#include <familiar/tensor/packed_matrix.hpp>

/// Stored weights to f32 panels: 512 rows of 1536 columns (SmolLM2's down projection), panel after panel. Bytes are
/// those of the stored weights.
namespace familiar::benchmarks {
namespace {

using tensor::ElementType;

void unpack(benchmark::State& state, kernels::Dispatched backend, ElementType type) {
    tensor::StoredMatrix stored{type, nullptr, 512, 1536};
    const auto memory = random_bytes(stored.rows * stored.row_bytes(), 1);
    stored.data = memory.data();
    tensor::AlignedBuffer<float> panel(stored.columns * tensor::kPanelWidth);
    const std::size_t panels = stored.rows / tensor::kPanelWidth;
    for (auto _ : state) {
        for (std::size_t p = 0; p < panels; ++p) backend.unpack_panel(stored, p, panel.data());
        benchmark::ClobberMemory();
    }
    const double weights = static_cast<double>(stored.rows * stored.columns);
    state.counters["weights/s"] = benchmark::Counter(weights, benchmark::Counter::kIsIterationInvariantRate);
    report_bytes(state, static_cast<double>(memory.size()));
}

const bool kRegistered = [] {
    for_each_backend([](kernels::Dispatched backend) {
        for (const ElementType type : {ElementType::f32, ElementType::f16, ElementType::bf16, ElementType::q8_0,
                                       ElementType::q4_0, ElementType::q4_1, ElementType::q5_0, ElementType::q5_1,
                                       ElementType::q4_k, ElementType::q5_k, ElementType::q6_k}) {
            benchmark::RegisterBenchmark(
                name_of("kernels/unpack", backend.name(), {{"type", std::string(to_string(type))}}).c_str(),
                [=](benchmark::State& state) { unpack(state, backend, type); });
        }
    });
    return true;
}();

} // namespace
} // namespace familiar::benchmarks
