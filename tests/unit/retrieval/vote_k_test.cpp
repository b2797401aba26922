#include <familiar/retrieval/vote_k.hpp>

#include <catch2/catch.hpp>

using namespace familiar;
using namespace familiar::retrieval;

TEST_CASE("the row of the most votes is picked, and its voters count less from then on") {
    // 1 has the votes of 0, 2 and 3; 4 those of 5 and 6.
    const NeighbourGraph graph = {{1}, {0}, {1}, {1}, {5}, {4}, {4}};
    CHECK(vote_k(graph, 2) == std::vector<std::size_t>{1, 4});
    // 0's and 5's only voters are picked already and vote no more.
    CHECK(vote_k(graph, 9) == std::vector<std::size_t>{1, 4, 0, 2, 3, 5, 6});
    CHECK(vote_k({}, 3).empty());
}

TEST_CASE("a row is no neighbour of itself, its copies are") {
    const std::vector<float> values = {1, 0, 1, 0, 0, 1, 1, 0};
    const tensor::MatrixView<const float> rows(values.data(), 4, 2);
    const VectorIndex<> index(rows);
    CHECK(neighbour_graph(index, rows, 2) == NeighbourGraph{{1, 3}, {0, 3}, {0, 1}, {0, 1}});
    CHECK(neighbour_graph(index, rows, 9)[2].size() == 3);
}
