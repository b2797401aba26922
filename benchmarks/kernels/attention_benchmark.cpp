#include "support/inputs.hpp"
#include "support/report.hpp"

/// One head. Encoders: n queries against n keys, rows of Q, K and V side by side. Decoders: a few queries (several
/// heads that share their keys, or a few sequences) against a long cache. FLOP = 4 · queries · keys · head; a causal
/// task's upper half is not counted.
namespace familiar::benchmarks {
namespace {

struct Shape {
    std::size_t queries, keys, head;
    bool causal;
};

void attend(benchmark::State& state, kernels::Dispatched backend, Shape s) {
    const std::size_t stride = 3 * 384;
    const auto queries = random_floats(s.queries * stride, 1), memory = random_floats(s.keys * stride, 2);
    tensor::AlignedBuffer<float> out(s.queries * s.head), scratch(backend.attention_scratch(s.queries, s.keys, s.head));
    kernels::AttentionTask task;
    task.queries = {queries.data(), s.queries, s.head, stride};
    task.own = {memory.data() + 384, memory.data() + 768, s.keys, stride};
    task.causal = s.causal;
    task.own_offset = s.keys - s.queries;
    task.scale = 0.125F;
    task.out = {out.data(), s.queries, s.head};
    for (auto _ : state) {
        backend.attention(task, scratch.data());
        benchmark::ClobberMemory();
    }
    double pairs = static_cast<double>(s.queries * s.keys);
    if (s.causal) pairs -= static_cast<double>(s.queries * (s.queries - 1) / 2);
    report_flops(state, backend.isa(), 4.0 * pairs * static_cast<double>(s.head));
}

const bool kRegistered = [] {
    for_each_backend([](kernels::Dispatched backend) {
        std::vector<Shape> shapes;
        for (const std::size_t head : {32, 64}) {
            for (const std::size_t n : {16, 25, 128, 512}) shapes.push_back({n, n, head, false});
        }
        shapes.push_back({512, 512, 64, true});
        for (const std::size_t queries : {1, 3, 8}) shapes.push_back({queries, 1000, 64, true});
        for (const Shape& shape : shapes) {
            benchmark::RegisterBenchmark(name_of("kernels/attention", backend.name(),
                                                 {{"queries", std::to_string(shape.queries)},
                                                  {"keys", std::to_string(shape.keys)},
                                                  {"head", std::to_string(shape.head)},
                                                  {"causal", std::to_string(int{shape.causal})}})
                                             .c_str(),
                                         [=](benchmark::State& state) { attend(state, backend, shape); });
        }
    });
    return true;
}();

} // namespace
} // namespace familiar::benchmarks
