#pragma once

#include <familiar/core/reflection.hpp>
#include <familiar/core/thread_pool.hpp>
#include <familiar/demonstration/embedded_pool.hpp>
#include <familiar/demonstration/ranks_demonstrations.hpp>
#include <familiar/kernels/kernel_backend.hpp>
#include <familiar/kernels/reference.hpp>
#include <familiar/retrieval/vector_index.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::demonstration {

/// For each query the examples whose embeddings are nearest by cosine (KATE, arXiv 2101.06804), found exactly, for all
/// queries with one product; the lower position goes first among equals. A query that is itself a row of the pool (the
/// same object) is not shown to itself; other examples with the same text are.
///
/// `prepare` embeds the pool once; `select` costs the queries' embedding and O(queries · pool · dimension). The pool
/// must stay where it is for as long as the selector is used; so must the threads, which may be null.
template <encoder::TextEncoder Encoder, kernels::KernelBackend Kernels = kernels::Reference> class NearestSelector {
  public:
    static constexpr std::string_view kName = "nearest";
    static constexpr bool depends_on_query = true;

    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (bool, nearest_last)); // the most similar one next to the query
        Parameters() : nearest_last(true) {}
    };

    NearestSelector(Parameters parameters, Encoder encoder, ThreadPool* pool = nullptr, Kernels kernels = {})
        : parameters_(parameters), pool_(std::move(encoder)), threads_(pool), kernels_(std::move(kernels)) {}

    void prepare(const Task&, std::span<const Example> pool, std::uint64_t) {
        pool_.take(pool);
        index_ = retrieval::VectorIndex<Kernels>(pool_.vectors(), threads_, kernels_);
    }

    [[nodiscard]] std::vector<std::vector<std::size_t>> rank(std::span<const Example> queries, std::size_t count) {
        return pool_.nearest(queries, count, [&](tensor::MatrixView<const float> vectors, std::size_t wanted) {
            return index_.search(vectors, wanted);
        });
    }

    [[nodiscard]] std::vector<std::vector<std::size_t>> select(std::span<const Example> queries, std::size_t count) {
        return in_order_shown(rank(queries, count), best_last());
    }

    [[nodiscard]] bool best_last() const noexcept { return parameters_.nearest_last; }

    [[nodiscard]] std::string identity() const {
        return std::string(kName) + "(" + pool_.encoder_identity() +
               (parameters_.nearest_last ? ")" : ",nearest_last=false)");
    }

  private:
    Parameters parameters_;
    EmbeddedPool<Encoder> pool_;
    ThreadPool* threads_;
    Kernels kernels_;
    retrieval::VectorIndex<Kernels> index_;
};

} // namespace familiar::demonstration
