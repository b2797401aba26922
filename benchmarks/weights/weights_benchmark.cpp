#include "support/resources.hpp"

#include <familiar/core/random.hpp>
#include <familiar/tensor/dequantize.hpp>
#include <familiar/tensor/finite.hpp>
#include <familiar/tensor/half.hpp>
#include <familiar/weights/gguf.hpp>
#include <familiar/weights/safetensors.hpp>

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace {

using namespace familiar;
using tensor::ElementType;

/// Random bytes whose f16 and f32 numbers are finite: no exponent is full.
std::vector<std::byte> stored_values(ElementType type, std::size_t values) {
    const auto block = tensor::block_layout(type);
    std::vector<std::byte> bytes(values / block.values * block.bytes);
    Random random(1);
    for (auto& byte : bytes) byte = static_cast<std::byte>(random.below(0x70));
    return bytes;
}

/// The scalar reference; in GB of stored bytes read and in billions of values written, a second.
void dequantize(benchmark::State& state) {
    const auto type = static_cast<ElementType>(state.range(0));
    constexpr std::size_t kValues = std::size_t{1} << 16; // fits into the second-level cache: not memory is measured
    const auto bytes = stored_values(type, kValues);
    std::vector<float> out(kValues);
    for (auto _ : state) {
        tensor::dequantize(type, bytes.data(), kValues, out.data());
        benchmark::ClobberMemory();
    }
    state.SetLabel(std::string(to_string(type)));
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * bytes.size()));
    state.counters["values/s"] =
        benchmark::Counter(static_cast<double>(state.iterations() * kValues), benchmark::Counter::kIsRate);
}

void check_finite(benchmark::State& state) {
    const auto type = static_cast<ElementType>(state.range(0));
    const auto bytes = stored_values(type, std::size_t{1} << 24); // beyond the caches, as a model is
    for (auto _ : state) benchmark::DoNotOptimize(tensor::first_not_finite(type, bytes));
    state.SetLabel(std::string(to_string(type)));
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * bytes.size()));
}

/// Opening: header and table read and checked, pages of the header warm.
template <class Source> void open_model(benchmark::State& state, const std::string& relative) {
    const auto path = benchmarks::model(relative);
    if (!benchmarks::is_here(state, path, relative)) return;
    std::size_t tensors = 0;
    for (auto _ : state) {
        const auto file = Source::open(*path);
        tensors = file.tensors().size();
        benchmark::DoNotOptimize(tensors);
    }
    state.counters["tensors"] = static_cast<double>(tensors);
}

void open_safetensors(benchmark::State& state) {
    open_model<weights::Safetensors>(state, "minilm");
}

void open_gguf(benchmark::State& state) {
    open_model<weights::Gguf>(state, "smollm2-135m/SmolLM2-135M-Instruct.Q4_1.gguf");
}

void find_vocabulary(benchmark::State& state) {
    const auto path = benchmarks::model("smollm2-135m/SmolLM2-135M-Instruct.Q4_1.gguf");
    if (!benchmarks::is_here(state, path, "smollm2-135m")) return;
    const auto file = weights::Gguf::open(*path);
    for (auto _ : state) benchmark::DoNotOptimize(file.find_strings("tokenizer.ggml.tokens"));
}

void weight_types(benchmark::internal::Benchmark* benchmark) {
    using enum ElementType;
    for (const auto type :
         {f32, f16, bf16, q4_0, q4_1, q5_0, q5_1, q8_0, q2_k, q3_k, q4_k, q5_k, q6_k, iq4_nl, iq4_xs}) {
        benchmark->Arg(static_cast<int>(type));
    }
}

BENCHMARK(dequantize)->Name("weights/dequantize")->Apply(weight_types);
BENCHMARK(check_finite)->Name("weights/check_finite")->Apply(weight_types);
BENCHMARK(open_safetensors)->Name("weights/open/safetensors")->Unit(benchmark::kMicrosecond);
BENCHMARK(open_gguf)->Name("weights/open/gguf")->Unit(benchmark::kMicrosecond);
BENCHMARK(find_vocabulary)->Name("weights/find_strings")->Unit(benchmark::kMicrosecond);

} // namespace
