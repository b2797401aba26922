#pragma once

#include <familiar/core/error.hpp>
#include <familiar/core/example.hpp>
#include <familiar/core/number_text.hpp>
#include <familiar/core/reflection.hpp>
#include <familiar/core/thread_pool.hpp>
#include <familiar/demonstration/embedded_pool.hpp>
#include <familiar/demonstration/ranks_demonstrations.hpp>
#include <familiar/retrieval/bm25_index.hpp>
#include <familiar/retrieval/words.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace familiar::demonstration {

/// For each query the examples that share its rarest words, by BM25 (Rubin et al., arXiv 2112.08633, use it for
/// demonstrations); the words are those of `retrieval::words_of`, of both texts of a pair. Needs no encoder. A query
/// that is itself a row of the pool (the same object) is not shown to itself.
class Bm25Selector {
  public:
    static constexpr std::string_view kName = "bm25";
    static constexpr bool depends_on_query = true;

    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (double, k1), (double, b), (bool, nearest_last));
        Parameters() : k1(1.5), b(0.75), nearest_last(true) {}
    };

    /// @param pool may be null. Throws Error (invalid_argument) for k1 below 0 or b outside [0, 1].
    explicit Bm25Selector(Parameters parameters = {}, ThreadPool* pool = nullptr)
        : parameters_(parameters), threads_(pool) {
        if (!(parameters.k1 >= 0.0 && parameters.k1 <= 1e6)) {
            throw Error(ErrorCode::invalid_argument, "a number of at least 0 expected", "bm25.k1");
        }
        if (!(parameters.b >= 0.0 && parameters.b <= 1.0)) {
            throw Error(ErrorCode::invalid_argument, "a number from 0 to 1 expected", "bm25.b");
        }
    }

    void prepare(const Task&, std::span<const Example> pool, std::uint64_t) {
        rows_.take(pool);
        std::vector<std::vector<std::string>> documents(rows_.size());
        for (std::size_t row = 0; row < rows_.size(); ++row)
            documents[row] = retrieval::words_of(text_lines(rows_.example(row)));
        index_ = retrieval::Bm25Index<float>(documents, {parameters_.k1, parameters_.b});
    }

    [[nodiscard]] std::vector<std::vector<std::size_t>> rank(std::span<const Example> queries, std::size_t count) {
        std::vector<std::vector<std::size_t>> selection(queries.size());
        if (count == 0) return selection;
        const auto one = [&](std::size_t q, std::size_t) {
            const std::size_t own = rows_.row_of(queries[q]);
            for (const auto& [row, score] : index_.search(retrieval::words_of(text_lines(queries[q])), count + 1)) {
                if (row != own && selection[q].size() < count) selection[q].push_back(rows_.position(row));
            }
        };
        run_tasks(threads_, queries.size(), one);
        return selection;
    }

    [[nodiscard]] std::vector<std::vector<std::size_t>> select(std::span<const Example> queries, std::size_t count) {
        return in_order_shown(rank(queries, count), best_last());
    }

    [[nodiscard]] bool best_last() const noexcept { return parameters_.nearest_last; }

    [[nodiscard]] std::string identity() const {
        return std::string(kName) + "(k1=" + number_text(parameters_.k1) + ",b=" + number_text(parameters_.b) +
               (parameters_.nearest_last ? ")" : ",nearest_last=false)");
    }

  private:
    Parameters parameters_;
    ThreadPool* threads_;
    LabelledRows rows_;
    retrieval::Bm25Index<float> index_;
};

static_assert(RanksDemonstrations<Bm25Selector>);

} // namespace familiar::demonstration
