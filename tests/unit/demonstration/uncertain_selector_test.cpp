#include <familiar/demonstration/uncertain_selector.hpp>

#include "pool.hpp"

#include <laws/selector_laws.hpp>

#include <catch2/catch.hpp>

using namespace familiar;
using namespace familiar::tests;
using Selector = demonstration::UncertainSelector<LengthJudge>;

namespace {

Selector make(const std::string& measure = "entropy") {
    Selector::Parameters parameters;
    parameters.measure = measure;
    return Selector(parameters, [] { return LengthJudge(); });
}

} // namespace

TEST_CASE("the uncertain selector keeps the laws of selectors") {
    laws::check_selector_laws([] { return make(); }, three_labels(), pool_of("aabbbccab"), pool_of("ab"));
    laws::check_selector_laws([] { return make(); }, three_labels(), pool_of("aaaa"), pool_of("ab"));
}

TEST_CASE("what the plug-in doubts most comes first, by each measure, labels in turns") {
    const auto pool = pool_of("aaab");
    const std::vector<Prediction> told = {
        {0, 0.5, {0.5, 0.25, 0.25}}, {0, 0.5, {0.5, 0.5, 0.0}}, {0, 0.9, {}}, {1, 1.0, {0, 1, 0}}};
    for (const auto& [measure, first] :
         std::vector<std::pair<std::string, std::size_t>>{{"entropy", 0}, {"margin", 1}}) {
        auto selector = make(measure);
        selector.learn(told);
        selector.prepare(three_labels(), pool, 0);
        const auto order = selector.rank(pool_of("a"), 4).front();
        REQUIRE(order.size() == 4);
        const std::size_t own = order[0] == 3 ? 1 : 0;
        CHECK(order[own] == first);
        CHECK(order[3] == 2);
        CHECK((order[0] == 3 || order[1] == 3));
    }
    CHECK_THROWS_AS(make("doubt"), Error);
}
