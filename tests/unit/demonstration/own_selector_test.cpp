// The selector of include/familiar/demonstration/README.md.
#include <familiar/demonstration/demonstration_selector.hpp>
#include <familiar/demonstration/labelled_pool.hpp>

#include "pool.hpp"

#include <laws/selector_laws.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

using namespace familiar;
using namespace familiar::demonstration;

namespace {

struct Shortest {
    static constexpr bool depends_on_query = false;
    std::vector<std::size_t> order;
    void prepare(const Task&, std::span<const Example> pool, std::uint64_t) {
        order = labelled_positions(pool);
        std::stable_sort(order.begin(), order.end(),
                         [&](auto a, auto b) { return pool[a].text.size() < pool[b].text.size(); });
    }
    std::vector<std::vector<std::size_t>> select(std::span<const Example> queries, std::size_t count) {
        const auto end = order.begin() + static_cast<std::ptrdiff_t>(std::min(count, order.size()));
        return std::vector<std::vector<std::size_t>>(queries.size(), {order.begin(), end});
    }
    std::string identity() const { return "shortest"; }
};

} // namespace

TEST_CASE("the selector of the concept page keeps the laws of selectors") {
    const auto pool = tests::pool_of("abcabcabcabc");
    laws::check_selector_laws([] { return Shortest(); }, tests::three_labels(), pool, tests::pool_of("abc"));
}
