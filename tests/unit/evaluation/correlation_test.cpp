#include <familiar/evaluation/correlation.hpp>

#include <catch2/catch.hpp>

using namespace familiar::evaluation;
using Series = std::vector<double>;

TEST_CASE("series that go together, apart, or not at all") {
    CHECK(pearson(Series{1, 2, 3}, Series{10, 20, 30}) == Approx(1.0));
    CHECK(spearman(Series{1, 2, 3}, Series{1, 8, 1000}) == Approx(1.0));
    CHECK(kendall(Series{1, 2, 3}, Series{3, 2, 1}) == Approx(-1.0));
    CHECK(ranks(Series{5, 1, 5, 7}) == Series{2.5, 1, 2.5, 4});
    for (const auto figure : {pearson, spearman, kendall}) {
        CHECK(std::isnan(figure(Series{1, 1, 1}, Series{1, 2, 3})));
        CHECK(std::isnan(figure(Series{1}, Series{1})));
        CHECK(std::isnan(figure(Series{1, 2}, Series{1, 2, 3})));
        CHECK(std::isnan(figure({}, {})));
    }
}
