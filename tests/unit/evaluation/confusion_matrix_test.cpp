#include <familiar/evaluation/confusion_matrix.hpp>

#include <catch2/catch.hpp>

#include <cmath>
#include <optional>
#include <vector>

using namespace familiar;
using evaluation::ConfusionMatrix;

TEST_CASE("figures of a small table are those computed by hand") {
    ConfusionMatrix m(2);
    for (int i = 0; i < 3; ++i) m.add(0, 0);
    m.add(0, 1);
    for (int i = 0; i < 2; ++i) m.add(1, 1);
    m.add(1, std::nullopt);
    m.add(1, 0);
    CHECK(m.rows() == 8);
    CHECK(m.correct() == 5);
    CHECK(m.accuracy() == 5.0 / 8);
    CHECK(m.invalid_rate() == 1.0 / 8);
    CHECK(m.precision(0) == 3.0 / 4);
    CHECK(m.recall(1) == 2.0 / 4);
    CHECK(m.f1(0) == Approx(6.0 / 8));
    CHECK(m.f1(1) == Approx(4.0 / 7));
    CHECK(m.macro_f1() == Approx((6.0 / 8 + 4.0 / 7) / 2));
    // Gorodkin's formula with the invalid answer as a class: true 4, 4, 0; predicted 4, 3, 1.
    CHECK(m.matthews() == Approx((5.0 * 8 - (16 + 12)) / std::sqrt((64.0 - 26) * (64 - 32))));
}

TEST_CASE("no rows give zeros and not NaN") {
    const ConfusionMatrix m(3);
    CHECK(m.accuracy() == 0.0);
    CHECK(m.macro_f1() == 0.0);
    CHECK(m.matthews() == 0.0);
    CHECK(m.balanced_accuracy() == 0.0);
    CHECK(m.majority_share() == 0.0);
    CHECK(m.weighted_f1() == 0.0);
}

TEST_CASE("indices beyond the labels are errors") {
    ConfusionMatrix m(2);
    CHECK_THROWS_AS(m.add(2, 0), Error);
    CHECK_THROWS_AS(m.add(0, 2), Error);
    CHECK_THROWS_AS(m.add(0, 3), Error);
    const std::vector<std::size_t> truth = {0, 1};
    const std::vector<std::optional<std::size_t>> predicted = {0};
    CHECK_THROWS_AS(ConfusionMatrix(2, truth, predicted), Error);
}
