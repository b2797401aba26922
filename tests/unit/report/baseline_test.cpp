#include <familiar/report/baseline.hpp>

#include <catch2/catch.hpp>

#include <vector>

using namespace familiar::report;

TEST_CASE("most voices win, of as many the surest, of as sure the first") {
    CHECK(most_said(std::vector<Voice>{{1, {}}, {0, 0.99}, {1, {}}}) == std::size_t{1});
    CHECK(most_said(std::vector<Voice>{{1, 0.6}, {0, 0.7}}) == std::size_t{0});
    CHECK(most_said(std::vector<Voice>{{1, {}}, {0, 0.1}}) == std::size_t{0}); // silence about it is less sure
    CHECK(most_said(std::vector<Voice>{{1, 0.5}, {0, 0.5}}) == std::size_t{1});
    CHECK(most_said(std::vector<Voice>{{2, 0.5}, {0, 0.9}, {0, 0.1}, {2, 0.6}}) == std::size_t{0});
    CHECK(most_said(std::vector<Voice>{{{}, {}}, {3, {}}}) == std::size_t{3}); // who says nothing has no vote
    CHECK_FALSE(most_said(std::vector<Voice>{{{}, {}}}));
    CHECK_FALSE(most_said({}));
}

TEST_CASE("the majority class has the commonest label's share, of as common ones the first") {
    const auto three = majority_class(3, std::vector<std::size_t>{2, 0, 2, 1});
    CHECK(three.accuracy == 0.5);
    CHECK(three.macro_f1 == Approx(2 * 0.5 / 1.5 / 3)); // precision 1/2, recall 1; 0 for the others
    CHECK(three.interval == familiar::evaluation::wilson_interval(2, 4));
    CHECK(majority_class(2, std::vector<std::size_t>{1, 0}).macro_f1 == Approx(2 * 0.5 / 1.5 / 2));
    CHECK(to_json(three)["accuracy"] == 0.5);
}
