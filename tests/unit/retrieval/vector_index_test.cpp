#include <familiar/retrieval/vector_index.hpp>

#include <familiar/core/random.hpp>
#include <familiar/kernels/dispatched.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <limits>
#include <vector>

using namespace familiar;
using namespace familiar::retrieval;
using Rows = tensor::MatrixView<const float>;

namespace {

/// Small whole numbers: products are exact, and ties many.
std::vector<float> whole_numbers(std::size_t count, std::uint64_t seed) {
    Random random(seed);
    std::vector<float> out(count);
    for (auto& x : out) x = static_cast<float>(random.below(3));
    return out;
}

} // namespace

TEST_CASE("the rows found are those of a full sort, for every number of rows, queries and threads") {
    constexpr std::size_t kColumns = 7;
    for (const std::size_t rows : {1U, 63U, 64U, 65U, 700U}) {
        const auto pool = whole_numbers(rows * kColumns, 9), queries = whole_numbers(300 * kColumns, 4);
        std::vector<std::vector<Neighbour>> wanted;
        for (std::size_t q = 0; q < 300; ++q) {
            std::vector<Neighbour> all;
            for (std::size_t r = 0; r < rows; ++r) {
                float sum = 0;
                for (std::size_t c = 0; c < kColumns; ++c) sum += pool[r * kColumns + c] * queries[q * kColumns + c];
                all.push_back({r, sum});
            }
            std::stable_sort(all.begin(), all.end(),
                             [](const auto& a, const auto& b) { return a.similarity > b.similarity; });
            wanted.push_back(std::move(all));
        }
        for (const std::size_t threads : {1U, 3U}) {
            ThreadPool pool_of_threads(threads);
            const VectorIndex<kernels::Dispatched> index(Rows(pool.data(), rows, kColumns), &pool_of_threads);
            const VectorIndex<> plain(Rows(pool.data(), rows, kColumns));
            CHECK(index.size() == rows);
            CHECK(index.dimension() == kColumns);
            for (const std::size_t count : {0U, 1U, 16U, 1000U}) {
                CAPTURE(rows, threads, count);
                const auto found = index.search({queries.data(), 300, kColumns}, count);
                bool equal = plain.search({queries.data(), 300, kColumns}, count) == found;
                for (std::size_t q = 0; q < 300; ++q) {
                    const auto end =
                        wanted[q].begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(count, rows));
                    equal = equal && std::vector<Neighbour>(wanted[q].begin(), end) == found[q];
                }
                CHECK(equal);
            }
        }
    }
}

TEST_CASE("a query's rows do not depend on the queries beside it, to the bit") {
    Random random(3);
    std::vector<float> pool(500 * 33), queries(20 * 33);
    for (auto& x : pool) x = static_cast<float>(random.uniform() - 0.5);
    for (auto& x : queries) x = static_cast<float>(random.uniform() - 0.5);
    const VectorIndex<kernels::Dispatched> index(Rows(pool.data(), 500, 33));
    const auto all = index.search({queries.data(), 20, 33}, 9);
    for (std::size_t q = 0; q < 20; ++q) CHECK(index.search({queries.data() + q * 33, 1, 33}, 9).front() == all[q]);
}

TEST_CASE("products that are no numbers come last") {
    const std::vector<float> pool = {std::numeric_limits<float>::quiet_NaN(), -1.0F, 2.0F}, query = {1.0F};
    const auto found = VectorIndex<>(Rows(pool.data(), 3, 1)).search({query.data(), 1, 1}, 3).front();
    REQUIRE(found.size() == 3);
    CHECK(found[0].index == 2);
    CHECK(found[1].index == 1);
    CHECK(found[2].index == 0);
    CHECK(VectorIndex<>().search({query.data(), 1, 1}, 3).front().empty());
}
