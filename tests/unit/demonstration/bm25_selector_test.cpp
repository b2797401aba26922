#include <familiar/demonstration/bm25_selector.hpp>

#include "pool.hpp"

#include <familiar/core/error.hpp>

#include <laws/selector_laws.hpp>

#include <catch2/catch.hpp>

using namespace familiar;
using namespace familiar::tests;
using demonstration::Bm25Selector;

TEST_CASE("the BM25 selector keeps the laws of selectors, with threads and without") {
    const auto pool = texts({"the sun", "the moon", "", "stars and the sun", "the the the", "a zeppelin", "日 光"});
    const auto queries = texts({"sun stars", "", "zeppelin", "光"});
    ThreadPool threads(3);
    laws::check_selector_laws([] { return Bm25Selector(); }, three_labels(), pool, queries);
    laws::check_selector_laws([&] { return Bm25Selector({}, &threads); }, three_labels(), pool, queries);
}

TEST_CASE("the example with the query's rare words stands next to it") {
    auto pool =
        texts({"the film is a film", "quixotic in Vienna", "the film", "a film of the kind", "the quixotic film"});
    pool[4].label.reset(); // is never shown
    Bm25Selector selector;
    selector.prepare(three_labels(), pool, 0);
    CHECK(selector.rank(texts({"a Quixotic film"}), 1).front() == std::vector<std::size_t>{1});
    CHECK(selector.select(texts({"a Quixotic film"}), 3).front().back() == 1);
    CHECK(selector.rank(pool, 4)[1].size() == 3); // not shown to itself
    auto pairs = pool;
    pairs[0].text_b = "zeppelins";
    selector.prepare(three_labels(), pairs, 0);
    CHECK(selector.rank(texts({"zeppelins"}), 1).front() == std::vector<std::size_t>{0});
}

TEST_CASE("parameters out of their range are errors") {
    Bm25Selector::Parameters parameters;
    parameters.b = 1.5;
    CHECK_THROWS_AS(Bm25Selector(parameters), Error);
    parameters.b = 0.5;
    parameters.k1 = -1;
    CHECK_THROWS_AS(Bm25Selector(parameters), Error);
}
