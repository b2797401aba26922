#include "decoder/decoder_work.hpp"
#include "support/report.hpp"
#include "support/resources.hpp"

#include <familiar/core/random.hpp>
#include <familiar/decoder/causal_model.hpp>
#include <familiar/decoder/model_files.hpp>
#include <familiar/decoder/prefix_keeper.hpp>

#include <benchmark/benchmark.h>

#include <map>
#include <memory>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

/// SmolLM2-135M: prefill (a prompt through the layers, and what follows its last token) and decode (one token more
/// after a context, again and again at the same place). Bytes are those of the stored weights, once a pass.
namespace familiar::benchmarks {
namespace {

using Model = decoder::CausalModel<kernels::Dispatched>;

struct Loaded {
    ThreadPool pool;
    Model model;

    Loaded(const decoder::ModelFiles& files, kernels::Dispatched kernels, std::size_t threads,
           decoder::Activations activations)
        : pool(threads), model(make(files, pool, kernels, activations)) {}

    static Model make(const decoder::ModelFiles& files, ThreadPool& pool, kernels::Dispatched kernels,
                      decoder::Activations activations) {
        auto [shape, weights] = files.read();
        return {std::move(shape), std::move(weights), files.path().string(), pool, kernels, activations};
    }
};

/// Loaded once for each instruction set, number of threads and kind of activations; null where the file is not there.
Loaded* smollm2(kernels::Dispatched kernels, std::size_t threads, decoder::Activations activations) {
    static const auto folder = model("smollm2-135m");
    if (!folder) return nullptr;
    static const auto files = decoder::ModelFiles::open(*folder);
    static std::map<std::tuple<kernels::Isa, std::size_t, decoder::Activations>, std::unique_ptr<Loaded>> known;
    auto& place = known[{kernels.isa(), threads, activations}];
    if (!place) place = std::make_unique<Loaded>(files, kernels, threads, activations);
    return place.get();
}

std::vector<std::int32_t> random_tokens(std::size_t count, std::size_t vocabulary) {
    Random random(count, "benchmark");
    std::vector<std::int32_t> tokens(count);
    for (auto& token : tokens) token = static_cast<std::int32_t>(random.below(vocabulary));
    return tokens;
}

void prefill(benchmark::State& state, kernels::Dispatched kernels, std::size_t threads,
             decoder::Activations activations, std::size_t count) {
    Loaded* const loaded = smollm2(kernels, threads, activations);
    if (!is_here(state, loaded, "smollm2-135m")) return;
    const auto& shape = loaded->model.shape();
    const auto tokens = random_tokens(count, shape.vocabulary);
    decoder::KeyValueStore store(shape, count);
    std::vector<float> logits(shape.vocabulary);
    for (auto _ : state) {
        store.shorten(0);
        const std::size_t last = decoder::run_in_passes(loaded->model, tokens, 0, {}, store) - 1;
        loaded->model.logits(std::span(&last, 1), {logits.data(), 1, logits.size()});
    }
    const auto n = static_cast<double>(count);
    const auto passes = static_cast<double>((count + Model::kMostRows - 1) / Model::kMostRows);
    report_work(state, kernels.isa(), decoder_flop(shape, n, keys_seen(0.0, n), 1.0),
                stored_bytes(loaded->model.weights()) * passes, threads);
    report_rate(state, "tokens", n);
}

void decode(benchmark::State& state, kernels::Dispatched kernels, std::size_t threads, decoder::Activations activations,
            std::size_t context) {
    Loaded* const loaded = smollm2(kernels, threads, activations);
    if (!is_here(state, loaded, "smollm2-135m")) return;
    const auto& shape = loaded->model.shape();
    const auto tokens = random_tokens(context + 1, shape.vocabulary);
    decoder::KeyValueStore store(shape, context);
    decoder::run_in_passes(loaded->model, std::span(tokens).first(context), 0, {}, store);
    const decoder::KeyValueView view{&store, context};
    decoder::Segment segment; // without a store of its own: forgotten, so that every iteration is the same
    segment.tokens = std::span(tokens).last(1);
    segment.position = context;
    segment.visible = std::span(&view, 1);
    std::vector<float> logits(shape.vocabulary);
    for (auto _ : state) {
        const std::size_t last = 0;
        loaded->model.run(std::span<const decoder::Segment>(&segment, 1));
        loaded->model.logits(std::span(&last, 1), {logits.data(), 1, logits.size()});
    }
    const auto n = static_cast<double>(context);
    report_work(state, kernels.isa(), decoder_flop(shape, 1.0, keys_seen(n, 1.0), 1.0),
                stored_bytes(loaded->model.weights()) +
                    static_cast<double>(shape.layers * shape.key_value_size() * 2 * sizeof(float)) * n,
                threads);
    report_rate(state, "tokens", 1.0);
}

using Measure = void (*)(benchmark::State&, kernels::Dispatched, std::size_t, decoder::Activations, std::size_t);

void add(const char* operation, const char* size_name, std::size_t size, kernels::Dispatched kernels,
         std::size_t threads, Measure measure) {
    for (const auto activations : {decoder::Activations::f32, decoder::Activations::int8}) {
        benchmark::RegisterBenchmark(
            name_of(operation, kernels.name(),
                    {{"model", "smollm2"},
                     {"activations", std::string(to_string(activations))},
                     {size_name, std::to_string(size)},
                     {"threads", std::to_string(threads)}})
                .c_str(),
            [=](benchmark::State& state) { measure(state, kernels, threads, activations, size); })
            ->Unit(benchmark::kMillisecond)
            ->UseRealTime();
    }
}

const bool kRegistered = [] {
    const auto chosen = kernels::isa_from_environment();
    for_each_backend([&](kernels::Dispatched kernels) {
        if (kernels.isa() == kernels::Isa::reference) return; // a minute a pass
        for (const std::size_t threads : thread_counts()) {
            for (const std::size_t tokens : {16, 128, 512, 1024}) { // other sets than the default: one size each
                if (kernels.isa() != chosen && (tokens != 128 || threads != 1)) continue;
                add("decoder/prefill", "tokens", tokens, kernels, threads, prefill);
            }
            for (const std::size_t context : {16, 512, 1500}) {
                if (kernels.isa() != chosen && (context != 16 || threads != 1)) continue;
                add("decoder/decode", "context", context, kernels, threads, decode);
            }
        }
    });
    return true;
}();

} // namespace
} // namespace familiar::benchmarks
