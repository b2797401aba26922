#include <familiar/transport/rate_limiter.hpp>

#include "manual_clock.hpp"

#include <catch2/catch.hpp>

#include <thread>
#include <vector>

using namespace familiar;
using namespace familiar::transport;
using familiar::tests::ManualClock;
using std::chrono::duration;
using std::chrono::seconds;

namespace {

double at(const ManualClock& clock) {
    return duration<double>(clock.now().time_since_epoch()).count();
}

/// Most requests and tokens in any 60 seconds that begin with one of the requests.
std::pair<std::size_t, std::uint64_t> busiest(const std::vector<std::pair<double, std::uint64_t>>& log) {
    std::size_t requests = 0;
    std::uint64_t tokens = 0;
    for (const auto& first : log) {
        std::size_t count = 0;
        std::uint64_t sum = 0;
        for (const auto& other : log) {
            if (other.first >= first.first && other.first < first.first + 60) {
                ++count;
                sum += other.second;
            }
        }
        requests = std::max(requests, count);
        tokens = std::max(tokens, sum);
    }
    return {requests, tokens};
}

} // namespace

TEST_CASE("without limits nobody waits") {
    ManualClock clock;
    RateLimiter limiter(0, 0, clock);
    for (int i = 0; i < 1000; ++i) CHECK(limiter.acquire(1'000'000, nullptr));
    CHECK(clock.waits().empty());
}

TEST_CASE("no sixty seconds hold more requests than allowed, and the limit is used up") {
    ManualClock clock;
    RateLimiter limiter(10, 0, clock);
    std::vector<std::pair<double, std::uint64_t>> log;
    for (int i = 0; i < 95; ++i) {
        clock.advance(seconds(i % 4)); // requests that do not all come at once
        REQUIRE(limiter.acquire(1, nullptr));
        log.emplace_back(at(clock), 1);
    }
    CHECK(busiest(log).first == 10);
    CHECK(at(clock) < 600.0); // 95 requests at 10 a minute: the last one goes in the tenth minute
}

TEST_CASE("no sixty seconds hold more tokens than allowed") {
    ManualClock clock;
    RateLimiter limiter(0, 1000, clock);
    std::vector<std::pair<double, std::uint64_t>> log;
    for (std::uint64_t i = 0; i < 60; ++i) {
        const std::uint64_t tokens = 50 + (i * 37) % 400;
        REQUIRE(limiter.acquire(tokens, nullptr));
        log.emplace_back(at(clock), tokens);
    }
    CHECK(busiest(log).second <= 1000);
    CHECK(busiest(log).second > 500);
}

TEST_CASE("a request of more tokens than the limit goes, but alone") {
    ManualClock clock;
    RateLimiter limiter(0, 100, clock);
    REQUIRE(limiter.acquire(5000, nullptr));
    CHECK(clock.waits().empty());
    REQUIRE(limiter.acquire(1, nullptr));
    CHECK(clock.waits() == std::vector<double>{60.0});
}

TEST_CASE("an estimate is corrected by what was really used") {
    ManualClock clock;
    RateLimiter limiter(0, 100, clock);
    const auto first = limiter.acquire(90, nullptr);
    REQUIRE(first);
    SECTION("fewer tokens make room") {
        limiter.settle(*first, 10);
        REQUIRE(limiter.acquire(90, nullptr));
        CHECK(clock.waits().empty());
        REQUIRE(limiter.acquire(1, nullptr));
        CHECK(clock.waits().size() == 1);
    }
    SECTION("more tokens take it") {
        limiter.settle(*first, 100);
        REQUIRE(limiter.acquire(10, nullptr));
        CHECK(clock.waits().size() == 1);
    }
    SECTION("a correction that comes too late does no harm") {
        clock.advance(seconds(61));
        REQUIRE(limiter.acquire(100, nullptr));
        limiter.settle(*first, 0);
        REQUIRE(limiter.acquire(1, nullptr));
        CHECK(clock.waits() == std::vector<double>{60.0});
    }
}

TEST_CASE("a pause holds everybody, and ends") {
    ManualClock clock;
    RateLimiter limiter(0, 0, clock);
    limiter.pause_until(clock.now() + seconds(5));
    limiter.pause_until(clock.now() + seconds(3)); // a shorter one does not shorten it
    REQUIRE(limiter.acquire(1, nullptr));
    REQUIRE(limiter.acquire(1, nullptr));
    CHECK(clock.waits() == std::vector<double>{5.0});
}

TEST_CASE("a cancellation ends the wait") {
    ManualClock clock;
    RateLimiter limiter(1, 0, clock);
    Cancellation cancellation;
    REQUIRE(limiter.acquire(1, &cancellation));
    cancellation.request();
    CHECK_FALSE(limiter.acquire(1, &cancellation));
}

TEST_CASE("threads together keep the limit") {
    ManualClock clock;
    RateLimiter limiter(10, 0, clock);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i < 25; ++i) (void)limiter.acquire(1, nullptr);
        });
    }
    for (auto& thread : threads) thread.join();
    CHECK(at(clock) == 540.0); // 100 requests: ten at once, then ten each minute
}
