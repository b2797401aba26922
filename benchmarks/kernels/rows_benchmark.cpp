#include "support/inputs.hpp"
#include "support/report.hpp"

/// Softmax and the norms, 256 rows at a time (they stand in the second cache), and element-wise functions.
namespace familiar::benchmarks {
namespace {

constexpr std::size_t kRows = 256;

template <class Operation> void run_rows(benchmark::State& state, std::size_t n, Operation operation) {
    const auto x = random_floats(kRows * n, 1, 4.0), gain = random_floats(n, 2), bias = random_floats(n, 3);
    tensor::AlignedBuffer<float> out(kRows * n);
    for (auto _ : state) {
        for (std::size_t row = 0; row < kRows; ++row) {
            operation(x.data() + row * n, gain.data(), bias.data(), out.data() + row * n);
        }
        benchmark::ClobberMemory();
    }
    report_elements(state, static_cast<double>(kRows * n));
}

const bool kRegistered = [] {
    for_each_backend([](kernels::Dispatched backend) {
        for (const std::size_t n : {16, 128, 512}) {
            benchmark::RegisterBenchmark(name_of("kernels/softmax", backend.name(), {{"n", std::to_string(n)}}).c_str(),
                                         [=](benchmark::State& state) {
                                             run_rows(state, n,
                                                      [=](const float* x, const float*, const float*, float* out) {
                                                          backend.softmax(x, n, out);
                                                      });
                                         });
        }
        for (const std::size_t n : {384, 576, 768}) {
            benchmark::RegisterBenchmark(
                name_of("kernels/layer_norm", backend.name(), {{"n", std::to_string(n)}}).c_str(),
                [=](benchmark::State& state) {
                    run_rows(state, n, [=](const float* x, const float* gain, const float* bias, float* out) {
                        backend.layer_norm(x, gain, bias, 1e-12F, n, out);
                    });
                });
            benchmark::RegisterBenchmark(
                name_of("kernels/rms_norm", backend.name(), {{"n", std::to_string(n)}}).c_str(),
                [=](benchmark::State& state) {
                    run_rows(state, n, [=](const float* x, const float* gain, const float*, float* out) {
                        backend.rms_norm(x, gain, 1e-5F, n, out);
                    });
                });
        }
        const std::pair<kernels::Activation, std::string_view> activations[] = {
            {kernels::Activation::gelu, "gelu"},
            {kernels::Activation::gelu_tanh, "gelu_tanh"},
            {kernels::Activation::silu, "silu"},
            {kernels::Activation::tanh, "tanh"}};
        for (const auto& [activation, name] : activations) {
            const auto which = activation;
            benchmark::RegisterBenchmark(
                name_of(std::string("kernels/").append(name), backend.name(), {{"n", "1536"}}).c_str(),
                [=](benchmark::State& state) {
                    run_rows(state, 1536, [=](const float* x, const float*, const float*, float* out) {
                        backend.activate(which, x, 1536, out);
                    });
                });
        }
    });
    return true;
}();

} // namespace
} // namespace familiar::benchmarks
