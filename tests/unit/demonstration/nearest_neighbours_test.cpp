#include <familiar/demonstration/nearest_neighbours.hpp>

#include <familiar/core/random.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

using namespace familiar;
using namespace familiar::demonstration;

TEST_CASE("rows are scaled to length 1, zeros are left") {
    std::vector<float> values = {3, 4, 0, 0, 1e-30F, 0};
    normalise_rows({values.data(), 3, 2});
    CHECK(values[0] == Approx(0.6F));
    CHECK(values[1] == Approx(0.8F));
    CHECK(values[2] == 0.0F);
    CHECK(values[4] == Approx(1.0F));
}

TEST_CASE("a dot product of any length is that of a plain loop in double") {
    Random random(5);
    for (std::size_t n = 0; n < 70; ++n) {
        std::vector<float> a(n), b(n);
        double wanted = 0;
        for (std::size_t i = 0; i < n; ++i) {
            a[i] = static_cast<float>(random.uniform() - 0.5);
            b[i] = static_cast<float>(random.uniform() - 0.5);
            wanted += static_cast<double>(a[i]) * b[i];
        }
        CHECK(dot_product(a.data(), b.data(), n) == Approx(wanted).margin(1e-6));
    }
}

TEST_CASE("the nearest rows are those of a full sort") {
    Random random(9);
    constexpr std::size_t kRows = 200, kColumns = 7;
    std::vector<float> pool(kRows * kColumns), query(kColumns);
    for (auto& x : pool) x = static_cast<float>(random.below(3)); // many ties
    for (auto& x : query) x = static_cast<float>(random.below(3));
    std::vector<Neighbour> all;
    for (std::size_t r = 0; r < kRows; ++r) {
        float sum = 0;
        for (std::size_t c = 0; c < kColumns; ++c) sum += pool[r * kColumns + c] * query[c];
        all.push_back({r, sum});
    }
    std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.similarity > b.similarity; });
    for (const std::size_t count : {0u, 1u, 10u, 200u, 300u}) {
        const auto found = nearest(query, {pool.data(), kRows, kColumns}, count);
        CHECK(found ==
              std::vector<Neighbour>(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(std::min(count, kRows))));
    }
    const auto without = nearest(query, {pool.data(), kRows, kColumns}, 5, all[1].index);
    CHECK(without[0] == all[0]);
    CHECK(without[1] == all[2]);
}

TEST_CASE("a row that holds NaN comes last") {
    const std::vector<float> pool = {std::numeric_limits<float>::quiet_NaN(), -1.0F, 2.0F}, query = {1.0F};
    const auto found = nearest(query, {pool.data(), 3, 1}, 3);
    REQUIRE(found.size() == 3);
    CHECK(found[0].index == 2);
    CHECK(found[1].index == 1);
    CHECK(found[2].index == 0);
}
