#include "support/report.hpp"

#include <familiar/core/random.hpp>
#include <familiar/core/thread_pool.hpp>
#include <familiar/data/jsonl.hpp>
#include <familiar/encoder/encoder_model.hpp>
#include <familiar/encoder/sentence_encoder.hpp>
#include <familiar/encoder/text_batcher.hpp>
#include <familiar/encoder/transformer.hpp>

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

/// Forward passes of the MiniLM encoder, of one and of all threads, for every instruction set. Needs the model
/// (FAMILIAR_MODELS, else models beside the project); the ragged batch needs sst2 (FAMILIAR_DATA). Without them nothing
/// is registered. A FLOP is one of a product or of attention; norms, GELU and softmax count nothing.
namespace {

using namespace familiar;

std::filesystem::path place(const char* variable, const char* otherwise) {
    const char* const value = std::getenv(variable);
    return value != nullptr ? std::filesystem::path(value)
                            : std::filesystem::path(FAMILIAR_SOURCE_DIR) / ".." / otherwise;
}

std::shared_ptr<const encoder::EncoderModel> load_model() {
    const auto folder = place("FAMILIAR_MODELS", "models") / "minilm";
    if (!std::filesystem::exists(folder / "config.json")) return nullptr;
    ThreadPool pool;
    return encoder::EncoderModel::load(folder, pool);
}

encoder::RaggedBatch equal_rows(std::size_t rows, std::size_t length, std::size_t vocabulary) {
    Random random(rows * 1000 + length, "benchmark");
    encoder::RaggedBatch batch;
    std::vector<std::int32_t> ids(length);
    const std::vector<std::uint8_t> types(length, 0);
    for (std::size_t i = 0; i < rows; ++i) {
        for (auto& id : ids) id = static_cast<std::int32_t>(random.below(vocabulary));
        batch.add(ids, types);
    }
    return batch;
}

std::vector<Example> sst2_texts(std::size_t rows) {
    const auto file = place("FAMILIAR_DATA", "shared/data") / "sst2" / "test.jsonl";
    std::vector<Example> examples;
    if (!std::filesystem::exists(file)) return examples;
    for (const auto& row : data::read_jsonl(file)) {
        Example example;
        example.text = row.value["text"].get<std::string>();
        examples.push_back(std::move(example));
        if (examples.size() == rows) break;
    }
    return examples;
}

double flop(const encoder::EncoderConfig& config, const encoder::RaggedBatch& batch) {
    const auto hidden = static_cast<double>(config.hidden), inner = static_cast<double>(config.inner);
    double sum = 0.0;
    for (std::size_t i = 0; i < batch.sequences(); ++i) {
        const auto n = static_cast<double>(batch.length(i));
        sum += 2.0 * n * (4.0 * hidden * hidden + 2.0 * hidden * inner) + 4.0 * n * n * hidden;
    }
    return sum * static_cast<double>(config.layers);
}

void measure(benchmark::State& state, const encoder::EncoderModel& model, const encoder::RaggedBatch& batch,
             kernels::Dispatched kernels, std::size_t threads) {
    ThreadPool pool(threads);
    encoder::Transformer transformer(model.config(), model.weights(), pool, kernels);
    transformer.forward(batch);
    for (auto _ : state) benchmark::DoNotOptimize(transformer.forward(batch).data);
    benchmarks::report_flops(state, kernels.isa(), flop(model.config(), batch), threads);
    state.counters["tokens/s"] =
        benchmark::Counter(static_cast<double>(batch.tokens()), benchmark::Counter::kIsIterationInvariantRate);
}

void register_batch(const std::shared_ptr<const encoder::EncoderModel>& model, const std::string& name,
                    const encoder::RaggedBatch& batch) {
    std::vector<std::size_t> counts{1};
    if (ThreadPool::available_threads() > 1) counts.push_back(ThreadPool::available_threads());
    benchmarks::for_each_backend([&](kernels::Dispatched kernels) {
        if (kernels.isa() == kernels::Isa::reference && batch.tokens() > 16) return; // seconds a pass
        for (const std::size_t threads : counts) {
            benchmark::RegisterBenchmark(benchmarks::name_of("encoder/forward", kernels.name(),
                                                             {{"batch", name}, {"threads", std::to_string(threads)}})
                                             .c_str(),
                                         [model, batch, kernels, threads](benchmark::State& state) {
                                             measure(state, *model, batch, kernels, threads);
                                         })
                ->Unit(benchmark::kMillisecond)
                ->UseRealTime();
        }
    });
}

void register_embed(const std::shared_ptr<const encoder::EncoderModel>& model, const std::vector<Example>& texts) {
    for (const std::size_t threads : {std::size_t{1}, ThreadPool::available_threads()}) {
        benchmark::RegisterBenchmark(
            benchmarks::name_of("encoder/embed", "",
                                {{"rows", std::to_string(texts.size())}, {"threads", std::to_string(threads)}})
                .c_str(),
            [model, texts, threads](benchmark::State& state) {
                ThreadPool pool(threads);
                encoder::SentenceEncoder<kernels::Dispatched> sentences(model, {}, pool);
                std::vector<float> out(texts.size() * sentences.dimension());
                for (auto _ : state) sentences.embed(texts, {out.data(), texts.size(), sentences.dimension()});
                state.counters["rows/s"] = benchmark::Counter(static_cast<double>(texts.size()),
                                                              benchmark::Counter::kIsIterationInvariantRate);
            })
            ->Unit(benchmark::kMillisecond)
            ->UseRealTime();
    }
}

const bool registered = [] {
    const auto model = load_model();
    if (!model) return false;
    for (const auto& [rows, length] : {std::pair<std::size_t, std::size_t>{1, 16}, {1, 128}, {8, 128}, {32, 128}}) {
        register_batch(model, std::to_string(rows) + "x" + std::to_string(length),
                       equal_rows(rows, length, model->config().vocabulary));
    }
    const auto texts = sst2_texts(32);
    if (texts.empty()) return true;
    ThreadPool pool(1);
    encoder::TextBatcher batcher(*model, pool, model->default_max_length(), 0);
    batcher.for_each_batch(
        texts, [&](const encoder::RaggedBatch& batch, std::size_t) { register_batch(model, "sst2_32_rows", batch); });
    register_embed(model, sst2_texts(512));
    benchmark::RegisterBenchmark("encoder/load",
                                 [](benchmark::State& state) {
                                     for (auto _ : state) benchmark::DoNotOptimize(load_model().get());
                                 })
        ->Unit(benchmark::kMillisecond)
        ->UseRealTime();
    return true;
}();

} // namespace
