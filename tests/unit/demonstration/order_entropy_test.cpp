#include <familiar/demonstration/order_entropy.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <set>

using namespace familiar::demonstration;

namespace {

LlmWord word(std::size_t label, std::vector<double> distribution = {}) {
    return {label, std::move(distribution), false};
}

} // namespace

TEST_CASE("an order that has the LLM say one label of everything has no global entropy") {
    CHECK(global_entropy(std::vector{word(1), word(1), word(1)}) == 0.0);
    CHECK(global_entropy(std::vector{word(0), word(1), word(2), word(0), word(1), word(2)}) == Approx(std::log(3.0)));
    CHECK(global_entropy(std::vector{word(0), word(0), word(0), word(1)}) ==
          Approx(-0.75 * std::log(0.75) - 0.25 * std::log(0.25)));
    CHECK(global_entropy(std::vector{word(0), LlmWord{}, word(1)}) == Approx(std::log(2.0))); // no label, no vote
    CHECK(global_entropy({}) == 0.0);
}

TEST_CASE("local entropy is the mean over those whose distribution is known") {
    CHECK_FALSE(local_entropy(std::vector{word(0)}));
    CHECK(*local_entropy(std::vector{word(0, {0.5, 0.5}), word(0, {1.0, 0.0}), word(1)}) ==
          Approx(std::log(2.0) / 2.0));
}

TEST_CASE("orders are distinct, begin with the one that things stand in, and are all where those are few") {
    for (const std::size_t size : {0, 1, 3, 5, 8}) {
        for (const std::size_t wanted : {1, 6, 24}) {
            const auto orders = some_orders(size, wanted, 7);
            std::size_t all = 1;
            for (std::size_t i = 2; i <= size; ++i) all *= i;
            CHECK(orders.size() == std::min(all, wanted));
            CHECK(std::set<std::vector<std::size_t>>(orders.begin(), orders.end()).size() == orders.size());
            CHECK(std::is_sorted(orders.front().begin(), orders.front().end()));
            CHECK(some_orders(size, wanted, 7) == orders);
            for (auto order : orders) {
                std::sort(order.begin(), order.end());
                CHECK(order == orders.front());
            }
        }
    }
}
