#include <familiar/evaluation/probability_scores.hpp>

#include <catch2/catch.hpp>

#include <cmath>
#include <vector>

using namespace familiar;
using namespace familiar::evaluation;

TEST_CASE("log loss and Brier's score of known distributions") {
    const std::vector<std::size_t> truth = {0, 1};
    const std::vector<double> p = {0.5, 0.5, 0.2, 0.8};
    CHECK(log_loss(truth, {p.data(), 2, 2}) == Approx(-(std::log(0.5) + std::log(0.8)) / 2));
    CHECK(brier_score(truth, {p.data(), 2, 2}) == Approx((0.5 + 0.08) / 2));
}

TEST_CASE("certainty of the wrong label costs much but not infinitely much") {
    const std::vector<std::size_t> truth = {0};
    const std::vector<double> p = {0.0, 1.0};
    CHECK(log_loss(truth, {p.data(), 1, 2}) == Approx(36.04).epsilon(0.001));
}

TEST_CASE("AUROC counts ties half and is undefined for one class") {
    const bool positive[] = {true, false, true, false};
    CHECK(auroc(positive, std::vector<double>{0.9, 0.1, 0.8, 0.2}) == 1.0);
    CHECK(auroc(positive, std::vector<double>{0.1, 0.9, 0.2, 0.8}) == 0.0);
    CHECK(auroc(positive, std::vector<double>{0.5, 0.5, 0.5, 0.5}) == 0.5);
    const bool only[] = {true, true};
    CHECK(std::isnan(auroc(only, std::vector<double>{0.1, 0.2})));
}

TEST_CASE("shapes that do not fit are errors") {
    const std::vector<double> p = {0.5, 0.5};
    CHECK_THROWS_AS(log_loss(std::vector<std::size_t>{0, 1}, {p.data(), 1, 2}), Error);
    CHECK_THROWS_AS(brier_score(std::vector<std::size_t>{2}, {p.data(), 1, 2}), Error);
    const bool positive[] = {true};
    CHECK_THROWS_AS(auroc(positive, p), Error);
}
