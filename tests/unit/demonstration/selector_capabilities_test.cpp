#include <familiar/demonstration/selector_capabilities.hpp>

#include "unit/pipeline/toy_policies.hpp"

#include <familiar/demonstration/any_selector.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace familiar;
using namespace familiar::tests;

namespace {

using Selection = std::vector<std::vector<std::size_t>>;

/// Can do all that a selector can, and remembers what it was told.
struct AbleSelector {
    static constexpr bool depends_on_query = true;
    void prepare(const Task&, std::span<const Example>, std::uint64_t) {}
    [[nodiscard]] Selection select(std::span<const Example> queries, std::size_t) { return {queries.size(), {0, 1}}; }
    [[nodiscard]] Selection rank(std::span<const Example> queries, std::size_t) { return {queries.size(), {1, 0}}; }
    [[nodiscard]] bool best_last() const { return true; }
    [[nodiscard]] bool wants_predictions() const { return true; }
    void learn(std::span<const Prediction> predictions) { predicted = predictions.size(); }
    [[nodiscard]] std::vector<std::size_t> asks_about(const Task&, std::span<const Example> pool, std::uint64_t) {
        return {pool.size() - 1};
    }
    void learn_words(std::span<const std::size_t> positions, std::span<const demonstration::LlmWord>) {
        heard = positions.size();
    }
    [[nodiscard]] bool varies() const { return false; }
    [[nodiscard]] std::string identity() const { return "able"; }

    std::size_t predicted = 0, heard = 0;
};

} // namespace

TEST_CASE("what a selector can do is asked of it, erased or not", "[selector_capabilities]") {
    namespace d = demonstration;
    const auto pool = colour_examples("train", 4), queries = colour_examples("test", 2);
    const std::vector<Prediction> predictions(4);
    const std::vector<d::LlmWord> words(1);
    const auto check = [&](auto& selector) {
        CHECK(d::ranked_by(selector, queries, 2) == Selection(2, {1, 0}));
        CHECK(d::shows_best_last(selector));
        CHECK(d::wants_predictions(selector));
        const auto asked = d::asks_about(selector, colour_task(), pool, 0);
        CHECK(asked == std::vector<std::size_t>{3});
        CHECK_FALSE(d::varies(selector));
        d::tell_predictions(selector, predictions);
        d::tell_words(selector, asked, words);
    };
    AbleSelector plain;
    check(plain);
    CHECK(plain.predicted == 4);
    CHECK(plain.heard == 1);
    d::AnySelector erased{AbleSelector()};
    check(erased);
}

TEST_CASE("a selector that cannot do it does not want to", "[selector_capabilities]") {
    namespace d = demonstration;
    const auto pool = colour_examples("train", 4), queries = colour_examples("test", 2);
    const auto check = [&](auto selector) {
        selector.prepare(colour_task(), pool, 0);
        CHECK(d::ranked_by(selector, queries, 2) == selector.select(queries, 2));
        CHECK_FALSE(d::shows_best_last(selector));
        CHECK_FALSE(d::wants_predictions(selector));
        CHECK(d::asks_about(selector, colour_task(), pool, 0).empty());
        d::tell_predictions(selector, {});
        d::tell_words(selector, {}, {});
    };
    check(FirstSelector());
    check(OwnSelector());
    CHECK_FALSE(d::varies(FirstSelector()));
    CHECK(d::varies(OwnSelector()));
}
