#include <familiar/demonstration/vote_k_selector.hpp>

#include "pool.hpp"

#include <laws/selector_laws.hpp>

#include <catch2/catch.hpp>

using namespace familiar;
using namespace familiar::tests;
using Selector = demonstration::VoteKSelector<LetterEncoder>;

TEST_CASE("the vote-k selector keeps the laws of selectors") {
    const auto pool = texts({"sun", "moon", "stars", "sunny", "noon", "", "tars", "sun"});
    laws::check_selector_laws([] { return Selector({}, {}); }, three_labels(), pool, texts({"sun", "zzz"}));
    laws::check_selector_laws([] { return Selector({}, {}); }, three_labels(), texts({"sun", "sun", "sun"}),
                              texts({"a", "b"}));
}

TEST_CASE("what many are like is shown first, then what is unlike it") {
    const auto pool = texts({"nus", "sunx", "suny", "sunz", "moon", "moonx", "moony"});
    Selector::Parameters parameters;
    parameters.neighbours = 1;
    Selector selector(parameters, {});
    selector.prepare(three_labels(), pool, 0);
    CHECK(selector.select(texts({"q"}), 2).front() == std::vector<std::size_t>{0, 4});
    selector.prepare(three_labels(), {}, 0);
    CHECK(selector.select(texts({"q"}), 2).front().empty());
}
