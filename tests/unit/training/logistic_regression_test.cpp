#include <familiar/core/random.hpp>
#include <familiar/training/logistic_regression.hpp>

#include <catch2/catch.hpp>

#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <span>
#include <vector>

using namespace familiar;
using namespace familiar::training;

namespace {

struct Data {
    std::size_t rows, features;
    std::vector<float> x;
    std::vector<std::size_t> labels;

    [[nodiscard]] tensor::MatrixView<const float> view() const { return {x.data(), rows, features}; }
};

/// Clouds around one point a class, row i of class i mod `classes`.
Data clouds(std::size_t rows, std::size_t features, std::size_t classes, std::uint64_t seed = 5) {
    Random random(seed);
    Data data{rows, features, {}, {}};
    for (std::size_t i = 0; i < rows; ++i) {
        data.labels.push_back(random.below(classes));
        for (std::size_t k = 0; k < features; ++k) {
            const double middle = k % classes == data.labels.back() ? 0.7 : 0.0;
            data.x.push_back(static_cast<float>(middle + 2.0 * random.uniform() - 1.0));
        }
    }
    return data;
}

/// The objective by its definition: rows of `w` have the intercept last; one row for two classes.
double objective(const Data& data, const std::vector<double>& w, std::size_t outputs, double c) {
    const std::size_t width = data.features + 1;
    double value = 0.0;
    for (std::size_t o = 0; o < outputs; ++o) {
        for (std::size_t k = 0; k < data.features; ++k) value += 0.5 * w[o * width + k] * w[o * width + k];
    }
    for (std::size_t i = 0; i < data.rows; ++i) {
        std::vector<double> z(outputs == 1 ? 2 : outputs, 0.0);
        for (std::size_t o = 0; o < outputs; ++o) {
            double& sum = z[outputs == 1 ? 1 : o];
            sum = w[o * width + data.features];
            for (std::size_t k = 0; k < data.features; ++k) sum += w[o * width + k] * data.view()[i][k];
        }
        double total = 0.0;
        for (const double v : z) total += std::exp(v);
        value += c * (std::log(total) - z[data.labels[i]]);
    }
    return value;
}

double fitted_objective(const Data& data, const LogisticModel& model, double c, std::size_t changed = 0,
                        double by = 0.0) {
    std::vector<double> w;
    for (std::size_t o = 0; o < model.outputs(); ++o) {
        w.insert(w.end(), model.coefficients.begin() + static_cast<std::ptrdiff_t>(o * data.features),
                 model.coefficients.begin() + static_cast<std::ptrdiff_t>((o + 1) * data.features));
        w.push_back(model.intercepts[o]);
    }
    w[changed] += by;
    return objective(data, w, model.outputs(), c);
}

} // namespace

TEST_CASE("the objective's value and gradient are those of the definition") {
    ThreadPool pool(2);
    for (const std::size_t classes : {2, 3, 5}) {
        const auto data = clouds(77, 19, classes);
        const std::size_t outputs = classes == 2 ? 1 : classes;
        std::vector<std::size_t> rows(data.rows);
        std::iota(rows.begin(), rows.end(), std::size_t{0});
        detail::LogisticObjective f(data.view(), data.labels, rows, outputs, 2.5, pool);
        Random random(3);
        std::vector<double> w(outputs * 20), gradient(w.size());
        for (double& v : w) v = random.uniform() - 0.5;
        CHECK(f(w, gradient) == Approx(objective(data, w, outputs, 2.5)).epsilon(1e-12));
        for (std::size_t i = 0; i < w.size(); ++i) {
            auto up = w, down = w;
            up[i] += 1e-5;
            down[i] -= 1e-5;
            const double slope = (objective(data, up, outputs, 2.5) - objective(data, down, outputs, 2.5)) / 2e-5;
            REQUIRE(gradient[i] == Approx(slope).margin(1e-6));
        }
    }
}

TEST_CASE("a fit is a minimum: no change of any parameter makes it better") {
    ThreadPool pool(1);
    for (const std::size_t classes : {2, 4}) {
        const auto data = clouds(90, 7, classes);
        LogisticOptions options;
        options.c = 3.0;
        const auto model = fit_logistic(data.view(), data.labels, classes, pool, options);
        const double least = fitted_objective(data, model, 3.0);
        for (std::size_t i = 0; i < model.outputs() * 8; ++i) {
            CHECK(fitted_objective(data, model, 3.0, i, 1e-3) > least);
            CHECK(fitted_objective(data, model, 3.0, i, -1e-3) > least);
        }
    }
}

TEST_CASE("a fit is the same for any number of threads, to the last bit") {
    ThreadPool one(1), two(2), three(3);
    const auto data = clouds(500, 33, 4);
    const auto a = fit_logistic(data.view(), data.labels, 4, one), b = fit_logistic(data.view(), data.labels, 4, two),
               c = fit_logistic(data.view(), data.labels, 4, three);
    CHECK(a.coefficients == b.coefficients);
    CHECK(a.intercepts == c.intercepts);
    CHECK(out_of_fold_logits(data.view(), data.labels, 4, 5, one) ==
          out_of_fold_logits(data.view(), data.labels, 4, 5, two));
}

