#include <familiar/profile/operation.hpp>

#include <catch2/catch.hpp>

using namespace familiar::profile;

TEST_CASE("a product's arithmetic and memory follow from its shape") {
    const auto p = product_operation("up", 1, 10, 6, 4, 6);
    CHECK(p.flop == 2.0 * 10 * 6 * 4);
    CHECK(p.bytes == 4.0 * (10 * 4 + 10 * 6 + 6 * 4));
    CHECK(product_operation("up", 1, 10, 6, 4, 6, 1.0).bytes == 4.0 * (10 * 4 + 10 * 6) + 24.0);
    CHECK(p.share == 1.0);
    const auto half = product_operation("up", 1, 10, 6, 4, 3);
    CHECK(half.outputs == 6);
    CHECK(half.share == 0.5);
    CHECK(half.flop == 0.5 * p.flop);
    const auto r = row_operation("norm", 1, 10, 6);
    CHECK(r.flop == 0.0);
    CHECK(r.bytes == 480.0);
}
