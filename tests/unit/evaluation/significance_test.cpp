#include <familiar/evaluation/significance.hpp>

#include <catch2/catch.hpp>

#include <vector>

using namespace familiar;
using namespace familiar::evaluation;

TEST_CASE("McNemar's exact test on counts small enough to sum by hand") {
    CHECK(mcnemar_exact(0, 0) == 1.0);
    CHECK(mcnemar_exact(5, 0) == Approx(2.0 / 32));
    CHECK(mcnemar_exact(0, 5) == mcnemar_exact(5, 0));
    CHECK(mcnemar_exact(3, 1) == Approx(2.0 * 5 / 16));
    CHECK(mcnemar_exact(4, 4) == 1.0);
    CHECK(mcnemar_mid_p(5, 0) == Approx(1.0 / 32));
}

TEST_CASE("McNemar's test holds for thousands of rows") {
    CHECK(mcnemar_exact(20'000, 20'000) == 1.0);
    CHECK(mcnemar_exact(30'000, 10'000) < 1e-300);
    CHECK(mcnemar_exact(5'100, 4'900) == Approx(0.0466).epsilon(0.01));
}

TEST_CASE("Wilson's interval holds the proportion and stays within 0 and 1") {
    for (const std::size_t k : {0u, 1u, 5u, 10u}) {
        const auto interval = wilson_interval(k, 10);
        CHECK(interval.low >= 0.0);
        CHECK(interval.low <= k / 10.0);
        CHECK(interval.high >= k / 10.0);
        CHECK(interval.high <= 1.0);
    }
    CHECK(wilson_interval(5, 10, 0.99).low < wilson_interval(5, 10, 0.9).low);
    CHECK_THROWS_AS(wilson_interval(0, 0), Error);
    CHECK_THROWS_AS(wilson_interval(2, 1), Error);
    CHECK_THROWS_AS(wilson_interval(1, 2, 1.0), Error);
}

TEST_CASE("the normal quantile is the table's") {
    CHECK(detail::normal_quantile(0.975) == Approx(1.959963984540054).epsilon(1e-13));
    CHECK(detail::normal_quantile(0.5) == Approx(0.0).margin(1e-15));
    CHECK(detail::normal_quantile(0.05) == Approx(-1.6448536269514722).epsilon(1e-13));
}

TEST_CASE("Holm's adjustment keeps the order given") {
    CHECK(holm_adjusted({}).empty());
    const auto adjusted = holm_adjusted(std::vector<double>{0.01, 0.04, 0.03, 0.005});
    CHECK(adjusted[0] == Approx(0.03));
    CHECK(adjusted[1] == Approx(0.06));
    CHECK(adjusted[2] == Approx(0.06));
    CHECK(adjusted[3] == Approx(0.02));
}
