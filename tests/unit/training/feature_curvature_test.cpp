#include <familiar/core/random.hpp>
#include <familiar/training/feature_curvature.hpp>

#include <catch2/catch.hpp>

#include <cmath>
#include <cstddef>
#include <numeric>
#include <vector>

using namespace familiar;
using familiar::training::FeatureCurvature;

namespace {

/// M · v by its definition.
std::vector<double> product(tensor::MatrixView<const float> x, const std::vector<std::size_t>& rows, double weight,
                            const std::vector<double>& v) {
    std::vector<double> out(v);
    out.back() = 0.0;
    for (const std::size_t row : rows) {
        double sum = v.back();
        for (std::size_t k = 0; k < x.columns; ++k) sum += static_cast<double>(x[row][k]) * v[k];
        for (std::size_t k = 0; k < x.columns; ++k) out[k] += weight * sum * static_cast<double>(x[row][k]);
        out.back() += weight * sum;
    }
    return out;
}

} // namespace

TEST_CASE("division undoes the multiplication by the curvature") {
    Random random(2);
    const std::size_t columns = 9;
    std::vector<float> values(30 * columns);
    for (float& value : values) value = static_cast<float>(random.uniform() - 0.3);
    const tensor::MatrixView<const float> x(values.data(), 30, columns);
    std::vector<std::size_t> rows;
    for (std::size_t row = 1; row < 30; row += 2) rows.push_back(row); // few enough to be seen all
    const FeatureCurvature curvature(x, rows, 0.7);
    REQUIRE(curvature.width() == columns + 1);
    std::vector<double> v(columns + 1);
    for (double& value : v) value = random.uniform() - 0.5;
    auto result = product(x, rows, 0.7, v);
    curvature.divide(result);
    for (std::size_t k = 0; k < v.size(); ++k) CHECK(result[k] == Approx(v[k]).margin(1e-12));
}

TEST_CASE("of many rows some stand for all") {
    std::vector<float> values(10000);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = i < 5000 ? 2.0F : -2.0F;
    std::vector<std::size_t> rows(values.size());
    std::iota(rows.begin(), rows.end(), std::size_t{0});
    const FeatureCurvature curvature({values.data(), values.size(), 1}, rows, 0.5);
    std::vector<double> v{1.0, 1.0};
    curvature.divide(v); // M = diag(0.5 · 4 · 10000 + 1, 0.5 · 10000)
    CHECK(v[0] == Approx(1.0 / 20001.0));
    CHECK(v[1] == Approx(1.0 / 5000.0));
}

TEST_CASE("features that only repeat one another leave the curvature positive definite") {
    std::vector<float> values(40 * 3);
    for (std::size_t i = 0; i < 40; ++i) {
        for (std::size_t k = 0; k < 3; ++k) values[i * 3 + k] = 1e9F; // as constant as the intercept
    }
    std::vector<std::size_t> rows(40);
    std::iota(rows.begin(), rows.end(), std::size_t{0});
    const FeatureCurvature curvature({values.data(), 40, 3}, rows, 1.0);
    for (std::size_t k = 0; k < 4; ++k) {
        std::vector<double> v(4, 0.0);
        v[k] = 1.0;
        curvature.divide(v);
        for (const double value : v) CHECK(std::isfinite(value));
        CHECK(v[k] > 0.0);
    }
}
