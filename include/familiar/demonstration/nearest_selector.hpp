#pragma once

#include <familiar/core/reflection.hpp>
#include <familiar/demonstration/demonstration_selector.hpp>
#include <familiar/demonstration/labelled_pool.hpp>
#include <familiar/demonstration/nearest_neighbours.hpp>
#include <familiar/encoder/text_encoder.hpp>
#include <familiar/tensor/aligned_buffer.hpp>
#include <familiar/tensor/views.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::demonstration {

/// For each query the examples whose embeddings are nearest by cosine (KATE, arXiv 2101.06804), found exactly; the
/// lower position goes first among equals. A query that is itself a row of the pool (the same object) is not shown to
/// itself; other examples with the same text are.
///
/// `prepare` embeds the pool once; `select` costs the queries' embedding and O(queries · pool · dimension). The pool
/// must stay where it is for as long as the selector is used.
template <encoder::TextEncoder Encoder> class NearestSelector {
  public:
    static constexpr std::string_view kName = "nearest";
    static constexpr bool depends_on_query = true;

    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (bool, nearest_last)); // the most similar one next to the query
        Parameters() : nearest_last(true) {}
    };

    NearestSelector(Parameters parameters, Encoder encoder) : parameters_(parameters), encoder_(std::move(encoder)) {}

    void prepare(const Task&, std::span<const Example> pool, std::uint64_t) {
        pool_ = pool;
        positions_ = labelled_positions(pool);
        std::vector<Example> shown;
        if (positions_.size() != pool.size()) {
            for (const std::size_t position : positions_) shown.push_back(pool[position]);
            pool = shown;
        }
        embed(pool, vectors_);
    }

    [[nodiscard]] std::vector<std::vector<std::size_t>> select(std::span<const Example> queries, std::size_t count) {
        std::vector<std::vector<std::size_t>> selection(queries.size());
        if (count == 0 || positions_.empty() || queries.empty()) return selection;
        embed(queries, queries_);
        const auto pool = view(vectors_, positions_.size()), asked = view(queries_, queries.size());
        for (std::size_t q = 0; q < queries.size(); ++q) {
            for (const auto& [index, similarity] : nearest(asked[q], pool, count, row_of(queries[q]))) {
                selection[q].push_back(positions_[index]);
            }
            if (parameters_.nearest_last) std::reverse(selection[q].begin(), selection[q].end());
        }
        return selection;
    }

    [[nodiscard]] std::string identity() const {
        return std::string(kName) + "(" + std::string(encoder_.identity()) +
               (parameters_.nearest_last ? ")" : ",nearest_last=false)");
    }

  private:
    void embed(std::span<const Example> examples, tensor::AlignedBuffer<float>& vectors) {
        vectors.resize(examples.size() * encoder_.dimension());
        if (examples.empty()) return;
        const auto out = view(vectors, examples.size());
        encoder_.embed(examples, out);
        normalise_rows(out);
    }

    [[nodiscard]] tensor::MatrixView<float> view(tensor::AlignedBuffer<float>& vectors, std::size_t rows) const {
        return {vectors.data(), rows, static_cast<std::size_t>(encoder_.dimension())};
    }

    /// Where the query itself stands among the embedded examples, or kNobody.
    [[nodiscard]] std::size_t row_of(const Example& query) const {
        const std::less<const Example*> before;
        if (pool_.empty() || before(&query, pool_.data()) || !before(&query, pool_.data() + pool_.size()))
            return kNobody;
        const auto position = static_cast<std::size_t>(&query - pool_.data());
        const auto found = std::lower_bound(positions_.begin(), positions_.end(), position);
        if (found == positions_.end() || *found != position) return kNobody;
        return static_cast<std::size_t>(found - positions_.begin());
    }

    Parameters parameters_;
    Encoder encoder_;
    std::span<const Example> pool_;
    std::vector<std::size_t> positions_; ///< in the pool, of the rows of `vectors_`
    tensor::AlignedBuffer<float> vectors_, queries_;
};

} // namespace familiar::demonstration
