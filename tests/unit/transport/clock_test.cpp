#include <familiar/transport/clock.hpp>

#include <catch2/catch.hpp>

#include <thread>

using familiar::Cancellation;
using familiar::transport::SystemClock;

TEST_CASE("the machine's clock sleeps until the time has come") {
    const SystemClock clock;
    const auto until = clock.now() + std::chrono::milliseconds(30);
    CHECK(clock.sleep_until(until, nullptr));
    CHECK(clock.now() >= until);
    CHECK(clock.sleep_until(clock.now() - std::chrono::hours(1), nullptr));
}

TEST_CASE("a cancellation ends a sleep of an hour") {
    const SystemClock clock;
    Cancellation cancellation;
    std::thread other([&] { cancellation.request(); });
    CHECK_FALSE(clock.sleep_until(clock.now() + std::chrono::hours(1), &cancellation));
    other.join();
}
