#include <familiar/demonstration/asks_llm.hpp>

#include "pool.hpp"

#include <familiar/demonstration/any_selector.hpp>
#include <familiar/demonstration/balanced_selector.hpp>

#include <catch2/catch.hpp>

#include <utility>

using namespace familiar;
using namespace familiar::tests;
using namespace familiar::demonstration;

namespace {

/// Asks about the first two examples, and tries as many orders as examples are wanted.
struct Curious {
    static constexpr bool depends_on_query = false;
    std::size_t* heard;
    void prepare(const Task&, std::span<const Example>, std::uint64_t) {}
    std::vector<std::vector<std::size_t>> select(std::span<const Example> queries, std::size_t) {
        return std::vector<std::vector<std::size_t>>(queries.size());
    }
    std::vector<std::size_t> asks_about(const Task&, std::span<const Example>, std::uint64_t) { return {0, 1}; }
    void learn_words(std::span<const std::size_t>, std::span<const LlmWord> words) { *heard += words.size(); }
    OrderTrials trials(std::size_t count) { return {count, {1}}; }
    void show_order(std::size_t order) { *heard += 100 * order; }
    std::size_t best_order(std::span<const std::vector<LlmWord>> words) { return words.size() - 1; }
    std::string identity() const { return "curious"; }
};

static_assert(AsksAboutPool<Curious> && TriesOrders<Curious>);
static_assert(!AsksAboutPool<BalancedSelector> && !TriesOrders<BalancedSelector>);

} // namespace

TEST_CASE("a selector that asks the LLM does so when its type is forgotten, another one asks nothing") {
    std::size_t heard = 0;
    AnySelector curious = Curious{&heard};
    const auto pool = pool_of("ab");
    CHECK(curious.asks_about(three_labels(), pool, 0) == std::vector<std::size_t>{0, 1});
    curious.learn_words(std::vector<std::size_t>{0, 1}, std::vector<LlmWord>(2));
    CHECK(curious.trials(3).orders == 3);
    curious.show_order(2);
    CHECK(heard == 202);
    CHECK(curious.best_order(std::vector<std::vector<LlmWord>>(3)) == 2);

    AnySelector plain = BalancedSelector();
    CHECK(plain.asks_about(three_labels(), pool, 0).empty());
    CHECK(plain.trials(3).orders == 0);
    plain.show_order(2);
    CHECK(plain.best_order({}) == 0);
}
