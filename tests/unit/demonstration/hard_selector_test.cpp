#include <familiar/demonstration/hard_selector.hpp>

#include "pool.hpp"

#include <laws/selector_laws.hpp>
#include <support/scratch_folder.hpp>

#include <catch2/catch.hpp>

#include <fstream>
#include <set>

using namespace familiar;
using namespace familiar::tests;
using Selector = demonstration::HardSelector<LengthJudge>;

namespace {

Selector::Parameters with(double share, std::string recorded = {}) {
    Selector::Parameters parameters;
    parameters.share = share;
    parameters.recorded = std::move(recorded);
    return parameters;
}

Selector make(Selector::Parameters parameters) {
    return Selector(std::move(parameters), [] { return LengthJudge(); });
}

/// Label by label how many of the shown rows were predicted wrongly.
std::map<std::string, int> hard_shown(Selector& selector, const std::vector<Example>& pool,
                                      const std::set<std::size_t>& wrong, std::size_t count) {
    std::vector<Prediction> predictions(pool.size());
    const Task task = three_labels();
    for (std::size_t i = 0; i < pool.size(); ++i) {
        const std::size_t label = task.label_index(*pool[i].label).value();
        predictions[i].label = wrong.contains(i) ? (label + 1) % 3 : label;
    }
    selector.learn(predictions);
    selector.prepare(task, pool, 5);
    const auto chosen = selector.select(pool_of("a"), count).front();
    CHECK(chosen.size() == std::min(count, pool.size()));
    std::map<std::string, int> hard;
    for (const auto position : chosen) hard[*pool[position].label] += wrong.contains(position) ? 1 : 0;
    return hard;
}

} // namespace

TEST_CASE("the hard selector keeps the laws of selectors") {
    for (const double share : {0.0, 0.5, 1.0}) {
        laws::check_selector_laws([=] { return make(with(share)); }, three_labels(), pool_of("aaabbbcca"),
                                  pool_of("ab"));
    }
    laws::check_selector_laws([] { return make(with(1.0)); }, three_labels(), pool_of("aaa"), pool_of("ab"));
}

TEST_CASE("each label has its share of hard examples, as far as there are any") {
    const auto pool = pool_of("aaaaaabbbbbb");
    const std::set<std::size_t> wrong = {0, 1, 2, 9};
    auto all = make(with(1.0)), half = make(with(0.5)), none = make(with(0.0));
    CHECK(hard_shown(all, pool, wrong, 4) == std::map<std::string, int>{{"a", 2}, {"b", 1}});
    CHECK(hard_shown(half, pool, wrong, 8) == std::map<std::string, int>{{"a", 2}, {"b", 1}});
    CHECK(hard_shown(none, pool, wrong, 6) == std::map<std::string, int>{{"a", 0}, {"b", 0}});
    CHECK(hard_shown(none, pool, wrong, 12) == std::map<std::string, int>{{"a", 3}, {"b", 1}});
}

TEST_CASE("recorded answers say what is hard, found by id") {
    const ScratchFolder scratch;
    const auto file = scratch.path() / "predictions.jsonl";
    std::ofstream(file) << R"({"id": 1, "label": "b", "gold": "b"})"
                           "\n"
                        << R"({"id": 0, "label": null, "gold": "a"})"
                           "\n"
                        << R"({"id": 2, "label": "c", "gold": "c"})"
                           "\n";
    auto selector = make(with(1.0, file.string()));
    CHECK_FALSE(selector.wants_predictions());
    auto pool = pool_of("aaa");
    selector.prepare(three_labels(), pool, 0);
    CHECK(selector.select(pool_of("a"), 1).front() == std::vector<std::size_t>{0});
    pool = pool_of("aaab");
    CHECK_THROWS_WITH(selector.prepare(three_labels(), pool, 0), Catch::Contains("3"));
    std::ofstream(file) << "{}\n";
    CHECK_THROWS_WITH(selector.prepare(three_labels(), pool, 0), Catch::Contains("predictions.jsonl"));
    CHECK_THROWS_AS(make(with(1.5)), Error);
}

TEST_CASE("the LLM is asked about as many of each label, and what it got wrong is hard") {
    auto parameters = with(1.0);
    parameters.judge = "llm";
    parameters.rows = 8;
    auto selector = make(parameters);
    CHECK_FALSE(selector.wants_predictions());
    const auto pool = pool_of("aaaaaaaa.bbbbb");
    const auto asked = selector.asks_about(three_labels(), pool, 3);
    REQUIRE(asked.size() == 8);
    CHECK(std::is_sorted(asked.begin(), asked.end()));
    CHECK(std::count_if(asked.begin(), asked.end(), [](std::size_t i) { return i < 8; }) == 4);
    CHECK(selector.asks_about(three_labels(), pool, 3) == asked);

    std::vector<demonstration::LlmWord> words; // a: right, wrong, no label, failed; b: right, wrong, wrong, failed
    for (const std::size_t label : {0, 1, 9, 8, 1, 0, 0, 8}) {
        demonstration::LlmWord word;
        word.failed = label == 8;
        if (label < 8) word.label = label;
        words.push_back(word);
    }
    selector.learn_words(asked, words);
    selector.prepare(three_labels(), pool, 3);
    words[2].label.reset();
    auto chosen = selector.select(pool_of("a"), 4).front();
    std::sort(chosen.begin(), chosen.end());
    CHECK(chosen == std::vector<std::size_t>{asked[1], asked[2], asked[5], asked[6]});
    chosen = selector.select(pool_of("a"), 12).front(); // easy ones fill up; what failed or was not asked is not shown
    std::sort(chosen.begin(), chosen.end());
    CHECK(chosen == std::vector<std::size_t>{asked[0], asked[1], asked[2], asked[4], asked[5], asked[6]});

    CHECK_THROWS_WITH(selector.prepare(three_labels(), pool, 3), Catch::Contains("hss.judge")); // words count once
    CHECK(make(with(1.0)).asks_about(three_labels(), pool, 3).empty());
    parameters.recorded = "some.jsonl";
    CHECK_THROWS_AS(make(parameters), Error);
    parameters.judge = "cat";
    CHECK_THROWS_WITH(make(parameters), Catch::Contains("cat"));
}
