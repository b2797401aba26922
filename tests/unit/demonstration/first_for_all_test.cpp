#include <familiar/demonstration/first_for_all.hpp>

#include <catch2/catch.hpp>

#include <cstddef>
#include <vector>

TEST_CASE("every query gets the same first examples, all where there are fewer") {
    using Selection = std::vector<std::vector<std::size_t>>;
    const std::vector<std::size_t> order{7, 3, 5};
    CHECK(familiar::demonstration::first_for_all(order, 2, 2) == Selection{{7, 3}, {7, 3}});
    CHECK(familiar::demonstration::first_for_all(order, 9, 1) == Selection{{7, 3, 5}});
    CHECK(familiar::demonstration::first_for_all(order, 0, 2) == Selection{{}, {}});
    CHECK(familiar::demonstration::first_for_all({}, 4, 1) == Selection{{}});
    CHECK(familiar::demonstration::first_for_all(order, 2, 0).empty());
}
