#pragma once

#include <familiar/core/reflection.hpp>
#include <familiar/demonstration/embedded_pool.hpp>
#include <familiar/demonstration/ranks_demonstrations.hpp>
#include <familiar/encoder/text_encoder.hpp>
#include <familiar/kernels/kernel_backend.hpp>
#include <familiar/kernels/reference.hpp>
#include <familiar/retrieval/graph_index.hpp>
#include <familiar/retrieval/vector_index.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::demonstration {

/// As `nearest` (demonstration/nearest_selector.hpp), for pools so large that looking at every example for every query
/// takes too long: from `exact_below` examples on about the nearest are found, by a graph (retrieval/graph_index.hpp);
/// `effort` examples are looked at for a query. Below, the nearest themselves.
template <encoder::TextEncoder Encoder, kernels::KernelBackend Kernels = kernels::Reference> class ApproximateSelector {
  public:
    static constexpr std::string_view kName = "hnsw";
    static constexpr bool depends_on_query = true;

    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (bool, nearest_last), // the most similar one next to the query
                                 (std::size_t, links), (std::size_t, effort), (std::size_t, exact_below));
        Parameters() : nearest_last(true), links(16), effort(200), exact_below(100'000) {}
    };

    ApproximateSelector(Parameters parameters, Encoder encoder, ThreadPool* pool = nullptr, Kernels kernels = {})
        : parameters_(parameters), pool_(std::move(encoder)), threads_(pool), kernels_(std::move(kernels)) {}

    /// Throws Error (invalid_argument) for links and effort out of range.
    void prepare(const Task&, std::span<const Example> pool, std::uint64_t seed) {
        pool_.take(pool);
        graph_.reset();
        exact_ = {};
        if (pool_.rows().size() < parameters_.exact_below) {
            exact_ = retrieval::VectorIndex<Kernels>(pool_.vectors(), threads_, kernels_);
        } else {
            graph_.emplace(pool_.vectors(),
                           retrieval::GraphIndex::Shape{parameters_.links, parameters_.effort, parameters_.effort},
                           seed);
        }
    }

    [[nodiscard]] std::vector<std::vector<std::size_t>> rank(std::span<const Example> queries, std::size_t count) {
        return pool_.nearest(queries, count, [&](tensor::MatrixView<const float> vectors, std::size_t wanted) {
            return graph_ ? graph_->search(vectors, wanted, threads_) : exact_.search(vectors, wanted);
        });
    }

    [[nodiscard]] std::vector<std::vector<std::size_t>> select(std::span<const Example> queries, std::size_t count) {
        return in_order_shown(rank(queries, count), best_last());
    }

    [[nodiscard]] bool best_last() const noexcept { return parameters_.nearest_last; }

    [[nodiscard]] std::string identity() const {
        return std::string(kName) + "(" + pool_.encoder_identity() + ",links=" + std::to_string(parameters_.links) +
               ",effort=" + std::to_string(parameters_.effort) +
               ",exact_below=" + std::to_string(parameters_.exact_below) +
               (parameters_.nearest_last ? ")" : ",nearest_last=false)");
    }

  private:
    Parameters parameters_;
    EmbeddedPool<Encoder> pool_;
    ThreadPool* threads_;
    Kernels kernels_;
    retrieval::VectorIndex<Kernels> exact_;
    std::optional<retrieval::GraphIndex> graph_;
};

} // namespace familiar::demonstration
