#include <familiar/demonstration/approximate_selector.hpp>

#include "pool.hpp"

#include <familiar/demonstration/nearest_selector.hpp>

#include <laws/selector_laws.hpp>

#include <catch2/catch.hpp>

using namespace familiar;
using namespace familiar::tests;

namespace {

using Selector = demonstration::ApproximateSelector<LetterEncoder>;

Selector::Parameters from(std::size_t rows) {
    Selector::Parameters parameters;
    parameters.exact_below = rows;
    return parameters;
}

} // namespace

static_assert(demonstration::RanksDemonstrations<Selector>);

TEST_CASE("the approximate selector keeps the laws of selectors, by the graph and without it") {
    const auto pool = texts({"sun", "moon", "stars", "sunny", "noon", "", "tars"});
    for (const std::size_t rows : {0, 100}) {
        laws::check_selector_laws([=] { return Selector(from(rows), {}); }, three_labels(), pool,
                                  texts({"sun", "star", "zzz", ""}));
    }
}

TEST_CASE("of a few examples the graph finds what the exact search finds") {
    const auto pool = texts({"moon", "nun", "sun", "suns", "abc", "bcd"}), queries = texts({"sun", "moo", "cd"});
    demonstration::NearestSelector<LetterEncoder> nearest({}, {});
    nearest.prepare(three_labels(), pool, 0);
    for (const std::size_t rows : {0, 100}) {
        Selector selector(from(rows), {});
        selector.prepare(three_labels(), pool, 0);
        CHECK(selector.select(queries, 1) == nearest.select(queries, 1)); // among equals the two may differ
        CHECK(selector.select(pool, 1) == nearest.select(pool, 1));       // none is shown to itself
    }
}
