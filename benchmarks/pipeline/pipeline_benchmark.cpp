#include "support/report.hpp"
#include "support/resources.hpp"
#include "support/sample_task.hpp"

#include <familiar/demonstration/balanced_selector.hpp>
#include <familiar/demonstration/nearest_selector.hpp>
#include <familiar/encoder/sentence_encoder.hpp>
#include <familiar/pipeline/compose.hpp>
#include <familiar/pipeline/runner.hpp>
#include <familiar/plugin/linear_probe.hpp>
#include <familiar/transport/embedded_transport.hpp>
#include <familiar/transport/scripted.hpp>

#include <benchmark/benchmark.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// SuperICL from texts to answers on the customer-support task of this repository (data/support: 400 train rows, 12
/// labels, 8 demonstrations). With a scripted LLM, which answers at once, what is left is the library's own work; a
/// run with SmolLM2 shows the whole. `prepare` (fitting, embedding the pool) is measured apart.
namespace familiar::benchmarks {
namespace {

using Sentences = encoder::SentenceEncoder<kernels::Dispatched>;
using Probe = plugin::LinearProbe<Sentences>;
using Nearest = demonstration::NearestSelector<Sentences, kernels::Dispatched>;
using demonstration::BalancedSelector;
using transport::Scripted;

/// A plug-in that costs nothing.
class FixedPlugin {
  public:
    void prepare(const Task&, std::span<const Example>) const noexcept {}
    [[nodiscard]] std::vector<Prediction> predict(std::span<const Example> examples) const {
        return std::vector<Prediction>(examples.size(), Prediction{0, 0.9, {}});
    }
    [[nodiscard]] std::string identity() const { return "fixed"; }
};

const std::optional<std::filesystem::path>& minilm() {
    static const auto folder = model("minilm");
    return folder;
}

Sentences load_sentences(ThreadPool& pool) {
    static const auto loaded = encoder::EncoderModel::load(*minilm(), pool);
    return Sentences(loaded, {}, pool);
}

/// Always the first label; a fresh one for every run, since it remembers what it was asked.
Scripted scripted() {
    return Scripted([](const transport::LlmRequest&) { return Scripted::reply(sample_task().task.labels.front()); });
}

/// @param renew is called before every run
template <class Pipeline, class Renew>
void measure(benchmark::State& state, Pipeline& pipeline, std::size_t rows, Renew&& renew) {
    const auto examples = std::span(sample_task().test).first(rows);
    pipeline.prepare(sample_task().task, sample_task().train);
    for (auto _ : state) {
        renew();
        const auto result = pipeline::run(pipeline, examples);
        if (!result.complete() || result.failed() != 0) {
            state.SkipWithError("a row failed");
            return;
        }
    }
    report_rate(state, "examples", static_cast<double>(rows));
}

void overhead(benchmark::State& state) {
    auto pipeline = compose(FixedPlugin(), BalancedSelector(), scripted());
    measure(state, pipeline, sample_task().test.size(), [&] { pipeline.transport() = scripted(); });
}

void with_minilm(benchmark::State& state, std::size_t threads) {
    if (!is_here(state, minilm(), "minilm")) return;
    ThreadPool pool(threads);
    auto sentences = load_sentences(pool);
    auto pipeline = compose(Probe({}, sentences, pool), Nearest({}, sentences), scripted());
    measure(state, pipeline, sample_task().test.size(), [&] { pipeline.transport() = scripted(); });
}

void with_smollm2(benchmark::State& state, std::size_t threads) {
    constexpr std::size_t kRows = 16;
    const auto file = model("smollm2-135m");
    if (!is_here(state, minilm(), "minilm") || !is_here(state, file, "smollm2-135m")) return;
    ThreadPool pool(threads);
    transport::EmbeddedTransport llm(transport::EmbeddedTransport::Parameters(file->string()), pool);
    auto pipeline = compose(Probe({}, load_sentences(pool), pool), BalancedSelector(), std::move(llm));
    measure(state, pipeline, kRows, [&] { pipeline.transport().model().prefixes().cache().clear(); });
}

void prepare(benchmark::State& state, std::size_t threads) {
    if (!is_here(state, minilm(), "minilm")) return;
    ThreadPool pool(threads);
    Probe probe({}, load_sentences(pool), pool);
    for (auto _ : state) probe.prepare(sample_task().task, sample_task().train);
    report_rate(state, "examples", static_cast<double>(sample_task().train.size()));
}

using Part = std::pair<std::string_view, std::string>;

void add(std::string_view operation, std::vector<Part> parts, void (*run)(benchmark::State&, std::size_t)) {
    for (const std::size_t threads : thread_counts()) {
        auto shape = parts;
        shape.emplace_back("threads", std::to_string(threads));
        benchmark::RegisterBenchmark(name_of(operation, kernels::Dispatched().name(), shape).c_str(),
                                     [=](benchmark::State& state) { run(state, threads); })
            ->Unit(benchmark::kMillisecond)
            ->UseRealTime();
    }
}

const bool kRegistered = [] {
    benchmark::RegisterBenchmark("pipeline/supericl/plugin:fixed/select:balanced/llm:scripted/rows:200", overhead)
        ->Unit(benchmark::kMillisecond)
        ->UseRealTime();
    add("pipeline/supericl", {{"plugin", "linear_minilm"}, {"select", "nearest"}, {"llm", "scripted"}, {"rows", "200"}},
        with_minilm);
    add("pipeline/supericl", {{"plugin", "linear_minilm"}, {"select", "balanced"}, {"llm", "smollm2"}, {"rows", "16"}},
        with_smollm2);
    add("pipeline/prepare", {{"plugin", "linear_minilm"}, {"rows", "400"}}, prepare);
    return true;
}();

} // namespace
} // namespace familiar::benchmarks
