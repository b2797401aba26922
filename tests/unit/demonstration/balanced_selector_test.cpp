#include <familiar/demonstration/balanced_selector.hpp>

#include "pool.hpp"

#include <laws/selector_laws.hpp>

#include <catch2/catch.hpp>

#include <map>
#include <set>

using namespace familiar;
using namespace familiar::tests;
using demonstration::BalancedSelector;

namespace {

std::map<std::string, int> shown(const std::vector<Example>& pool, std::size_t count, std::uint64_t seed = 1) {
    BalancedSelector selector;
    selector.prepare(three_labels(), pool, seed);
    std::map<std::string, int> labels;
    const auto positions = selector.select(pool_of("a"), count).front();
    for (const auto position : positions) ++labels[pool[position].label.value()];
    return labels;
}

} // namespace

TEST_CASE("the balanced selector keeps the laws of selectors") {
    const auto pool = pool_of("aaaaaaaabbbc");
    laws::check_selector_laws([] { return BalancedSelector(); }, three_labels(), pool, pool_of("abc"));
}

TEST_CASE("every label is shown equally often, whatever the pool") {
    const auto pool = pool_of(std::string(80, 'a') + "bbbbcccc");
    CHECK(shown(pool, 6) == std::map<std::string, int>{{"a", 2}, {"b", 2}, {"c", 2}});
    for (const auto& [label, count] : shown(pool, 8)) CHECK((count == 2 || count == 3));
}

TEST_CASE("a label without examples is passed over, one with few is shown as often as it can be") {
    CHECK(shown(pool_of("aaaabbbb"), 4) == std::map<std::string, int>{{"a", 2}, {"b", 2}});
    CHECK(shown(pool_of("aaaaaab"), 5) == std::map<std::string, int>{{"a", 4}, {"b", 1}});
    CHECK(shown(pool_of("...a"), 5) == std::map<std::string, int>{{"a", 1}});
    CHECK(shown(pool_of(""), 5).empty());
}

TEST_CASE("labels take turns, and no label always comes last") {
    const auto pool = pool_of("aaaabbbbcccc");
    std::set<std::string> last;
    for (std::uint64_t seed = 0; seed < 30; ++seed) {
        BalancedSelector selector;
        selector.prepare(three_labels(), pool, seed);
        const auto positions = selector.select(pool_of("a"), 6).front();
        for (const std::size_t round : {0u, 3u}) {
            std::set<std::string> labels;
            for (std::size_t i = 0; i < 3; ++i) labels.insert(*pool[positions[round + i]].label);
            CHECK(labels.size() == 3);
        }
        last.insert(*pool[positions.back()].label);
    }
    CHECK(last.size() == 3);
}

TEST_CASE("without labels to balance the draw is random") {
    Task generation;
    auto pool = pool_of("xyz");
    BalancedSelector selector;
    selector.prepare(generation, pool, 0);
    CHECK(selector.select(pool_of("a"), 3).front().size() == 3);
}
