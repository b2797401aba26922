#pragma once

#include <familiar/kernels/kernel_backend.hpp>
#include <familiar/retrieval/vector_index.hpp>
#include <familiar/tensor/views.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace familiar::retrieval {

/// For each row its nearest other rows, the lower index first among equals.
using NeighbourGraph = std::vector<std::vector<std::uint32_t>>;

/// @param index holds `rows`, which have length 1
/// O(rows² · dimension).
template <kernels::KernelBackend Kernels>
[[nodiscard]] NeighbourGraph neighbour_graph(const VectorIndex<Kernels>& index, tensor::MatrixView<const float> rows,
                                             std::size_t neighbours) {
    NeighbourGraph graph(rows.rows);
    const auto found = index.search(rows, neighbours + 1); // the row itself may be among them
    for (std::size_t i = 0; i < rows.rows; ++i) {
        for (const auto& [other, similarity] : found[i]) {
            if (other != i && graph[i].size() < neighbours) graph[i].push_back(static_cast<std::uint32_t>(other));
        }
    }
    return graph;
}

/// Vote-k (Su et al., "Selective annotation makes language models better few-shot learners", arXiv 2209.01975, section
/// 2): each row votes for its neighbours; a row's vote is divided by `rho` for each of its neighbours that is picked
/// already. The row of the most votes is picked, the lowest of equals; `count` rows, or all where there are fewer.
/// O(count · (rows + edges)).
[[nodiscard]] inline std::vector<std::size_t> vote_k(const NeighbourGraph& graph, std::size_t count,
                                                     double rho = 10.0) {
    const std::size_t n = graph.size();
    count = std::min(count, n);
    std::vector<std::vector<std::uint32_t>> voters(n);
    for (std::size_t v = 0; v < n; ++v) {
        for (const std::uint32_t u : graph[v]) voters[u].push_back(static_cast<std::uint32_t>(v));
    }
    std::vector<std::size_t> picks;
    std::vector<double> weight(n, 1.0); // of each row's vote
    std::vector<char> picked(n, 0);
    while (picks.size() < count) {
        std::size_t best = n;
        double most = 0.0;
        for (std::size_t u = 0; u < n; ++u) {
            if (picked[u] != 0) continue;
            double votes = 0.0;
            for (const std::uint32_t v : voters[u]) {
                if (picked[v] == 0) votes += weight[v];
            }
            if (best != n && !(votes > most)) continue;
            best = u;
            most = votes;
        }
        picked[best] = 1;
        picks.push_back(best);
        for (const std::uint32_t v : voters[best]) weight[v] /= rho;
    }
    return picks;
}

} // namespace familiar::retrieval
