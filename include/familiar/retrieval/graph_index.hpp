#pragma once

#include <familiar/core/error.hpp>
#include <familiar/core/thread_pool.hpp>
#include <familiar/retrieval/vector_index.hpp>
#include <familiar/tensor/views.hpp>

// Its own SIMD is chosen for the flags of the unit, and its helpers for that are not inline.
#if !defined(NO_MANUAL_VECTORIZATION)
#define NO_MANUAL_VECTORIZATION
#define FAMILIAR_UNDEFINE_NO_MANUAL_VECTORIZATION
#endif
#include <hnswlib/hnswlib.h>
#if defined(FAMILIAR_UNDEFINE_NO_MANUAL_VECTORIZATION)
#undef NO_MANUAL_VECTORIZATION
#undef FAMILIAR_UNDEFINE_NO_MANUAL_VECTORIZATION
#endif

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace familiar::retrieval {

namespace detail {

/// 1 less the dot product. Eight sums, so that a compiler may take them as vectors, in one order on every machine.
inline float dot_distance(const void* a, const void* b, const void* columns) {
    constexpr std::size_t kSums = 8;
    const auto* const x = static_cast<const float*>(a);
    const auto* const y = static_cast<const float*>(b);
    const std::size_t n = *static_cast<const std::size_t*>(columns);
    float sums[kSums] = {};
    std::size_t i = 0;
    for (; i + kSums <= n; i += kSums) {
        for (std::size_t s = 0; s < kSums; ++s) sums[s] += x[i + s] * y[i + s];
    }
    for (; i < n; ++i) sums[0] += x[i] * y[i];
    float sum = 0.0F;
    for (const float part : sums) sum += part;
    return 1.0F - sum;
}

/// hnswlib's description of that distance.
class DotSpace final : public hnswlib::SpaceInterface<float> {
  public:
    explicit DotSpace(std::size_t columns) : columns_(columns) {}
    std::size_t get_data_size() override { return columns_ * sizeof(float); }
    hnswlib::DISTFUNC<float> get_dist_func() override { return &dot_distance; }
    void* get_dist_func_param() override { return &columns_; }

  private:
    std::size_t columns_;
};

} // namespace detail

/// Rows of which those with about the largest dot products are found without looking at all: a hierarchical navigable
/// small world (Malkov, Yashunin, arXiv 1603.09320), hnswlib's. For pools so large that an exact search takes too long
/// (`VectorIndex`); rows should have length 1.
///
/// Built row after row, by one thread: with several the graph would depend on who comes first. O(n log n) distances,
/// n · (4 · dimension + 8 · links + 24) bytes. The same rows and seed give the same graph and the same answers.
class GraphIndex {
  public:
    struct Shape {
        std::size_t links = 16;         ///< of a row to others on each level (M), 2 to 100
        std::size_t build_effort = 200; ///< rows looked at to find a new one's place (efConstruction)
        std::size_t effort = 200;       ///< rows looked at to answer a query (ef); more finds more of the nearest
    };

    /// Throws Error (invalid_argument) for a shape out of range.
    GraphIndex(tensor::MatrixView<const float> rows, Shape shape, std::uint64_t seed)
        : shape_(shape), space_(std::make_unique<detail::DotSpace>(rows.columns)) {
        if (shape.links < 2 || shape.links > 100 || shape.build_effort == 0 || shape.effort == 0) {
            throw Error(ErrorCode::invalid_argument,
                        "a graph has 2 to 100 links a row, and looks at one row at least to build and to answer",
                        "hnsw");
        }
        graph_ = std::make_unique<hnswlib::HierarchicalNSW<float>>(space_.get(), std::max<std::size_t>(rows.rows, 1),
                                                                   shape.links, shape.build_effort,
                                                                   static_cast<std::size_t>(seed));
        for (std::size_t row = 0; row < rows.rows; ++row) graph_->addPoint(rows.row(row), row);
        size_ = rows.rows;
    }

    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    /// For each query about the `count` rows with the largest dot product, best first, the lower index first among
    /// equals; fewer where the graph leads to fewer. Threads, which may be null, share the queries.
    /// @param queries [queries, dimension]
    [[nodiscard]] std::vector<std::vector<Neighbour>> search(tensor::MatrixView<const float> queries, std::size_t count,
                                                             ThreadPool* pool = nullptr) {
        std::vector<std::vector<Neighbour>> found(queries.rows);
        count = std::min(count, size_);
        if (count == 0) return found;
        graph_->setEf(std::max(shape_.effort, count));
        run_tasks(pool, queries.rows, [&](std::size_t q, std::size_t) {
            auto nearest = graph_->searchKnn(queries.row(q), count);
            for (; !nearest.empty(); nearest.pop())
                found[q].push_back({static_cast<std::size_t>(nearest.top().second), 1.0F - nearest.top().first});
            std::sort(found[q].begin(), found[q].end(), [](const Neighbour& a, const Neighbour& b) {
                return a.similarity != b.similarity ? a.similarity > b.similarity : a.index < b.index;
            });
        });
        return found;
    }

  private:
    Shape shape_;
    std::unique_ptr<detail::DotSpace> space_; ///< outlives the graph, stays where it is
    std::unique_ptr<hnswlib::HierarchicalNSW<float>> graph_;
    std::size_t size_ = 0;
};

} // namespace familiar::retrieval
