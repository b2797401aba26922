#include <familiar/retrieval/diverse_picks.hpp>

#include <catch2/catch.hpp>

#include <set>

using namespace familiar::retrieval;
using Picks = std::vector<std::size_t>;

namespace {

// Three directions, the first of them three times.
const std::vector<float> kValues = {1, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 0.6F, 0, 0.8F};
const std::vector<double> kRelevance = {0.9, 0.9, 0.9, 0.1, 0.8};
const familiar::tensor::MatrixView<const float> kRows(kValues.data(), 5, 3);

} // namespace

TEST_CASE("marginal relevance weighs nearness against what is picked already") {
    CHECK(maximal_marginal_relevance(kRows, kRelevance, 1.0, 4) == Picks{0, 1, 2, 4});
    CHECK(maximal_marginal_relevance(kRows, kRelevance, 0.5, 3) == Picks{0, 4, 3}); // 0.4 − 0.3, 0.05 − 0, copies −0.05
    CHECK(maximal_marginal_relevance(kRows, kRelevance, 0.0, 2) == Picks{0, 3});
    CHECK(maximal_marginal_relevance(kRows, kRelevance, 0.5, 9).size() == 5);
    CHECK(maximal_marginal_relevance({kValues.data(), 0, 3}, {}, 0.5, 2).empty());
}

TEST_CASE("a determinant of copies is nothing: they come last, and are picked nevertheless") {
    const auto picks = greedy_determinantal(kRows, kRelevance, 0.0, 5);
    CHECK(picks.size() == 5);
    CHECK(std::set<std::size_t>(picks.begin(), picks.end()).size() == 5);
    CHECK(picks[0] == 0);
    CHECK(std::set<std::size_t>(picks.begin(), picks.begin() + 3) == std::set<std::size_t>{0, 3, 4});
    CHECK(greedy_determinantal(kRows, kRelevance, 1000.0, 2)[0] == 0); // no overflow
    CHECK(greedy_determinantal({kValues.data(), 0, 3}, {}, 1.0, 2).empty());
}
