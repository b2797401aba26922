#include "support/report.hpp"
#include "support/resources.hpp"

#include <familiar/core/random.hpp>
#include <familiar/core/thread_pool.hpp>
#include <familiar/data/example_rows.hpp>
#include <familiar/encoder/encoder_model.hpp>
#include <familiar/encoder/sentence_encoder.hpp>
#include <familiar/encoder/text_batcher.hpp>
#include <familiar/encoder/transformer.hpp>

#include <benchmark/benchmark.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

/// Forward passes of the MiniLM encoder, of one and of all threads, for every instruction set. A FLOP is one of a
/// product or of attention; norms, GELU and softmax count nothing. Bytes are those of the layers' weights, once a pass.
namespace familiar::benchmarks {
namespace {

std::shared_ptr<const encoder::EncoderModel> load_model() {
    const auto folder = model("minilm");
    if (!folder) return nullptr;
    ThreadPool pool;
    return encoder::EncoderModel::load(*folder, pool);
}

const std::shared_ptr<const encoder::EncoderModel>& minilm() {
    static const auto loaded = load_model();
    return loaded;
}

/// The first rows of sst2's test split; none where it is not there.
std::vector<Example> sst2_texts(std::size_t rows) {
    const auto file = dataset("sst2/test.jsonl");
    if (!file) return {};
    auto examples = data::plain_examples(data::read_jsonl(*file), *file);
    if (examples.size() > rows) examples.resize(rows);
    return examples;
}

/// `rows` equal rows of random tokens, or, where `length` is 0, real sentences.
struct Shape {
    std::size_t rows, length;
};

std::string name_of_batch(Shape shape) {
    if (shape.length == 0) return "sst2_" + std::to_string(shape.rows) + "_rows";
    return std::to_string(shape.rows) + "x" + std::to_string(shape.length);
}

encoder::RaggedBatch make_batch(Shape shape) {
    encoder::RaggedBatch batch;
    if (shape.length == 0) {
        ThreadPool pool(1);
        encoder::TextBatcher batcher(*minilm(), pool, minilm()->default_max_length(), 0);
        const auto texts = sst2_texts(shape.rows);
        batcher.for_each_batch(texts, [&](const encoder::RaggedBatch& all, std::size_t) { batch = all; });
        return batch;
    }
    Random random(shape.rows * 1000 + shape.length, "benchmark");
    std::vector<std::int32_t> ids(shape.length);
    const std::vector<std::uint8_t> types(shape.length, 0);
    for (std::size_t i = 0; i < shape.rows; ++i) {
        for (auto& id : ids) id = static_cast<std::int32_t>(random.below(minilm()->config().vocabulary));
        batch.add(ids, types);
    }
    return batch;
}

double weights_of_a_layer(const encoder::EncoderConfig& config) {
    const auto hidden = static_cast<double>(config.hidden), inner = static_cast<double>(config.inner);
    return 4.0 * hidden * hidden + 2.0 * hidden * inner;
}

double flop(const encoder::EncoderConfig& config, const encoder::RaggedBatch& batch) {
    double sum = 0.0;
    for (std::size_t i = 0; i < batch.sequences(); ++i) {
        const auto n = static_cast<double>(batch.length(i));
        sum += 2.0 * n * weights_of_a_layer(config) + 4.0 * n * n * static_cast<double>(config.hidden);
    }
    return sum * static_cast<double>(config.layers);
}

void forward(benchmark::State& state, Shape shape, kernels::Dispatched kernels, std::size_t threads) {
    if (!is_here(state, minilm(), "minilm")) return;
    const auto batch = make_batch(shape);
    if (!is_here(state, batch.tokens() != 0, "sst2")) return;
    const auto& config = minilm()->config();
    ThreadPool pool(threads);
    encoder::Transformer transformer(config, minilm()->weights(), pool, kernels);
    transformer.forward(batch);
    for (auto _ : state) benchmark::DoNotOptimize(transformer.forward(batch).data);
    report_work(state, kernels.isa(), flop(config, batch),
                weights_of_a_layer(config) * static_cast<double>(config.layers * sizeof(float)), threads);
    report_rate(state, "tokens", static_cast<double>(batch.tokens()));
}

/// Texts to vectors, tokeniser included.
void embed(benchmark::State& state, std::size_t rows, std::size_t threads) {
    if (!is_here(state, minilm(), "minilm")) return;
    const auto texts = sst2_texts(rows);
    if (!is_here(state, !texts.empty(), "sst2")) return;
    ThreadPool pool(threads);
    encoder::SentenceEncoder<kernels::Dispatched> sentences(minilm(), {}, pool);
    std::vector<float> out(texts.size() * sentences.dimension());
    for (auto _ : state) sentences.embed(texts, {out.data(), texts.size(), sentences.dimension()});
    report_rate(state, "rows", static_cast<double>(texts.size()));
}

void load(benchmark::State& state) {
    if (!is_here(state, minilm(), "minilm")) return;
    for (auto _ : state) benchmark::DoNotOptimize(load_model().get());
}

const bool kRegistered = [] {
    for (const Shape shape : {Shape{1, 16}, {1, 128}, {8, 128}, {32, 128}, {32, 0}}) {
        for_each_backend([&](kernels::Dispatched kernels) {
            if (kernels.isa() == kernels::Isa::reference && shape.rows * shape.length != 16) return; // seconds a pass
            for (const std::size_t threads : thread_counts()) {
                benchmark::RegisterBenchmark(
                    name_of("encoder/forward", kernels.name(),
                            {{"batch", name_of_batch(shape)}, {"threads", std::to_string(threads)}})
                        .c_str(),
                    [=](benchmark::State& state) { forward(state, shape, kernels, threads); })
                    ->Unit(benchmark::kMillisecond)
                    ->UseRealTime();
            }
        });
    }
    for (const std::size_t threads : thread_counts()) {
        benchmark::RegisterBenchmark(
            name_of("encoder/embed", "", {{"rows", "512"}, {"threads", std::to_string(threads)}}).c_str(),
            [=](benchmark::State& state) { embed(state, 512, threads); })
            ->Unit(benchmark::kMillisecond)
            ->UseRealTime();
    }
    benchmark::RegisterBenchmark("encoder/load", load)->Unit(benchmark::kMillisecond)->UseRealTime();
    return true;
}();

} // namespace
} // namespace familiar::benchmarks
