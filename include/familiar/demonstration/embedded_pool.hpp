#pragma once

#include <familiar/core/example.hpp>
#include <familiar/demonstration/labelled_pool.hpp>
#include <familiar/encoder/text_encoder.hpp>
#include <familiar/retrieval/central_members.hpp>
#include <familiar/retrieval/unit_rows.hpp>
#include <familiar/retrieval/vector_index.hpp>
#include <familiar/tensor/aligned_buffer.hpp>
#include <familiar/tensor/views.hpp>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace familiar::demonstration {

/// The labelled examples of a pool, and where a query stands among them that is a row of the pool itself.
class LabelledRows {
  public:
    void take(std::span<const Example> pool) {
        pool_ = pool;
        positions_ = labelled_positions(pool);
    }

    /// Only some of them: `positions` in the pool, ascending, each of an example with a label.
    void take(std::span<const Example> pool, std::vector<std::size_t> positions) {
        pool_ = pool;
        positions_ = std::move(positions);
    }

    [[nodiscard]] std::size_t size() const noexcept { return positions_.size(); }
    [[nodiscard]] const std::vector<std::size_t>& positions() const noexcept { return positions_; } ///< in the pool
    [[nodiscard]] std::size_t position(std::size_t row) const { return positions_[row]; }
    [[nodiscard]] const Example& example(std::size_t row) const { return pool_[positions_[row]]; }

    /// The row that a query is (the same object), or kNobody.
    [[nodiscard]] std::size_t row_of(const Example& query) const {
        const std::less<const Example*> before;
        if (pool_.empty() || before(&query, pool_.data()) || !before(&query, pool_.data() + pool_.size()))
            return retrieval::kNobody;
        const auto position = static_cast<std::size_t>(&query - pool_.data());
        const auto found = std::lower_bound(positions_.begin(), positions_.end(), position);
        if (found == positions_.end() || *found != position) return retrieval::kNobody;
        return static_cast<std::size_t>(found - positions_.begin());
    }

  private:
    std::span<const Example> pool_;
    std::vector<std::size_t> positions_;
};

/// A pool's labelled examples as vectors of length 1, and an encoder for the queries. Embeds the pool once.
template <encoder::TextEncoder Encoder> class EmbeddedPool {
  public:
    explicit EmbeddedPool(Encoder encoder) : encoder_(std::move(encoder)) {}

    void take(std::span<const Example> pool) {
        rows_.take(pool);
        std::vector<Example> shown;
        if (rows_.size() != pool.size()) {
            shown.reserve(rows_.size());
            for (const std::size_t position : rows_.positions()) shown.push_back(pool[position]);
            pool = shown;
        }
        embed(pool, vectors_);
    }

    [[nodiscard]] const LabelledRows& rows() const noexcept { return rows_; }
    [[nodiscard]] tensor::MatrixView<const float> vectors() const {
        return {vectors_.data(), rows_.size(), dimension()};
    }

    /// Those of some rows, one after another: [rows, dimension].
    [[nodiscard]] tensor::AlignedBuffer<float> vectors_of(std::span<const std::size_t> rows) const {
        tensor::AlignedBuffer<float> values(rows.size() * dimension());
        for (std::size_t i = 0; i < rows.size(); ++i)
            std::copy_n(vectors().row(rows[i]), dimension(), values.data() + i * dimension());
        return values;
    }

    /// The queries' vectors; valid until the next call.
    [[nodiscard]] tensor::MatrixView<const float> embed(std::span<const Example> queries) {
        embed(queries, queries_);
        return {queries_.data(), queries.size(), dimension()};
    }

    /// For each query the positions of the nearest examples, best first and at most `count`, without the query itself.
    /// @param search finds so many rows for each of the queries' vectors, best first
    template <class Search>
    [[nodiscard]] std::vector<std::vector<std::size_t>> nearest(std::span<const Example> queries, std::size_t count,
                                                                const Search& search) {
        std::vector<std::vector<std::size_t>> positions(queries.size());
        if (count == 0 || rows_.size() == 0 || queries.empty()) return positions;
        const std::vector<std::vector<retrieval::Neighbour>> found =
            search(embed(queries), count + 1); // the query may be among them
        for (std::size_t q = 0; q < queries.size(); ++q) {
            const std::size_t own = rows_.row_of(queries[q]);
            for (const auto& [row, similarity] : found[q]) {
                if (row != own && positions[q].size() < count) positions[q].push_back(rows_.position(row));
            }
        }
        return positions;
    }

    [[nodiscard]] std::string encoder_identity() const { return std::string(encoder_.identity()); }

  private:
    [[nodiscard]] std::size_t dimension() const { return static_cast<std::size_t>(encoder_.dimension()); }

    void embed(std::span<const Example> examples, tensor::AlignedBuffer<float>& vectors) {
        vectors.resize(examples.size() * dimension());
        if (examples.empty()) return;
        const tensor::MatrixView<float> out(vectors.data(), examples.size(), dimension());
        encoder_.embed(examples, out);
        retrieval::normalise_rows(out);
    }

    Encoder encoder_;
    LabelledRows rows_;
    tensor::AlignedBuffer<float> vectors_, queries_;
};

} // namespace familiar::demonstration