TEST_CASE("a subset of rows is fitted as if it were all") {
    ThreadPool pool(2);
    const auto data = clouds(60, 5, 3);
    Data part{0, 5, {}, {}};
    std::vector<std::size_t> use;
    for (std::size_t i = 0; i < data.rows; i += 2) {
        use.push_back(i);
        part.labels.push_back(data.labels[i]);
        part.x.insert(part.x.end(), data.view()[i].begin(), data.view()[i].end());
        ++part.rows;
    }
    const auto a = fit_logistic(data.view(), data.labels, 3, use, pool),
               b = fit_logistic(part.view(), part.labels, 3, pool);
    CHECK(a.coefficients == b.coefficients);
    CHECK(a.examples == 30);
}

TEST_CASE("classes without examples are rare but possible") {
    ThreadPool pool(1);
    auto data = clouds(40, 6, 2);
    for (auto& label : data.labels) label = label == 0 ? 1 : 3; // of 0 … 4
    const auto model = fit_logistic(data.view(), data.labels, 5, pool);
    CHECK(model.present == std::vector<std::size_t>{1, 3});
    CHECK(model.outputs() == 1);
    std::vector<double> p(5);
    model.probabilities(data.view()[0], p);
    CHECK(std::accumulate(p.begin(), p.end(), 0.0) == Approx(1.0));
    for (const std::size_t absent : {0, 2, 4}) CHECK(p[absent] == Approx(1.0 / 44.0)); // 1 / (n + 1 + absent)
    CHECK(p[1] + p[3] == Approx(41.0 / 44.0));
}

TEST_CASE("a single class, a single row and no row at all") {
    ThreadPool pool(1);
    const auto data = clouds(8, 4, 1);
    const auto single = fit_logistic(data.view(), data.labels, 3, pool);
    CHECK(single.outputs() == 0);
    std::vector<double> p(3);
    single.probabilities(data.view()[0], p);
    CHECK(p[0] == Approx(9.0 / 11.0));
    const auto none = fit_logistic(data.view(), data.labels, 3, std::vector<std::size_t>(), pool);
    none.probabilities(data.view()[0], p);
    for (const double share : p) CHECK(share == Approx(1.0 / 3.0));
    const Data one{1, 2, {1.0F, 2.0F}, {1}};
    const auto logits = out_of_fold_logits(one.view(), one.labels, 2, 5, pool);
    CHECK(logits == std::vector<double>{0.0, 0.0});
}

TEST_CASE("each row's fold has not seen it") {
    ThreadPool pool(1);
    // A row that stands alone in its class: whoever has seen it says its class, whoever has not thinks it rare.
    auto data = clouds(50, 6, 2);
    data.labels[7] = 2;
    for (std::size_t k = 0; k < 6; ++k) data.x[7 * 6 + k] = 40.0F;
    const auto logits = out_of_fold_logits(data.view(), data.labels, 3, 5, pool);
    std::vector<double> p(logits.begin() + 21, logits.begin() + 24);
    softmax(p, p);
    CHECK(p[2] == Approx(1.0 / 42.0)); // 40 rows in the other folds
    std::vector<double> seen(3);
    fit_logistic(data.view(), data.labels, 3, pool).probabilities(data.view()[7], seen);
    CHECK(seen[2] > 0.9);
}

TEST_CASE("fewer rows than folds leave one out each") {
    ThreadPool pool(1);
    const auto data = clouds(4, 3, 2);
    const auto few = out_of_fold_logits(data.view(), data.labels, 2, 5, pool),
               as_many = out_of_fold_logits(data.view(), data.labels, 2, 4, pool);
    CHECK(few == as_many);
}

TEST_CASE("perfectly separable rows have a finite fit") {
    ThreadPool pool(1);
    const Data data{4, 1, {-2.0F, -1.0F, 1.0F, 2.0F}, {0, 0, 1, 1}};
    LogisticOptions options;
    options.c = 1e6;
    const auto model = fit_logistic(data.view(), data.labels, 2, pool, options);
    CHECK(std::isfinite(model.coefficients[0]));
    CHECK(model.coefficients[0] > 5.0);
    CHECK(model.intercepts[0] == Approx(0.0).margin(1e-3));
}

TEST_CASE("features, labels and weights that cannot be fitted are refused") {
    ThreadPool pool(1);
    auto data = clouds(10, 3, 2);
    LogisticOptions options;
    for (const double c : {0.0, -1.0, std::numeric_limits<double>::infinity(), std::nan("")}) {
        options.c = c;
        CHECK_THROWS_AS(fit_logistic(data.view(), data.labels, 2, pool, options), Error);
    }
    CHECK_THROWS_AS(fit_logistic(data.view(), std::span(data.labels).first(9), 2, pool), Error);
    CHECK_THROWS_AS(fit_logistic(data.view(), data.labels, 1, pool), Error);
    CHECK_THROWS_AS(out_of_fold_logits(data.view(), data.labels, 2, 1, pool), Error);
    data.x[4] = std::numeric_limits<float>::quiet_NaN();
    CHECK_THROWS_AS(fit_logistic(data.view(), data.labels, 2, pool), Error);
}

TEST_CASE("a cancelled fit ends with an error that says so") {
    ThreadPool pool(1);
    const auto data = clouds(90, 7, 3);
    Cancellation cancellation;
    LogisticOptions options;
    options.cancellation = &cancellation;
    CHECK_NOTHROW(fit_logistic(data.view(), data.labels, 3, pool, options));
    cancellation.request();
    try {
        (void)fit_logistic(data.view(), data.labels, 3, pool, options);
        FAIL("the fit went on");
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::cancelled);
    }
}
