#include <familiar/evaluation/bootstrap.hpp>

#include <catch2/catch.hpp>

#include <numeric>
#include <span>
#include <vector>

using namespace familiar;
using namespace familiar::evaluation;

TEST_CASE("percentiles lie on straight lines between values") {
    CHECK(percentile({3, 1, 2}, 0.5) == 2.0);
    CHECK(percentile({1, 2}, 0.25) == 1.25);
    CHECK(percentile({7}, 0.9) == 7.0);
    CHECK(percentile({1, 2, 3, 4}, 0.0) == 1.0);
    CHECK(percentile({1, 2, 3, 4}, 1.0) == 4.0);
    CHECK_THROWS_AS(percentile({}, 0.5), Error);
    CHECK_THROWS_AS(percentile({1}, 1.5), Error);
}

TEST_CASE("a bootstrap of a mean covers about two standard errors, the same for the same seed") {
    std::vector<double> values(400);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = i % 4 == 0 ? 1.0 : 0.0;
    const auto mean = [&](std::span<const std::size_t> rows) {
        double sum = 0;
        for (const auto row : rows) sum += values[row];
        return sum / static_cast<double>(rows.size());
    };
    const auto interval = bootstrap_interval(values.size(), mean, 1);
    // The standard error is sqrt(0.25 * 0.75 / 400) = 0.02165.
    CHECK(interval.low == Approx(0.25 - 1.96 * 0.02165).margin(0.006));
    CHECK(interval.high == Approx(0.25 + 1.96 * 0.02165).margin(0.006));
    CHECK(bootstrap_interval(values.size(), mean, 1) == interval);
    CHECK_FALSE(bootstrap_interval(values.size(), mean, 2) == interval);
    CHECK_THROWS_AS(bootstrap_interval(0, mean, 1), Error);
}
