#include <familiar/demonstration/ordered_selector.hpp>

#include "pool.hpp"

#include <familiar/demonstration/any_selector.hpp>
#include <familiar/demonstration/fixed_selector.hpp>
#include <familiar/demonstration/nearest_selector.hpp>

#include <laws/selector_laws.hpp>

#include <catch2/catch.hpp>

#include <algorithm>

using namespace familiar;
using namespace familiar::tests;
using demonstration::AnySelector;
using demonstration::FixedSelector;
using Selector = demonstration::OrderedSelector<AnySelector, LetterEncoder>;
using Positions = std::vector<std::size_t>;

namespace {

Selector make(const std::string& order, AnySelector inner = FixedSelector()) {
    Selector::Parameters parameters;
    parameters.order = order;
    return Selector(parameters, std::move(inner), [] { return LetterEncoder(); });
}

} // namespace

TEST_CASE("an ordered selector keeps the laws of selectors, whatever it orders") {
    const auto pool = texts({"sun", "moon", "stars", "sunny", "noon", ""}), queries = texts({"sun", "zzz", "moo"});
    for (const char* order : {"similar-last", "similar-first", "random"}) {
        laws::check_selector_laws([=] { return make(order); }, three_labels(), pool, queries);
        laws::check_selector_laws([=] { return make(order, demonstration::NearestSelector({}, LetterEncoder())); },
                                  three_labels(), pool, queries);
    }
}

TEST_CASE("the same examples are shown in the order asked for") {
    const auto pool = texts({"sun", "moon", "sunny", "noon"}), queries = texts({"sun", "moon"});
    const auto shown = [&](const std::string& order) {
        auto selector = make(order);
        CHECK(selector.wants_predictions() == (order.starts_with("confident") || order.starts_with("entropy")));
        const std::vector<Prediction> told = {
            {0, 0.7, {0.7, 0.3}}, {0, 0.9, {0.9, 0.1}}, {0, 0.5, {0.5, 0.5}}, {0, 0.8, {0.8, 0.2}}};
        selector.learn(told);
        selector.prepare(three_labels(), pool, 1);
        return selector.select(queries, 4);
    };
    CHECK(shown("similar-last")[0].back() == 0);
    CHECK(shown("similar-last")[1].back() == 1);
    CHECK(shown("similar-first")[1].front() == 1);
    CHECK(shown("confident-last")[0] == Positions{2, 0, 3, 1});
    CHECK(shown("confident-first")[1] == Positions{1, 3, 0, 2});
    CHECK(shown("entropy-last")[0] == Positions{1, 3, 0, 2});
    auto random = shown("random")[0];
    std::sort(random.begin(), random.end());
    CHECK(random == Positions{0, 1, 2, 3});
    CHECK(make("similar-last").varies());
    CHECK_FALSE(make("random").varies());
}

TEST_CASE("an order that nobody knows, or that lacks its plug-in, is an error") {
    CHECK_THROWS_WITH(make("similar"), Catch::Contains("similar-last"));
    auto selector = make("confident-last");
    const auto pool = texts({"sun"});
    CHECK_THROWS_WITH(selector.prepare(three_labels(), pool, 0), Catch::Contains("plug-in"));
}

TEST_CASE("orders are tried on examples that are not shown, and the one of most entropy stands") {
    Selector::Parameters parameters;
    parameters.order = "global-entropy";
    parameters.orders = 5;
    parameters.probes = 3;
    Selector selector(parameters, FixedSelector(), [] { return LetterEncoder(); });
    CHECK_FALSE(selector.varies());
    const auto pool = texts({"one", "two", "three", "four", "five", "six", "seven"});
    selector.prepare(three_labels(), pool, 4);
    const auto trials = selector.trials(4);
    CHECK(trials.orders == 5);
    CHECK(trials.probes == Positions{4, 5, 6});
    std::vector<Positions> shown;
    for (std::size_t order = 0; order < trials.orders; ++order) {
        selector.show_order(order);
        shown.push_back(selector.select(pool, 4).back());
        auto sorted = shown.back();
        std::sort(sorted.begin(), sorted.end());
        CHECK(sorted == Positions{0, 1, 2, 3});
        CHECK(std::count(shown.begin(), shown.end(), shown.back()) == 1);
    }
    CHECK(shown[0] == Positions{0, 1, 2, 3});
    const auto said = [](std::vector<std::size_t> labels) {
        std::vector<demonstration::LlmWord> words;
        for (const std::size_t label : labels) words.push_back({label, {}, false});
        return words;
    };
    const std::vector heard = {said({0, 0, 0}), said({0, 0, 1}), said({0, 1, 2}), said({1, 1, 0}), said({2, 1, 0})};
    CHECK(selector.best_order(heard) == 2);
    selector.show_order(selector.best_order(heard));
    CHECK(selector.select(pool, 4).front() == shown[2]);

    CHECK(make("global-entropy").trials(4).orders == 0); // nothing to show
    CHECK(make("random").trials(4).orders == 0);
    parameters.order = "local-entropy";
    const Selector local(parameters, FixedSelector(), [] { return LetterEncoder(); });
    CHECK_THROWS_WITH(local.best_order(heard), Catch::Contains("probabilities"));
    Selector nearest(parameters, demonstration::NearestSelector({}, LetterEncoder()), [] { return LetterEncoder(); });
    CHECK_THROWS_WITH(nearest.prepare(three_labels(), pool, 0), Catch::Contains("does not depend on the query"));
    parameters.orders = 0;
    CHECK_THROWS_AS(Selector(parameters, FixedSelector(), [] { return LetterEncoder(); }), Error);
}
