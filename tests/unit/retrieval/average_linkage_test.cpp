#include <familiar/retrieval/average_linkage.hpp>

#include <familiar/core/random.hpp>
#include <familiar/kernels/dispatched.hpp>

#include <catch2/catch.hpp>

#include <set>
#include <vector>

using namespace familiar;
using namespace familiar::retrieval;
using Rows = tensor::MatrixView<const float>;

namespace {

/// Merges the closest two clusters, again and again: the definition, O(n^4).
std::vector<double> plain_heights(Rows rows) {
    std::vector<std::vector<std::size_t>> clusters;
    for (std::size_t i = 0; i < rows.rows; ++i) clusters.push_back({i});
    const auto cosine = [&](std::size_t a, std::size_t b) {
        return dot(rows.row(a), rows.row(b), rows.columns) /
               std::sqrt(dot(rows.row(a), rows.row(a), rows.columns) * dot(rows.row(b), rows.row(b), rows.columns));
    };
    std::vector<double> heights;
    while (clusters.size() > 1) {
        std::size_t first = 0, second = 0;
        double least = 3.0;
        for (std::size_t a = 0; a < clusters.size(); ++a) {
            for (std::size_t b = a + 1; b < clusters.size(); ++b) {
                double sum = 0;
                for (const auto i : clusters[a]) {
                    for (const auto j : clusters[b]) sum += 1.0 - cosine(i, j);
                }
                sum /= static_cast<double>(clusters[a].size() * clusters[b].size());
                if (sum < least) {
                    least = sum;
                    first = a;
                    second = b;
                }
            }
        }
        heights.push_back(least);
        clusters[first].insert(clusters[first].end(), clusters[second].begin(), clusters[second].end());
        clusters.erase(clusters.begin() + static_cast<std::ptrdiff_t>(second));
    }
    return heights;
}

} // namespace

TEST_CASE("heights are those of the definition, the same with one thread and several") {
    Random random(8);
    std::vector<float> values(70 * 5);
    for (auto& x : values) x = static_cast<float>(random.uniform() - 0.5);
    const Rows rows(values.data(), 70, 5);
    const auto wanted = plain_heights(rows);
    ThreadPool threads(3);
    const auto tree = average_linkage<kernels::Dispatched>(rows, &threads),
               alone = average_linkage<kernels::Dispatched>(rows);
    REQUIRE(tree.merges.size() == 69);
    for (std::size_t m = 0; m < 69; ++m) CHECK(tree.merges[m].height == Approx(wanted[m]).epsilon(1e-12));
    for (const std::size_t k : {1U, 2U, 5U, 70U, 100U}) {
        const auto labels = tree.cut(k);
        CHECK(labels == alone.cut(k));
        CHECK(std::set<std::size_t>(labels.begin(), labels.end()).size() == std::min<std::size_t>(k, 70));
    }
}

TEST_CASE("copies are merged first, zeros are apart from all") {
    const std::vector<float> values = {1, 0, 0, 1, 2, 0, 0, 3, 0, 0};
    const auto tree = average_linkage(Rows(values.data(), 5, 2));
    CHECK(tree.cut(3) == std::vector<std::size_t>{0, 1, 0, 1, 2});
    CHECK(tree.merges[1].height == Approx(0.0).margin(1e-15));
    CHECK(tree.merges[2].height == Approx(1.0));
}

TEST_CASE("fewer than two points make no tree, too many are an error") {
    const std::vector<float> one = {1, 2};
    CHECK(average_linkage(Rows(one.data(), 1, 2)).cut(3) == std::vector<std::size_t>{0});
    CHECK(average_linkage(Rows(one.data(), 0, 2)).cut(3).empty());
    CHECK_THROWS_AS(average_linkage(Rows(one.data(), kMostLinked + 1, 2, 0)), Error);
}
