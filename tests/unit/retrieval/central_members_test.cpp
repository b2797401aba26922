#include <familiar/retrieval/central_members.hpp>

#include <catch2/catch.hpp>

using namespace familiar::retrieval;

TEST_CASE("the member nearest in direction to its cluster's mean stands for it, the first of equals") {
    const std::vector<float> values = {1, 0, 5, 5, 0, 1, 1, 1, 0, -1, 0, 0};
    const std::vector<std::size_t> labels = {0, 0, 0, 0, 2, 3};
    CHECK(central_members({values.data(), 6, 2}, labels, 4) == std::vector<std::size_t>{1, kNobody, 4, 5});
}
