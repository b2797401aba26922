#include <familiar/demonstration/cluster_selector.hpp>

#include "pool.hpp"

#include <laws/selector_laws.hpp>

#include <catch2/catch.hpp>

#include <map>
#include <set>

using namespace familiar;
using namespace familiar::tests;
using Kcs = demonstration::KcsSelector<LetterEncoder>;
using Hcs = demonstration::HcsSelector<LetterEncoder>;

namespace {

std::vector<Example> labelled(std::vector<std::pair<std::string, std::string>> rows) {
    std::vector<Example> pool;
    for (auto& [text, label] : rows) pool.push_back({std::to_string(pool.size()), text, std::nullopt, label});
    return pool;
}

// Two kinds of text of each of two labels, one kind of them rarer.
const auto kPool = labelled({{"sun", "a"},
                             {"suns", "a"},
                             {"sunn", "a"},
                             {"ox", "a"},
                             {"moo", "b"},
                             {"moon", "b"},
                             {"fly", "b"},
                             {"lyf", "b"},
                             {"moom", "b"}});

template <class Selector> std::vector<std::size_t> chosen(const std::vector<Example>& pool, std::size_t count) {
    Selector selector({}, {});
    selector.prepare(three_labels(), pool, 3);
    return selector.select(texts({"sun"}), count).front();
}

} // namespace

TEMPLATE_TEST_CASE("cluster selectors keep the laws of selectors", "", Kcs, Hcs) {
    laws::check_selector_laws([] { return TestType({}, {}); }, three_labels(), kPool, texts({"sun", "zzz"}));
    laws::check_selector_laws([] { return TestType({}, {}); }, three_labels(), texts({"sun", "sun", "sun", "sun"}),
                              texts({"sun", ""}));
    laws::check_selector_laws([] { return TestType({}, {}); }, Task(), kPool, texts({"sun", "ox"}));
}

TEMPLATE_TEST_CASE("each label shows a typical example of each of its kinds, the larger kind first", "", Kcs, Hcs) {
    const auto positions = chosen<TestType>(kPool, 4);
    REQUIRE(positions.size() == 4);
    std::map<std::string, std::vector<std::string>> shown;
    for (const auto p : positions) shown[*kPool[p].label].push_back(kPool[p].text);
    REQUIRE(shown["a"].size() == 2);
    CHECK(shown["a"][0].starts_with("sun"));
    CHECK(shown["a"][1] == "ox");
    CHECK(shown["b"][0].starts_with("moo"));
    CHECK((shown["b"][1] == "fly" || shown["b"][1] == "lyf"));
    CHECK(*kPool[positions[0]].label != *kPool[positions[1]].label); // in turns
}

TEMPLATE_TEST_CASE("what copies and small labels do not give comes from the others", "", Kcs, Hcs) {
    const auto copies = labelled({{"sun", "a"}, {"sun", "a"}, {"sun", "a"}, {"ox", "b"}});
    const auto positions = chosen<TestType>(copies, 3);
    CHECK(std::set<std::size_t>(positions.begin(), positions.end()).size() == 3);
    CHECK(std::count(positions.begin(), positions.end(), 3U) == 1);
    CHECK(chosen<TestType>({}, 3).empty());
    CHECK(chosen<TestType>(pool_of("..a."), 3) == std::vector<std::size_t>{2});
}
