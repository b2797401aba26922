#include <familiar/decoder/score_adjustment.hpp>

#include <catch2/catch.hpp>

#include <cmath>
#include <vector>

using namespace familiar;

using Numbers = std::vector<double>;

TEST_CASE("scores a token are sums divided by lengths") {
    CHECK(decoder::length_normalised(Numbers{-6.0, -3.0}, std::vector<std::size_t>{3, 1}) == Numbers{-2.0, -3.0});
    CHECK_THROWS_AS(decoder::length_normalised(Numbers{-6.0}, std::vector<std::size_t>{}), Error);
}

TEST_CASE("probabilities among candidates are in proportion and sum to one") {
    const auto p = decoder::among_candidates(Numbers{std::log(0.3) - 900.0, std::log(0.1) - 900.0});
    CHECK(p[0] == Approx(0.75));
    CHECK(p[1] == Approx(0.25));
    CHECK(decoder::among_candidates(Numbers{}).empty());
}

TEST_CASE("calibration divides by what the model likes anyway") {
    // Zhao et al., equation 1 with W = diag(prior)^-1: 0.6 / 0.75 : 0.4 / 0.25 = 1 : 2.
    const Numbers scores{std::log(0.6), std::log(0.4)};
    const std::vector<Numbers> prior{{std::log(0.75) - 5.0, std::log(0.25) - 5.0}};
    const auto p = decoder::among_candidates(decoder::calibrated(scores, prior));
    CHECK(p[0] == Approx(1.0 / 3));
    CHECK(p[1] == Approx(2.0 / 3));
    // Two priors count as their mean: (0.75 + 0.25) / 2 changes nothing.
    const std::vector<Numbers> two{prior[0], {prior[0][1], prior[0][0]}};
    CHECK(decoder::among_candidates(decoder::calibrated(scores, two))[0] == Approx(0.6));
    CHECK(decoder::calibrated(scores, {}) == scores);
    CHECK_THROWS_AS(decoder::calibrated(scores, std::vector<Numbers>{{0.0}}), Error);
}
