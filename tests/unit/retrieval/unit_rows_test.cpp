#include <familiar/retrieval/unit_rows.hpp>

#include <familiar/core/random.hpp>

#include <catch2/catch.hpp>

#include <vector>

using namespace familiar;

TEST_CASE("rows are scaled to length 1, zeros are left") {
    std::vector<float> values = {3, 4, 0, 0, 1e-30F, 0};
    retrieval::normalise_rows({values.data(), 3, 2});
    CHECK(values[0] == Approx(0.6F));
    CHECK(values[1] == Approx(0.8F));
    CHECK(values[2] == 0.0F);
    CHECK(values[4] == Approx(1.0F));
}

TEST_CASE("a dot product of any length is that of a plain loop") {
    Random random(5);
    for (std::size_t n = 0; n < 40; ++n) {
        std::vector<float> a(n), b(n);
        double wanted = 0;
        for (std::size_t i = 0; i < n; ++i) {
            a[i] = static_cast<float>(random.uniform() - 0.5);
            b[i] = static_cast<float>(random.uniform() - 0.5);
            wanted += static_cast<double>(a[i]) * static_cast<double>(b[i]);
        }
        CHECK(retrieval::dot(a.data(), b.data(), n) == Approx(wanted).margin(1e-14));
    }
}
