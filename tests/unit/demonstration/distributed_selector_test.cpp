#include <familiar/demonstration/distributed_selector.hpp>

#include "pool.hpp"

#include <familiar/demonstration/any_selector.hpp>
#include <familiar/demonstration/fixed_selector.hpp>
#include <familiar/demonstration/nearest_selector.hpp>
#include <familiar/demonstration/ordered_selector.hpp>
#include <familiar/demonstration/random_selector.hpp>

#include <laws/selector_laws.hpp>

#include <catch2/catch.hpp>

#include <map>

using namespace familiar;
using namespace familiar::tests;
using demonstration::AnySelector;
using Selector = demonstration::DistributedSelector<AnySelector>;

namespace {

Selector make(const std::string& distribution, AnySelector inner = demonstration::FixedSelector()) {
    Selector::Parameters parameters;
    parameters.distribution = distribution;
    return Selector(parameters, std::move(inner));
}

std::map<std::string, int> shown(const std::string& distribution, const std::string& labels, std::size_t count) {
    const auto pool = pool_of(labels);
    auto selector = make(distribution, demonstration::RandomSelector());
    selector.prepare(three_labels(), pool, 2);
    std::map<std::string, int> counts;
    const auto chosen = selector.select(pool_of("a"), count).front();
    for (const auto position : chosen) ++counts[pool[position].label.value()];
    return counts;
}

} // namespace

TEST_CASE("a distributed selector keeps the laws of selectors, whatever it wraps") {
    const auto pool = pool_of("aaabbbbbbc");
    for (const char* distribution : {"uniform", "train", "one-per-label"}) {
        const bool fills = std::string(distribution) != "one-per-label";
        laws::check_selector_laws([=] { return make(distribution); }, three_labels(), pool, pool_of("ab"), fills);
        laws::check_selector_laws(
            [=] { return make(distribution, demonstration::NearestSelector({}, LetterEncoder())); }, three_labels(),
            pool, pool_of("ab"), fills);
    }
    laws::check_selector_laws([] { return make("uniform"); }, Task(), pool, pool_of("ab"));
}

TEST_CASE("labels have the numbers that the distribution gives them") {
    const std::string pool = std::string(60, 'a') + std::string(30, 'b') + std::string(10, 'c');
    CHECK(shown("uniform", pool, 9) == std::map<std::string, int>{{"a", 3}, {"b", 3}, {"c", 3}});
    CHECK(shown("train", pool, 10) == std::map<std::string, int>{{"a", 6}, {"b", 3}, {"c", 1}});
    CHECK(shown("one-per-label", pool, 10) == std::map<std::string, int>{{"a", 1}, {"b", 1}, {"c", 1}});
    CHECK(shown("uniform", "aaaab", 4) == std::map<std::string, int>{{"a", 3}, {"b", 1}});
    CHECK(shown("train", "aaaa", 3) == std::map<std::string, int>{{"a", 3}});
    CHECK_THROWS_WITH(make("unifrom"), Catch::Contains("uniform"));
}

TEST_CASE("of each label the nearest are shown, the nearest of all last") {
    std::vector<Example> pool;
    for (const auto& [text, label] : std::vector<std::pair<std::string, std::string>>{
             {"ox", "a"}, {"sunny", "a"}, {"sun", "b"}, {"suns", "b"}, {"sung", "b"}})
        pool.push_back({std::to_string(pool.size()), text, std::nullopt, label});
    auto selector = make("uniform", demonstration::NearestSelector({}, LetterEncoder()));
    selector.prepare(three_labels(), pool, 0);
    const auto chosen = selector.select(texts({"sun"}), 2).front();
    CHECK(chosen == std::vector<std::size_t>{1, 2});
}

TEST_CASE("orders that the LLM would be asked about are refused, since a distribution shows another") {
    using Ordered = demonstration::OrderedSelector<AnySelector, LetterEncoder>;
    const auto pool = pool_of("aabbccab");
    for (const std::string order : {"global-entropy", "similar-last"}) {
        Ordered::Parameters parameters;
        parameters.order = order;
        auto selector =
            make("uniform", Ordered(parameters, demonstration::FixedSelector(), [] { return LetterEncoder(); }));
        if (order == "similar-last") {
            CHECK_NOTHROW(selector.prepare(three_labels(), pool, 0));
        } else {
            CHECK_THROWS_WITH(selector.prepare(three_labels(), pool, 0), Catch::Contains("other way round"));
        }
    }
}
