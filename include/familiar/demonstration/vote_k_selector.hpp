#pragma once

#include <familiar/core/random.hpp>
#include <familiar/core/reflection.hpp>
#include <familiar/core/thread_pool.hpp>
#include <familiar/demonstration/embedded_pool.hpp>
#include <familiar/demonstration/first_for_all.hpp>
#include <familiar/demonstration/ranks_demonstrations.hpp>
#include <familiar/kernels/kernel_backend.hpp>
#include <familiar/kernels/reference.hpp>
#include <familiar/retrieval/vector_index.hpp>
#include <familiar/retrieval/vote_k.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::demonstration {

/// Examples that many others are like, and that are unlike one another: `retrieval::vote_k` over the graph of nearest
/// neighbours; the same for every query. Labels are not looked at, as in the paper, which chooses what to label.
///
/// Of a pool of more than `kMost` labelled examples as many are drawn at random: the graph costs O(examples² ·
/// dimension).
template <encoder::TextEncoder Encoder, kernels::KernelBackend Kernels = kernels::Reference> class VoteKSelector {
  public:
    static constexpr std::string_view kName = "vote-k";
    static constexpr bool depends_on_query = false;
    static constexpr std::size_t kMost = 16384;

    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (std::size_t, neighbours)); // 0: a twentieth of the pool, 1 to 150
        Parameters() : neighbours(0) {}
        static constexpr std::string_view kArgument = "neighbours";
    };

    /// @param pool may be null
    VoteKSelector(Parameters parameters, Encoder encoder, ThreadPool* pool = nullptr, Kernels kernels = {})
        : parameters_(parameters), pool_(std::move(encoder)), threads_(pool), kernels_(std::move(kernels)) {}

    void prepare(const Task&, std::span<const Example> pool, std::uint64_t seed) {
        pool_.take(pool);
        graph_.clear();
        order_.clear();
        rows_.resize(pool_.rows().size());
        std::iota(rows_.begin(), rows_.end(), std::size_t{0});
        rest_ = rows_;
        Random(seed, "demonstration/vote-k").shuffle(std::span(rest_));
        if (rows_.size() > kMost) {
            rows_.assign(rest_.begin(), rest_.begin() + static_cast<std::ptrdiff_t>(kMost));
            std::sort(rows_.begin(), rows_.end());
        }
    }

    [[nodiscard]] std::vector<std::vector<std::size_t>> rank(std::span<const Example> queries, std::size_t count) {
        count = std::min(count, rest_.size());
        if (order_.size() < count) order_ = chosen(count);
        return first_for_all(order_, count, queries.size());
    }

    [[nodiscard]] std::vector<std::vector<std::size_t>> select(std::span<const Example> queries, std::size_t count) {
        return rank(queries, count);
    }

    [[nodiscard]] bool best_last() const noexcept { return false; }

    [[nodiscard]] std::string identity() const {
        return std::string(kName) + "(" + pool_.encoder_identity() +
               ",neighbours=" + std::to_string(parameters_.neighbours) + ")";
    }

  private:
    [[nodiscard]] std::vector<std::size_t> chosen(std::size_t count) {
        if (graph_.empty() && !rows_.empty()) make_graph();
        std::vector<std::size_t> picks = retrieval::vote_k(graph_, count);
        for (std::size_t& pick : picks) pick = rows_[pick];
        for (const std::size_t row : rest_) { // beyond those that took part
            if (picks.size() >= count) break;
            if (!std::binary_search(rows_.begin(), rows_.end(), row)) picks.push_back(row);
        }
        for (std::size_t& pick : picks) pick = pool_.rows().position(pick);
        return picks;
    }

    void make_graph() {
        const auto values = pool_.vectors_of(rows_);
        const tensor::MatrixView<const float> view(values.data(), rows_.size(), pool_.vectors().columns);
        const std::size_t neighbours =
            parameters_.neighbours != 0 ? parameters_.neighbours : std::clamp<std::size_t>(rows_.size() / 20, 1, 150);
        graph_ =
            retrieval::neighbour_graph(retrieval::VectorIndex<Kernels>(view, threads_, kernels_), view, neighbours);
    }

    Parameters parameters_;
    EmbeddedPool<Encoder> pool_;
    ThreadPool* threads_;
    Kernels kernels_;
    std::vector<std::size_t> rows_; ///< that vote, ascending
    std::vector<std::size_t> rest_; ///< all, in random order
    retrieval::NeighbourGraph graph_;
    std::vector<std::size_t> order_;
};

} // namespace familiar::demonstration
