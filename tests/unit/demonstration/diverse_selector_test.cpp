#include <familiar/demonstration/diverse_selector.hpp>

#include "pool.hpp"

#include <laws/selector_laws.hpp>

#include <catch2/catch.hpp>

using namespace familiar;
using namespace familiar::tests;
using Mmr = demonstration::MmrSelector<LetterEncoder>;
using Dpp = demonstration::DppSelector<LetterEncoder>;
using Positions = std::vector<std::size_t>;

TEST_CASE("the diverse selectors keep the laws of selectors") {
    const auto pool = texts({"sun", "sun", "stars", "sunny", "noon", "", "tars"}), queries = texts({"sun", "zzz", ""});
    ThreadPool threads(2);
    laws::check_selector_laws([&] { return Mmr({}, {}, &threads); }, three_labels(), pool, queries);
    laws::check_selector_laws([] { return Dpp({}, {}); }, three_labels(), pool, queries);
}

TEST_CASE("the nearest comes first, a copy of it not at once") {
    const auto pool = texts({"moon", "sun", "sun", "sunny"});
    for (const bool dpp : {false, true}) {
        Mmr::Parameters parameters;
        parameters.weight = 0.4;
        Mmr mmr(parameters, {});
        Dpp determinantal({}, {});
        mmr.prepare(three_labels(), pool, 0);
        determinantal.prepare(three_labels(), pool, 0);
        const auto ranked = dpp ? determinantal.rank(texts({"sun"}), 4).front() : mmr.rank(texts({"sun"}), 4).front();
        CHECK(ranked[0] == 1);
        CHECK(ranked[1] != 2);
        CHECK(mmr.rank(pool, 4)[1].size() == 3); // not shown to itself
    }
}

TEST_CASE("only the nearest candidates are looked at, unless more are wanted") {
    Mmr::Parameters parameters;
    parameters.weight = 0.0;
    parameters.candidates = 2;
    Mmr selector(parameters, {});
    selector.prepare(three_labels(), texts({"sun", "sunny", "ox"}), 0);
    CHECK(selector.rank(texts({"sun"}), 2).front() == Positions{0, 1});
    CHECK(selector.rank(texts({"sun"}), 3).front() == Positions{0, 2, 1});
    parameters.weight = 2.0;
    CHECK_THROWS_AS(Mmr(parameters, {}), Error);
    Dpp::Parameters theta;
    theta.theta = -1.0;
    CHECK_THROWS_AS(Dpp(theta, {}), Error);
    CHECK(selector.identity() != Mmr({}, {}).identity());
}
