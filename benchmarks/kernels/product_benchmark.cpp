#include "support/inputs.hpp"
#include "support/report.hpp"

#include <familiar/tensor/packed_matrix.hpp>

#include <memory>

/// y = x · Wᵀ over packed weights: the shapes of MiniLM's layers (384 → 1152 for Q, K, V; 384 → 384; 384 → 1536;
/// 1536 → 384) and one row, as a decoder has it.
namespace familiar::benchmarks {
namespace {

struct Shape {
    std::size_t rows, inner, outputs;
};

void multiply(benchmark::State& state, kernels::Dispatched backend, Shape shape, kernels::Epilogue epilogue) {
    const auto a = random_floats(shape.rows * shape.inner, 1), bias = random_floats(shape.outputs, 2);
    tensor::PackedMatrix weights(shape.outputs, shape.inner);
    for (std::size_t p = 0; p < weights.panels(); ++p) {
        const auto values = random_floats(shape.inner * tensor::kPanelWidth, 3 + p);
        std::copy(values.begin(), values.end(), weights.panel(p));
    }
    tensor::AlignedBuffer<float> c(shape.rows * shape.outputs);
    for (auto _ : state) {
        for (std::size_t p = 0; p < weights.panels(); ++p) {
            const std::size_t first = p * tensor::kPanelWidth, outputs = weights.panel_outputs(p);
            epilogue.bias = bias.data() + first;
            backend.multiply_panel({a.data(), shape.rows, shape.inner}, weights.panel(p), outputs, epilogue,
                                   {c.data() + first, shape.rows, outputs, shape.outputs});
        }
        benchmark::ClobberMemory();
    }
    report_flops(state, backend.isa(), 2.0 * static_cast<double>(shape.rows * shape.inner * shape.outputs));
}

const bool kRegistered = [] {
    for_each_backend([](kernels::Dispatched backend) {
        for (const std::size_t rows : {1, 6, 16, 96, 128, 1024}) {
            if (backend.isa() == kernels::Isa::reference && rows > 16) continue; // seconds a product
            for (const auto& [inner, outputs] :
                 {std::pair<std::size_t, std::size_t>{384, 1152}, {384, 384}, {384, 1536}, {1536, 384}}) {
                const Shape shape{rows, inner, outputs};
                benchmark::RegisterBenchmark(
                    name_of("kernels/multiply", backend.name(),
                            {{"m", std::to_string(rows)}, {"k", std::to_string(inner)}, {"n", std::to_string(outputs)}})
                        .c_str(),
                    [=](benchmark::State& state) { multiply(state, backend, shape, {}); });
            }
        }
        if (backend.isa() != kernels::Isa::reference) {
            benchmark::RegisterBenchmark(
                name_of("kernels/multiply_bias_gelu", backend.name(), {{"m", "128"}, {"k", "384"}, {"n", "1536"}})
                    .c_str(),
                [=](benchmark::State& state) {
                    multiply(state, backend, {128, 384, 1536}, {nullptr, kernels::Activation::gelu, false});
                });
        }
    });
    return true;
}();

} // namespace
} // namespace familiar::benchmarks
