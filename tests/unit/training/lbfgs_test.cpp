#include <familiar/training/lbfgs.hpp>

#include "support/resources.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <limits>
#include <span>
#include <string>
#include <vector>

using namespace familiar::training;

namespace {

using In = std::span<const double>;
using Out = std::span<double>;

double largest_distance(const std::vector<double>& x, double from) {
    double distance = 0.0;
    for (const double v : x) distance = std::max(distance, std::abs(v - from));
    return distance;
}

} // namespace

TEST_CASE("a quadratic of widely spread curvatures is solved") {
    // f = ½ Σ i (x_i - 3)²: curvatures 1 … 1000
    const auto f = [](In x, Out g) {
        double value = 0.0;
        for (std::size_t i = 0; i < x.size(); ++i) {
            const double scale = 1.0 + 999.0 * static_cast<double>(i) / static_cast<double>(x.size() - 1);
            value += 0.5 * scale * (x[i] - 3.0) * (x[i] - 3.0);
            g[i] = scale * (x[i] - 3.0);
        }
        return value;
    };
    std::vector<double> x(50, -10.0);
    const auto result = minimise(f, x);
    CHECK(result.converged);
    CHECK(result.gradient_length <= 1e-6);
    CHECK(largest_distance(x, 3.0) < 1e-6);
    CHECK(result.iterations < 150);
}

TEST_CASE("Rosenbrock's valley is followed to its end") {
    const auto f = [](In x, Out g) {
        double value = 0.0;
        for (double& v : g) v = 0.0;
        for (std::size_t i = 0; i + 1 < x.size(); ++i) {
            const double a = 1.0 - x[i], b = x[i + 1] - x[i] * x[i];
            value += a * a + 100.0 * b * b;
            g[i] += -2.0 * a - 400.0 * b * x[i];
            g[i + 1] += 200.0 * b;
        }
        return value;
    };
    for (const std::size_t n : {2, 10}) {
        std::vector<double> x(n, 0.0);
        x[0] = -1.2; // the customary start for two
        const auto result = minimise(f, x);
        CHECK(result.converged);
        CHECK(largest_distance(x, 1.0) < 1e-5);
        CHECK(result.value < 1e-10);
    }
}

TEST_CASE("logistic losses without a strong curvature are solved") {
    // f = log(1 + exp(x)) - 0.3 x has its minimum where the sigmoid of x is 0.3
    const auto f = [](In x, Out g) {
        const double p = 1.0 / (1.0 + std::exp(-x[0]));
        g[0] = p - 0.3;
        return std::log1p(std::exp(-std::abs(x[0]))) + std::max(x[0], 0.0) - 0.3 * x[0];
    };
    for (const double start : {-30.0, 0.0, 30.0}) {
        std::vector<double> x{start};
        LbfgsOptions options;
        options.gradient_tolerance = 1e-12;
        const auto result = minimise(f, x, options);
        CHECK(result.converged);
        CHECK(x[0] == Approx(std::log(0.3 / 0.7)).epsilon(1e-9));
    }
}

TEST_CASE("a function that is undefined beyond a wall is kept inside it") {
    // f = x - log x, defined for x > 0, least at 1; from 1e-3 the first steps lead to both sides
    const auto f = [](In x, Out g) {
        g[0] = 1.0 - 1.0 / x[0];
        return x[0] > 0.0 ? x[0] - std::log(x[0]) : std::numeric_limits<double>::quiet_NaN();
    };
    for (const double start : {1e-3, 0.5, 50.0}) {
        std::vector<double> x{start};
        const auto result = minimise(f, x);
        CHECK(result.converged);
        CHECK(x[0] == Approx(1.0).epsilon(1e-5));
    }
}

TEST_CASE("the iterations are bounded, a start that is not finite is left alone") {
    const auto line = [](In x, Out g) { // falls for ever
        g[0] = -1.0;
        return -x[0];
    };
    std::vector<double> x{0.0};
    LbfgsOptions options;
    options.max_iterations = 5;
    const auto endless = minimise(line, x, options);
    CHECK_FALSE(endless.converged);
    CHECK(endless.iterations <= 5);
    const auto undefined = [](In, Out g) {
        g[0] = 0.0;
        return std::numeric_limits<double>::quiet_NaN();
    };
    std::vector<double> y{2.0};
    CHECK_FALSE(minimise(undefined, y).converged);
    CHECK(y[0] == 2.0);
    std::vector<double> none;
    CHECK(minimise([](In, Out) { return 1.0; }, none).converged);
}

TEST_CASE("the same start gives the same steps") {
    const auto f = [](In x, Out g) {
        double value = 0.0;
        for (std::size_t i = 0; i < x.size(); ++i) {
            g[i] = std::sinh(x[i] - 0.1 * static_cast<double>(i));
            value += std::cosh(x[i] - 0.1 * static_cast<double>(i));
        }
        return value;
    };
    std::vector<double> a(9, 2.0), b(9, 2.0);
    CHECK(minimise(f, a).evaluations == minimise(f, b).evaluations);
    CHECK(a == b);
}

TEST_CASE("the folder's page shows a function that is minimised here") {
    const std::string shown = R"(const auto bowl = [](std::span<const double> x, std::span<double> gradient) {
    gradient[0] = 2.0 * (x[0] - 3.0);
    return (x[0] - 3.0) * (x[0] - 3.0);
};
std::vector<double> x{0.0};
const auto result = familiar::training::minimise(bowl, x);)";
    std::ifstream file(familiar::tests::source_dir() / "include/familiar/training/README.md");
    CHECK_THAT(std::string(std::istreambuf_iterator<char>(file), {}), Catch::Matchers::Contains(shown));

    const auto bowl = [](std::span<const double> x, std::span<double> gradient) {
        gradient[0] = 2.0 * (x[0] - 3.0);
        return (x[0] - 3.0) * (x[0] - 3.0);
    };
    std::vector<double> x{0.0};
    const auto result = familiar::training::minimise(bowl, x);
    CHECK(result.converged);
    CHECK(x[0] == Approx(3.0));
}

TEST_CASE("a preconditioner saves iterations and leaves the minimum where it is") {
    const auto f = [](In x, Out g) { // curvatures 1 … 10⁶
        double value = 0.0;
        for (std::size_t i = 0; i < x.size(); ++i) {
            const double scale = std::pow(10.0, 6.0 * static_cast<double>(i) / static_cast<double>(x.size() - 1));
            const double off = x[i] - 3.0;
            value += scale * (0.5 * off * off + 0.25 * off * off * off * off);
            g[i] = scale * (off + off * off * off);
        }
        return value;
    };
    const auto near_inverse = [](Out v) { // the curvature at the minimum, but for a factor that changes
        for (std::size_t i = 0; i < v.size(); ++i) {
            v[i] /= std::pow(10.0, 6.0 * static_cast<double>(i) / static_cast<double>(v.size() - 1)) *
                    (i % 2 == 0 ? 5.0 : 8.0);
        }
    };
    std::vector<double> plain(40, 2.0), preconditioned(40, 2.0);
    const auto without = minimise(f, plain), with = minimise(f, preconditioned, {}, near_inverse);
    CHECK(with.converged);
    CHECK(largest_distance(preconditioned, 3.0) < 1e-6);
    CHECK(with.iterations * 3 < without.iterations);
}
