#pragma once

#include <familiar/core/error.hpp>
#include <familiar/core/number_text.hpp>
#include <familiar/core/reflection.hpp>
#include <familiar/core/thread_pool.hpp>
#include <familiar/demonstration/embedded_pool.hpp>
#include <familiar/demonstration/ranks_demonstrations.hpp>
#include <familiar/kernels/kernel_backend.hpp>
#include <familiar/kernels/reference.hpp>
#include <familiar/retrieval/diverse_picks.hpp>
#include <familiar/retrieval/vector_index.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::demonstration {

/// Near the query and unlike one another, by maximal marginal relevance: `retrieval::maximal_marginal_relevance`.
struct MarginalRelevance {
    static constexpr std::string_view kName = "mmr";

    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (double, weight), // of nearness, 0 to 1; the rest is that of variety
                                 (std::size_t, candidates), (bool, nearest_last));
        Parameters() : weight(0.7), candidates(100), nearest_last(true) {}
        static constexpr std::string_view kArgument = "weight";
    };

    static void check(const Parameters& parameters) {
        if (parameters.weight >= 0.0 && parameters.weight <= 1.0) return;
        throw Error(ErrorCode::invalid_argument, "a number from 0 to 1 expected", "mmr.weight");
    }
    static std::string text(const Parameters& parameters) { return "weight=" + number_text(parameters.weight); }
    static std::vector<std::size_t> pick(const Parameters& parameters, tensor::MatrixView<const float> rows,
                                         std::span<const double> relevance, std::size_t count) {
        return retrieval::maximal_marginal_relevance(rows, relevance, parameters.weight, count);
    }
};

/// The same by a determinantal point process: `retrieval::greedy_determinantal`.
struct Determinantal {
    static constexpr std::string_view kName = "dpp";

    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (double, theta), // weight of nearness; 0: variety alone
                                 (std::size_t, candidates), (bool, nearest_last));
        Parameters() : theta(5.0), candidates(100), nearest_last(true) {}
        static constexpr std::string_view kArgument = "theta";
    };

    static void check(const Parameters& parameters) {
        if (parameters.theta >= 0.0 && parameters.theta <= 1e3) return;
        throw Error(ErrorCode::invalid_argument, "a number from 0 to 1000 expected", "dpp.theta");
    }
    static std::string text(const Parameters& parameters) { return "theta=" + number_text(parameters.theta); }
    static std::vector<std::size_t> pick(const Parameters& parameters, tensor::MatrixView<const float> rows,
                                         std::span<const double> relevance, std::size_t count) {
        return retrieval::greedy_determinantal(rows, relevance, parameters.theta, count);
    }
};

/// For each query, of its `candidates` nearest examples (0: of all) those that `Diversity` picks, which is told how
/// near each is. What is picked first stands next to the query. A query that is itself a row of the pool (the same
/// object) is not shown to itself. Per query O(pool · dimension) for the candidates, O(count · candidates · dimension)
/// to pick.
template <class Diversity, encoder::TextEncoder Encoder, kernels::KernelBackend Kernels = kernels::Reference>
class DiverseSelector {
  public:
    static constexpr std::string_view kName = Diversity::kName;
    static constexpr bool depends_on_query = true;
    using Parameters = typename Diversity::Parameters;

    /// @param pool may be null. Throws Error (invalid_argument) for a parameter out of its range.
    DiverseSelector(Parameters parameters, Encoder encoder, ThreadPool* pool = nullptr, Kernels kernels = {})
        : parameters_(parameters), pool_(std::move(encoder)), threads_(pool), kernels_(std::move(kernels)) {
        Diversity::check(parameters);
    }

    void prepare(const Task&, std::span<const Example> pool, std::uint64_t) {
        pool_.take(pool);
        index_ = retrieval::VectorIndex<Kernels>(pool_.vectors(), threads_, kernels_);
    }

    [[nodiscard]] std::vector<std::vector<std::size_t>> rank(std::span<const Example> queries, std::size_t count) {
        std::vector<std::vector<std::size_t>> selection(queries.size());
        if (count == 0 || index_.size() == 0 || queries.empty()) return selection;
        const std::size_t wanted =
            parameters_.candidates == 0 ? index_.size() : std::max(parameters_.candidates, count);
        const auto found = index_.search(pool_.embed(queries), wanted + 1);
        const auto one = [&](std::size_t q, std::size_t) {
            selection[q] = pick(found[q], pool_.rows().row_of(queries[q]), wanted, count);
        };
        run_tasks(threads_, queries.size(), one);
        return selection;
    }

    [[nodiscard]] std::vector<std::vector<std::size_t>> select(std::span<const Example> queries, std::size_t count) {
        return in_order_shown(rank(queries, count), best_last());
    }

    [[nodiscard]] bool best_last() const noexcept { return parameters_.nearest_last; }

    [[nodiscard]] std::string identity() const {
        return std::string(kName) + "(" + pool_.encoder_identity() + "," + Diversity::text(parameters_) +
               ",candidates=" + std::to_string(parameters_.candidates) +
               (parameters_.nearest_last ? ")" : ",nearest_last=false)");
    }

  private:
    [[nodiscard]] std::vector<std::size_t> pick(const std::vector<retrieval::Neighbour>& found, std::size_t own,
                                                std::size_t candidates, std::size_t count) const {
        std::vector<std::size_t> rows;
        std::vector<double> relevance;
        for (const auto& [row, similarity] : found) {
            if (row == own || rows.size() == candidates) continue;
            rows.push_back(row);
            relevance.push_back(std::isfinite(similarity) ? static_cast<double>(similarity) : -1.0);
        }
        const auto values = pool_.vectors_of(rows);
        std::vector<std::size_t> picked =
            Diversity::pick(parameters_, {values.data(), rows.size(), pool_.vectors().columns}, relevance, count);
        for (std::size_t& p : picked) p = pool_.rows().position(rows[p]);
        return picked;
    }

    Parameters parameters_;
    EmbeddedPool<Encoder> pool_;
    ThreadPool* threads_;
    Kernels kernels_;
    retrieval::VectorIndex<Kernels> index_;
};

template <encoder::TextEncoder Encoder, kernels::KernelBackend Kernels = kernels::Reference>
using MmrSelector = DiverseSelector<MarginalRelevance, Encoder, Kernels>;

template <encoder::TextEncoder Encoder, kernels::KernelBackend Kernels = kernels::Reference>
using DppSelector = DiverseSelector<Determinantal, Encoder, Kernels>;

} // namespace familiar::demonstration
