#include <familiar/demonstration/labelled_pool.hpp>

#include <catch2/catch.hpp>

#include <vector>

using namespace familiar;

TEST_CASE("only examples with a label can be shown") {
    std::vector<Example> pool(3);
    pool[1].label = "a";
    CHECK(demonstration::labelled_positions(pool) == std::vector<std::size_t>{1});
    CHECK(demonstration::labelled_positions({}).empty());
}
