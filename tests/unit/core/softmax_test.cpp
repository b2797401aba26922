#include <familiar/core/softmax.hpp>

#include <catch2/catch.hpp>

#include <cmath>
#include <vector>

using familiar::softmax;

TEST_CASE("softmax sums to 1 and does not overflow") {
    std::vector<double> p{1000.0, 999.0, -1000.0};
    softmax(p, p);
    CHECK(p[0] == Approx(1.0 / (1.0 + std::exp(-1.0))));
    CHECK(p[0] + p[1] + p[2] == Approx(1.0));
}
