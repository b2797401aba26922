#include <familiar/transport/usage_meter.hpp>

#include <catch2/catch.hpp>

#include <thread>
#include <vector>

using familiar::transport::TokenUsage;
using familiar::transport::UsageMeter;

TEST_CASE("requests, replies, tokens and cost are summed up") {
    UsageMeter meter({0.15, 0.60}); // a million tokens
    meter.sent(false);
    meter.sent(true);
    meter.answered({1'000'000, 500'000, 200'000});
    meter.sent(false);
    meter.answered({2'000'000, 0, 0});
    const auto totals = meter.totals();
    CHECK(totals.requests == 3);
    CHECK(totals.retries == 1);
    CHECK(totals.replies == 2);
    CHECK(totals.tokens == TokenUsage{3'000'000, 500'000, 200'000});
    CHECK(totals.cost == Approx(3 * 0.15 + 0.5 * 0.60));
}

TEST_CASE("threads lose no count") {
    UsageMeter meter;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i < 1000; ++i) {
                meter.sent(false);
                meter.answered({3, 2, 1});
            }
        });
    }
    for (auto& thread : threads) thread.join();
    CHECK(meter.totals().requests == 4000);
    CHECK(meter.totals().tokens == TokenUsage{12000, 8000, 4000});
    CHECK(meter.totals().cost == 0.0);
}
