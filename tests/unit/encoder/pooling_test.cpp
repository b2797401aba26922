#include <familiar/encoder/pooling.hpp>
#include <familiar/kernels/reference.hpp>

#include <catch2/catch.hpp>

#include <cmath>
#include <vector>

using namespace familiar;
using namespace familiar::encoder;

namespace {

std::vector<float> pooled(Pooling pooling, const std::vector<float>& values, std::size_t rows) {
    std::vector<float> out(3);
    pool_rows(kernels::Reference(), pooling, {values.data(), rows, 3}, out.data());
    return out;
}

} // namespace

TEST_CASE("mean, first and largest of the rows") {
    const std::vector<float> values{1, -5, 0, 3, -1, 0, 5, -3, 6};
    CHECK(pooled(Pooling::mean, values, 3) == std::vector<float>{3, -3, 2});
    CHECK(pooled(Pooling::cls, values, 3) == std::vector<float>{1, -5, 0});
    CHECK(pooled(Pooling::pooler, values, 3) == std::vector<float>{1, -5, 0});
    CHECK(pooled(Pooling::max, values, 3) == std::vector<float>{5, -1, 6});
    for (const auto pooling : {Pooling::mean, Pooling::cls, Pooling::max}) {
        CHECK(pooled(pooling, values, 1) == std::vector<float>{1, -5, 0});
        CHECK(pooled(pooling, values, 0) == std::vector<float>{0, 0, 0});
    }
}

TEST_CASE("a row is scaled to length 1, a zero row stays zero") {
    std::vector<float> row{3, 0, -4};
    normalise_row(row.data(), 3);
    CHECK(row[0] == Approx(0.6));
    CHECK(row[2] == Approx(-0.8));
    std::vector<float> zero{0, 0, 0};
    normalise_row(zero.data(), 3);
    CHECK(zero == std::vector<float>{0, 0, 0});
    std::vector<float> large{3e30F, 4e30F, 0};
    normalise_row(large.data(), 3);
    CHECK(large[1] == Approx(0.8));
}

TEST_CASE("poolings are read by name") {
    for (const auto pooling : {Pooling::mean, Pooling::cls, Pooling::max, Pooling::pooler}) {
        CHECK(parse_pooling(to_string(pooling)) == pooling);
    }
    CHECK_THROWS_WITH(parse_pooling("median"), Catch::Contains("median") && Catch::Contains("mean, cls, max, pooler"));
}
