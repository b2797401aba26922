#include <familiar/core/random.hpp>
#include <familiar/training/temperature.hpp>

#include <catch2/catch.hpp>

#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

using namespace familiar;
using namespace familiar::training;

namespace {

double loss(const std::vector<double>& z, const std::vector<std::size_t>& labels, double t) {
    const std::size_t columns = z.size() / labels.size();
    double sum = 0.0;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        double total = 0.0;
        for (std::size_t j = 0; j < columns; ++j) total += std::exp(z[i * columns + j] / t);
        sum += std::log(total) - z[i * columns + labels[i]] / t;
    }
    return sum / static_cast<double>(labels.size());
}

} // namespace

TEST_CASE("the temperature is a minimum, and scales with the logits") {
    Random random(2);
    std::vector<double> z;
    std::vector<std::size_t> labels;
    for (int i = 0; i < 300; ++i) {
        labels.push_back(random.below(4));
        for (std::size_t j = 0; j < 4; ++j) z.push_back(4.0 * random.uniform() + (j == labels.back() ? 1.0 : 0.0));
    }
    const auto t = fit_temperature({z.data(), 300, 4}, labels);
    CHECK_FALSE(t.at_bound);
    CHECK(t.loss_before == Approx(loss(z, labels, 1.0)));
    CHECK(t.loss_after == Approx(loss(z, labels, t.value)));
    CHECK(t.loss_after <= t.loss_before);
    for (const double factor : {0.99, 1.01}) CHECK(loss(z, labels, t.value * factor) > t.loss_after);
    for (double& v : z) v *= 3.0;
    CHECK(fit_temperature({z.data(), 300, 4}, labels).value == Approx(3.0 * t.value).epsilon(1e-9));
    for (double& v : z) v += 1e4; // a constant changes nothing
    CHECK(fit_temperature({z.data(), 300, 4}, labels).value == Approx(3.0 * t.value).epsilon(1e-6));
}

TEST_CASE("all right, all wrong and all alike end at a bound") {
    const std::vector<double> z{2.0, 0.0, 0.0, 2.0};
    const auto right = fit_temperature({z.data(), 2, 2}, std::vector<std::size_t>{0, 1});
    CHECK(right.at_bound);
    CHECK(right.value == Approx(0.01));
    const auto wrong = fit_temperature({z.data(), 2, 2}, std::vector<std::size_t>{1, 0});
    CHECK(wrong.at_bound);
    CHECK(wrong.value == Approx(100.0));
    const std::vector<double> alike{1.0, 1.0};
    const auto flat = fit_temperature({alike.data(), 1, 2}, std::vector<std::size_t>{0});
    CHECK(flat.at_bound);
    CHECK(flat.loss_after == Approx(std::log(2.0)));
}

TEST_CASE("huge logits are fitted without overflow") {
    const std::vector<double> z{1e6, 0.0, 1e6, 0.0, 1e6, 0.0};
    const auto t = fit_temperature({z.data(), 3, 2}, std::vector<std::size_t>{0, 0, 1});
    CHECK(std::isfinite(t.value));
    CHECK(t.value == Approx(100.0)); // the best, 1e6 / log 2, lies beyond
}

TEST_CASE("logits and labels that do not fit are refused") {
    std::vector<double> z{1.0, 2.0, 3.0, 4.0};
    CHECK_THROWS_AS(fit_temperature({z.data(), 0, 2}, {}), Error);
    CHECK_THROWS_AS(fit_temperature({z.data(), 2, 2}, std::vector<std::size_t>{0}), Error);
    CHECK_THROWS_AS(fit_temperature({z.data(), 2, 2}, std::vector<std::size_t>{0, 2}), Error);
    z[3] = std::numeric_limits<double>::infinity();
    CHECK_THROWS_WITH(fit_temperature({z.data(), 2, 2}, std::vector<std::size_t>{0, 0}), Catch::Contains("row 1"));
}
