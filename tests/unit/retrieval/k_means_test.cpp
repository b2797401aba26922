#include <familiar/retrieval/k_means.hpp>

#include <familiar/kernels/dispatched.hpp>

#include <catch2/catch.hpp>

#include <set>
#include <vector>

using namespace familiar;
using namespace familiar::retrieval;
using Rows = tensor::MatrixView<const float>;

namespace {

constexpr std::size_t kColumns = 24;

/// Points around some places.
std::vector<float> clouds(std::size_t points, std::size_t places, double spread, std::uint64_t seed) {
    Random random(seed);
    std::vector<float> centres(places * kColumns), out(points * kColumns);
    for (auto& x : centres) x = static_cast<float>(random.uniform());
    for (std::size_t i = 0; i < points; ++i) {
        for (std::size_t k = 0; k < kColumns; ++k)
            out[i * kColumns + k] =
                centres[(i % places) * kColumns + k] + static_cast<float>(spread * (random.uniform() - 0.5));
    }
    return out;
}

/// Lloyd's iterations in double, without any short cut.
std::vector<std::size_t> plain_lloyd(Rows rows, std::vector<double> centres, std::size_t clusters) {
    std::vector<std::size_t> labels(rows.rows, clusters);
    for (bool changed = true; changed;) {
        changed = false;
        for (std::size_t i = 0; i < rows.rows; ++i) {
            std::size_t best = 0;
            double least = std::numeric_limits<double>::infinity();
            for (std::size_t j = 0; j < clusters; ++j) {
                double d = 0;
                for (std::size_t k = 0; k < kColumns; ++k) {
                    const double x = static_cast<double>(rows.row(i)[k]) - centres[j * kColumns + k];
                    d += x * x;
                }
                if (d < least) {
                    least = d;
                    best = j;
                }
            }
            changed = changed || labels[i] != best;
            labels[i] = best;
        }
        std::vector<double> sums(clusters * kColumns), sizes(clusters);
        for (std::size_t i = 0; i < rows.rows; ++i) {
            sizes[labels[i]] += 1;
            for (std::size_t k = 0; k < kColumns; ++k)
                sums[labels[i] * kColumns + k] += static_cast<double>(rows.row(i)[k]);
        }
        for (std::size_t j = 0; j < clusters; ++j) {
            REQUIRE(sizes[j] > 0);
            for (std::size_t k = 0; k < kColumns; ++k) centres[j * kColumns + k] = sums[j * kColumns + k] / sizes[j];
        }
    }
    return labels;
}

} // namespace

TEST_CASE("bounds change no label: the clusters are those of Lloyd's iterations without them") {
    // 70 clusters need two panels of centres, and share bounds in groups.
    for (const std::size_t clusters : {2U, 12U, 70U}) {
        const auto values = clouds(1500, 90, 1.0, clusters);
        const Rows rows(values.data(), 1500, kColumns);
        const std::vector<double> start(values.begin(),
                                        values.begin() + static_cast<std::ptrdiff_t>(clusters * kColumns));
        const auto wanted = plain_lloyd(rows, start, clusters);
        ThreadPool threads(3);
        const auto found = k_means_from<kernels::Dispatched>(rows, rows.rows_from(0, clusters), {1000, 0.0}, &threads);
        CHECK(found.converged);
        CHECK(found.labels == wanted);
        const auto alone = k_means_from<kernels::Dispatched>(rows, rows.rows_from(0, clusters), {1000, 0.0});
        CHECK(alone.labels == found.labels);
        CHECK(alone.inertia == found.inertia);
        CHECK(alone.iterations == found.iterations);
    }
}

TEST_CASE("seeds of its own find clouds that lie apart, from a sample too") {
    const auto values = clouds(6000, 10, 0.1, 2); // more rows than are looked at for seeds
    const auto found = k_means<kernels::Dispatched>(Rows(values.data(), 6000, kColumns), 10, 7);
    CHECK(found.sizes == std::vector<std::size_t>(10, 600));
    CHECK(found.inertia < 6000 * kColumns * 0.1 * 0.1 / 12 * 1.1); // the variance within a cloud
    const auto again = k_means<kernels::Dispatched>(Rows(values.data(), 6000, kColumns), 10, 7);
    CHECK(again.labels == found.labels);
}

TEST_CASE("copies of few rows make few clusters, and every row has one") {
    std::vector<float> values;
    for (int i = 0; i < 20; ++i) values.insert(values.end(), kColumns, i % 2 == 0 ? 1.0F : -1.0F);
    const auto found = k_means(Rows(values.data(), 20, kColumns), 5, 1);
    CHECK(found.inertia == Approx(0.0).margin(1e-12));
    CHECK(std::set<std::size_t>(found.labels.begin(), found.labels.end()).size() == 2);
    const auto one = k_means(Rows(values.data(), 1, kColumns), 5, 1);
    CHECK(one.labels == std::vector<std::size_t>{0});
    // More centres than distinct rows, by hand: the others stay empty.
    const auto many = k_means_from(Rows(values.data(), 20, kColumns), Rows(values.data(), 6, kColumns));
    CHECK(many.converged);
    CHECK(many.inertia == Approx(0.0).margin(1e-12));
}

TEST_CASE("nothing to cluster is an error") {
    const float one[2] = {0, 0};
    CHECK_THROWS_AS(k_means(Rows(one, 0, 2), 3, 0), Error);
    CHECK_THROWS_AS(k_means(Rows(one, 1, 2), 0, 0), Error);
    CHECK_THROWS_AS(k_means_from(Rows(one, 1, 2), Rows(one, 1, 1)), Error);
}
