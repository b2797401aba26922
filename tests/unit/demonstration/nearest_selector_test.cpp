#include <familiar/demonstration/nearest_selector.hpp>

#include "pool.hpp"

#include <laws/selector_laws.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace familiar;
using namespace familiar::tests;

namespace {

using Selector = demonstration::NearestSelector<LetterEncoder>;
using Positions = std::vector<std::size_t>;

} // namespace

static_assert(demonstration::RanksDemonstrations<Selector>);
static_assert(Selector::depends_on_query);

TEST_CASE("the nearest selector keeps the laws of selectors") {
    const auto pool = texts({"sun", "moon", "stars", "sunny", "noon", "", "tars"});
    laws::check_selector_laws([] { return Selector({}, {}); }, three_labels(), pool, texts({"sun", "star", "zzz", ""}));
}

TEST_CASE("the most similar example stands last, next to the query, or first where asked for") {
    const auto pool = texts({"moon", "nun", "sun", "suns"});
    Selector selector({}, {});
    selector.prepare(three_labels(), pool, 0);
    CHECK(selector.select(texts({"sun"}), 3).front() == Positions{1, 3, 2});
    Selector::Parameters parameters;
    parameters.nearest_last = false;
    Selector reversed(parameters, {});
    reversed.prepare(three_labels(), pool, 0);
    CHECK(reversed.select(texts({"sun"}), 3).front() == Positions{2, 3, 1});
    CHECK(selector.identity() != reversed.identity());
}

TEST_CASE("among equals the lower position is nearer") {
    Selector::Parameters parameters;
    parameters.nearest_last = false;
    Selector selector(parameters, {});
    const auto pool = texts({"xx", "sun", "nus", "sun"});
    selector.prepare(three_labels(), pool, 0);
    CHECK(selector.select(texts({"sun"}), 2).front() == Positions{1, 2});
}

TEST_CASE("a row of the pool is not shown to itself, its twins are") {
    const auto pool = texts({"sun", "sun", "moon"});
    Selector selector({}, {});
    selector.prepare(three_labels(), pool, 0);
    const auto chosen = selector.select(pool, 2);
    CHECK(chosen[0] == Positions{2, 1});
    CHECK(chosen[1] == Positions{2, 0});
    CHECK(selector.select(texts({"sun"}), 2).front() == Positions{1, 0});
}

TEST_CASE("examples without a label are never shown") {
    auto pool = texts({"sun", "sun", "moon"});
    pool[0].label.reset();
    Selector selector({}, {});
    selector.prepare(three_labels(), pool, 0);
    CHECK(selector.select(texts({"sun"}), 3).front() == Positions{2, 1});
    CHECK(selector.select(pool, 3)[1] == Positions{2});
    for (auto& example : pool) example.label.reset();
    selector.prepare(three_labels(), pool, 0);
    CHECK(selector.select(texts({"sun"}), 3).front().empty());
}
