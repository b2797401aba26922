#include "support/inputs.hpp"
#include "support/report.hpp"

#include <familiar/retrieval/average_linkage.hpp>
#include <familiar/retrieval/bm25_index.hpp>
#include <familiar/retrieval/graph_index.hpp>
#include <familiar/retrieval/k_means.hpp>
#include <familiar/retrieval/unit_rows.hpp>
#include <familiar/retrieval/vector_index.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <vector>

/// Exact search, clustering and BM25 at the sizes of a large pool. benchmarks/peers/selection measures the same beside
/// faiss, scikit-learn and bm25s.
namespace familiar::benchmarks {
namespace {

constexpr std::size_t kColumns = 384;

/// Rows of length 1 around a few hundred directions, as embeddings of texts are.
tensor::AlignedBuffer<float> embeddings(std::size_t rows, std::uint64_t seed) {
    constexpr std::size_t kTopics = 300;
    const auto topics = random_floats(kTopics * kColumns, 99);
    auto values = random_floats(rows * kColumns, seed, 1.2);
    Random random(seed, "topics");
    for (std::size_t i = 0; i < rows; ++i) {
        const float* const topic = topics.data() + random.below(kTopics) * kColumns;
        for (std::size_t k = 0; k < kColumns; ++k) values[i * kColumns + k] += topic[k];
    }
    retrieval::normalise_rows({values.data(), rows, kColumns});
    return values;
}

void search(benchmark::State& state, std::size_t rows, std::size_t queries, std::size_t threads) {
    const auto values = embeddings(rows, 1), asked = embeddings(queries, 2);
    ThreadPool pool(threads);
    const kernels::Dispatched kernels;
    const retrieval::VectorIndex<kernels::Dispatched> index({values.data(), rows, kColumns}, &pool, kernels);
    for (auto _ : state) benchmark::DoNotOptimize(index.search({asked.data(), queries, kColumns}, 16));
    const auto floats = static_cast<double>(rows * kColumns);
    report_work(state, kernels.isa(), 2.0 * floats * static_cast<double>(queries), sizeof(float) * floats, threads);
    report_rate(state, "queries", static_cast<double>(queries));
}

/// How many of the 16 nearest a graph finds (`recall`), and how long it takes to make (`build_s`).
void search_graph(benchmark::State& state, std::size_t rows, std::size_t queries, std::size_t effort) {
    const auto values = embeddings(rows, 1), asked = embeddings(queries, 2);
    const tensor::MatrixView<const float> pool(values.data(), rows, kColumns), sought(asked.data(), queries, kColumns);
    const auto begin = std::chrono::steady_clock::now();
    retrieval::GraphIndex graph(pool, {16, effort, effort}, 0);
    const std::chrono::duration<double> build = std::chrono::steady_clock::now() - begin;
    std::vector<std::vector<retrieval::Neighbour>> found;
    for (auto _ : state) found = graph.search(sought, 16);
    const auto exact = retrieval::VectorIndex<kernels::Dispatched>(pool).search(sought, 16);
    double same = 0;
    for (std::size_t q = 0; q < queries; ++q) {
        for (const auto& neighbour : found[q]) {
            same += static_cast<double>(std::ranges::count(exact[q], neighbour.index, &retrieval::Neighbour::index));
        }
    }
    report_rate(state, "queries", static_cast<double>(queries));
    state.counters["recall"] = same / static_cast<double>(16 * queries);
    state.counters["build_s"] = build.count();
}

void cluster(benchmark::State& state, std::size_t rows, std::size_t clusters, std::size_t threads) {
    const auto values = embeddings(rows, 3);
    ThreadPool pool(threads);
    double inertia = 0.0, iterations = 0.0;
    for (auto _ : state) {
        const auto found =
            retrieval::k_means({values.data(), rows, kColumns}, clusters, 0, {300, 1e-4}, &pool, kernels::Dispatched());
        inertia = found.inertia;
        iterations = static_cast<double>(found.iterations);
    }
    state.counters["inertia"] = inertia;
    state.counters["iterations"] = iterations;
}

void link(benchmark::State& state, std::size_t rows, std::size_t threads) {
    const auto values = embeddings(rows, 4);
    ThreadPool pool(threads);
    for (auto _ : state) {
        benchmark::DoNotOptimize(
            retrieval::average_linkage({values.data(), rows, kColumns}, &pool, kernels::Dispatched()));
    }
}

/// Words by Zipf's law.
std::vector<std::vector<std::string>> documents(std::size_t count, std::size_t words, std::uint64_t seed) {
    constexpr double kVocabulary = 50'000;
    Random random(seed, "documents");
    std::vector<std::vector<std::string>> out(count);
    for (auto& document : out) {
        for (std::size_t w = 0; w < words; ++w) {
            document.push_back(std::to_string(static_cast<std::size_t>(std::pow(kVocabulary, random.uniform()))));
        }
    }
    return out;
}

void find_words(benchmark::State& state, std::size_t rows) {
    const auto pool = documents(rows, 20, 5), queries = documents(256, 12, 6);
    const retrieval::Bm25Index<float> index(pool);
    for (auto _ : state) {
        for (const auto& query : queries) benchmark::DoNotOptimize(index.search(query, 16));
    }
    report_rate(state, "queries", static_cast<double>(queries.size()));
}

template <class Body> void add(std::string name, const Body& body) {
    benchmark::RegisterBenchmark(name.c_str(), body)->Unit(benchmark::kMillisecond)->UseRealTime();
}

const bool kRegistered = [] {
    for (const std::size_t threads : thread_counts()) {
        const std::string t = std::to_string(threads);
        for (const std::size_t queries : {1, 16, 256, 4096}) {
            add(name_of(
                    "retrieval/search", "",
                    {{"rows", "100000"}, {"dimension", "384"}, {"queries", std::to_string(queries)}, {"threads", t}}),
                [=](benchmark::State& state) { search(state, 100'000, queries, threads); });
        }
        for (const std::size_t clusters : {8, 64, 256}) {
            add(name_of(
                    "retrieval/k_means", "",
                    {{"rows", "100000"}, {"dimension", "384"}, {"clusters", std::to_string(clusters)}, {"threads", t}}),
                [=](benchmark::State& state) { cluster(state, 100'000, clusters, threads); });
        }
        add(name_of("retrieval/average_linkage", "", {{"rows", "5000"}, {"dimension", "384"}, {"threads", t}}),
            [=](benchmark::State& state) { link(state, 5000, threads); });
    }
    for (const std::size_t effort : {100, 200}) {
        add(name_of("retrieval/search_graph", "",
                    {{"rows", "20000"}, {"dimension", "384"}, {"queries", "256"}, {"effort", std::to_string(effort)}}),
            [=](benchmark::State& state) { search_graph(state, 20'000, 256, effort); });
    }
    add(name_of("retrieval/bm25", "", {{"documents", "100000"}, {"words", "20"}, {"queries", "256"}, {"threads", "1"}}),
        [](benchmark::State& state) { find_words(state, 100'000); });
    return true;
}();

} // namespace
} // namespace familiar::benchmarks
