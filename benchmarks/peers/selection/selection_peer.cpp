// One side of the comparison: reads the rows that selection.py wrote, does one job `repeats` times, and prints a JSON
// line a repeat: seconds, and what shows that both sides did the same.
#include <familiar/core/thread_pool.hpp>
#include <familiar/data/text_file.hpp>
#include <familiar/kernels/dispatched.hpp>
#include <familiar/retrieval/average_linkage.hpp>
#include <familiar/retrieval/bm25_index.hpp>
#include <familiar/retrieval/k_means.hpp>
#include <familiar/retrieval/vector_index.hpp>

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

namespace {

using namespace familiar;
using Rows = tensor::MatrixView<const float>;

std::vector<float> floats(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(file), {});
    std::vector<float> values(bytes.size() / sizeof(float));
    std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
    return values;
}

/// One document a line, words between spaces.
std::vector<std::vector<std::string>> documents(const std::string& path) {
    std::vector<std::vector<std::string>> out;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        auto& words = out.emplace_back();
        for (std::size_t at = 0; at < line.size();) {
            const std::size_t end = std::min(line.find(' ', at), line.size());
            if (end > at) words.push_back(line.substr(at, end - at));
            at = end + 1;
        }
    }
    return out;
}

template <class Work> void measure(int repeats, const Work& work) {
    for (int i = 0; i < repeats; ++i) {
        const auto start = std::chrono::steady_clock::now();
        nlohmann::json result = work(i);
        result["seconds"] = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        std::cout << result.dump() << std::endl;
    }
}

} // namespace

// JOB FOLDER DIMENSION NUMBER THREADS REPEATS; NUMBER is k of search, clusters of kmeans.
int main(int count, char** arguments) {
    if (count != 7) {
        std::cerr << "selection_peer search|kmeans|linkage|bm25 FOLDER DIMENSION NUMBER THREADS REPEATS\n";
        return 2;
    }
    const std::string job = arguments[1], folder = arguments[2];
    const std::size_t dimension = std::stoul(arguments[3]), number = std::stoul(arguments[4]);
    ThreadPool pool(std::stoul(arguments[5]));
    const int repeats = std::stoi(arguments[6]);
    const kernels::Dispatched kernels;
    if (job == "bm25") {
        const auto pool_of_words = documents(folder + "/documents.txt"), queries = documents(folder + "/queries.txt");
        const retrieval::Bm25Index<float> index(pool_of_words);
        measure(repeats, [&](int) {
            std::vector<double> best(queries.size());
            pool.run(queries.size(), [&](std::size_t q, std::size_t) {
                best[q] = static_cast<double>(index.search(queries[q], number).front().score);
            });
            double sum = 0.0;
            for (const double score : best) sum += score;
            return nlohmann::json{{"sum_of_best", sum}};
        });
        return 0;
    }
    const auto values = floats(folder + "/rows.f32");
    const Rows rows(values.data(), values.size() / dimension, dimension);
    if (job == "search") {
        const auto asked = floats(folder + "/queries.f32");
        const retrieval::VectorIndex<kernels::Dispatched> index(rows, &pool, kernels);
        measure(repeats, [&](int) {
            const auto found = index.search({asked.data(), asked.size() / dimension, dimension}, number);
            std::size_t sum = 0;
            for (const auto& neighbours : found) {
                for (const auto& neighbour : neighbours) sum += neighbour.index;
            }
            return nlohmann::json{{"sum_of_indices", sum}};
        });
    } else if (job == "kmeans") {
        measure(repeats, [&](int i) {
            const auto found =
                retrieval::k_means(rows, number, static_cast<std::uint64_t>(i), {300, 1e-4}, &pool, kernels);
            return nlohmann::json{{"inertia", found.inertia}, {"iterations", found.iterations}};
        });
    } else {
        measure(repeats, [&](int) {
            const auto tree = retrieval::average_linkage(rows, &pool, kernels);
            return nlohmann::json{{"last_height", tree.merges.back().height}};
        });
    }
    return 0;
}
