#include <familiar/transport/retry_schedule.hpp>

#include "manual_clock.hpp"

#include <catch2/catch.hpp>

using namespace familiar::transport;
using familiar::Random;
using familiar::tests::ManualClock;
using std::chrono::milliseconds;

TEST_CASE("Retry-After is read as seconds or as a date") {
    const auto now = ManualClock::kEpoch; // Sun, 06 Nov 1994 08:49:37 GMT
    CHECK(parse_retry_after("1", now) == milliseconds(1000));
    CHECK(parse_retry_after(" 120 ", now) == milliseconds(120'000));
    CHECK(parse_retry_after("0", now) == milliseconds(0));
    CHECK(parse_retry_after("0.25", now) == milliseconds(250));
    CHECK(parse_retry_after("Sun, 06 Nov 1994 08:50:07 GMT", now) == milliseconds(30'000));
    CHECK(parse_retry_after("Mon, 07 Nov 1994 08:49:37 GMT", now) == milliseconds(86'400'000));
    CHECK(parse_retry_after("Sun, 06 Nov 1994 08:00:00 GMT", now) == milliseconds(0));
}

TEST_CASE("a wait without end is cut to a year, and what cannot be read is no wait") {
    const auto now = ManualClock::kEpoch;
    const auto year = milliseconds(std::chrono::hours(24 * 365));
    CHECK(parse_retry_after("99999999999999999999", now) == year);
    CHECK(parse_retry_after("1e400", now) == year);
    CHECK(parse_retry_after("inf", now) == year);
    CHECK(parse_retry_after("Fri, 31 Dec 9999 23:59:59 GMT", now) == year);
    for (const char* header : {"", "  ", "-1", "nan", "soon", "1 s", "Sun, 06 Nov 1994",
                               "Sun, 06 Nov 1994 08:50:07 +0200", "Sun, 99 Nov 1994 08:50:07 GMT"}) {
        INFO(header);
        CHECK_FALSE(parse_retry_after(header, now));
    }
}

TEST_CASE("waits double, stay in the upper half of their bound, and are jittered") {
    const RetrySchedule schedule{milliseconds(500), milliseconds(8000)};
    Random random(7);
    for (std::size_t tried = 1; tried <= 40; ++tried) {
        const double bound = std::min(8000.0, 500.0 * std::pow(2.0, double(tried - 1)));
        auto least = milliseconds::max(), most = milliseconds::zero();
        for (int i = 0; i < 200; ++i) {
            const auto wait = schedule.wait(tried, random);
            least = std::min(least, wait);
            most = std::max(most, wait);
        }
        INFO(tried);
        CHECK(double(least.count()) >= bound / 2 - 1);
        CHECK(double(most.count()) <= bound);
        CHECK(double(most.count() - least.count()) > bound / 4); // 200 uniform draws in half the bound
    }
}
