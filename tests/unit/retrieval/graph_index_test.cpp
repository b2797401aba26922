#include <familiar/retrieval/graph_index.hpp>

#include <familiar/core/random.hpp>
#include <familiar/retrieval/unit_rows.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <vector>

using namespace familiar;
using namespace familiar::retrieval;

namespace {

std::vector<float> unit_vectors(std::size_t rows, std::size_t columns, std::uint64_t seed) {
    Random random(seed);
    std::vector<float> values(rows * columns);
    for (auto& x : values) x = static_cast<float>(random.below(2001)) / 1000.0F - 1.0F;
    normalise_rows({values.data(), rows, columns});
    return values;
}

} // namespace

TEST_CASE("the graph finds nearly all of the nearest rows, and the same ones whatever the threads") {
    constexpr std::size_t kRows = 3000, kColumns = 19, kQueries = 40, kCount = 10;
    const auto rows = unit_vectors(kRows, kColumns, 1), queries = unit_vectors(kQueries, kColumns, 2);
    const tensor::MatrixView<const float> pool(rows.data(), kRows, kColumns), asked(queries.data(), kQueries, kColumns);
    GraphIndex graph(pool, {}, 7);
    const auto found = graph.search(asked, kCount);
    const auto exact = VectorIndex<>(pool).search(asked, kCount);
    std::size_t same = 0;
    for (std::size_t q = 0; q < kQueries; ++q) {
        REQUIRE(found[q].size() == kCount);
        for (std::size_t i = 0; i < kCount; ++i) {
            const auto& [index, similarity] = found[q][i];
            double product = 0.0;
            for (std::size_t c = 0; c < kColumns; ++c)
                product += double(rows[index * kColumns + c]) * double(queries[q * kColumns + c]);
            CHECK(similarity == Approx(product).margin(1e-5));
            if (i > 0) CHECK(similarity <= found[q][i - 1].similarity);
            same += static_cast<std::size_t>(
                std::count_if(exact[q].begin(), exact[q].end(), [&](const Neighbour& n) { return n.index == index; }));
        }
    }
    CHECK(same >= kQueries * kCount * 95 / 100);
    ThreadPool threads(3);
    CHECK(graph.search(asked, kCount, &threads) == found);
    CHECK(GraphIndex(pool, {}, 7).search(asked, kCount) == found);
}

TEST_CASE("few rows are all found, none from none, and a graph without links is an error") {
    const auto rows = unit_vectors(3, 4, 1);
    GraphIndex small({rows.data(), 3, 4}, {}, 0);
    CHECK(small.search({rows.data(), 1, 4}, 9).front().size() == 3);
    CHECK(small.search({rows.data(), 1, 4}, 9).front().front().index == 0);
    GraphIndex none({nullptr, 0, 4}, {}, 0);
    CHECK(none.search({rows.data(), 1, 4}, 9).front().empty());
    CHECK_THROWS_AS(GraphIndex({rows.data(), 3, 4}, {1, 200, 200}, 0), Error);
    CHECK_THROWS_AS(GraphIndex({rows.data(), 3, 4}, {16, 200, 0}, 0), Error);
}
