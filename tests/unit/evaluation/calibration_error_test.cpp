#include <familiar/evaluation/calibration_error.hpp>

#include <catch2/catch.hpp>

#include <limits>
#include <vector>

using namespace familiar;

TEST_CASE("bins hold their upper edge, the first also 0") {
    const std::vector<double> confidence = {0.0, 0.1, 0.2, 0.5, 1.0};
    const bool correct[] = {false, true, false, true, true};
    const auto error = evaluation::calibration_error(confidence, correct, 10);
    REQUIRE(error.bins.size() == 4);
    CHECK(error.bins[0].bin == 0);
    CHECK(error.bins[0].count == 2);
    CHECK(error.bins[1].bin == 1);
    CHECK(error.bins[2].bin == 4);
    CHECK(error.bins[3].bin == 9);
    CHECK(error.largest == Approx(0.5));
    CHECK(error.expected == Approx((2 * 0.45 + 0.2 + 0.5 + 0.0) / 5));
}

TEST_CASE("no rows have no error, and values outside 0 to 1 are refused") {
    CHECK(evaluation::calibration_error({}, {}).expected == 0.0);
    const bool correct[] = {true};
    for (const double x : {-0.1, 1.1, std::numeric_limits<double>::quiet_NaN()}) {
        CHECK_THROWS_AS(evaluation::calibration_error(std::vector<double>{x}, correct), Error);
    }
    CHECK_THROWS_AS(evaluation::calibration_error({}, correct), Error);
    CHECK_THROWS_AS(evaluation::calibration_error({}, {}, 0), Error);
}
