#include <familiar/transport/request_watchdog.hpp>

#include <catch2/catch.hpp>
#include <httplib.h>

#include <chrono>
#include <thread>

using namespace std::chrono_literals;
using familiar::Cancellation;
using familiar::transport::RequestWatchdog;

namespace {

/// Waits until something holds; false after a time that no working machine takes.
template <class Holds> bool eventually(Holds holds) {
    for (int i = 0; i < 2000; ++i) {
        if (holds()) return true;
        std::this_thread::sleep_for(5ms);
    }
    return false;
}

} // namespace

TEST_CASE("a request that ends in time ended by itself, however often it is asked", "[request_watchdog]") {
    RequestWatchdog watchdog;
    httplib::ClientImpl client("127.0.0.1", 1);
    RequestWatchdog::Watch watch(watchdog, client, 10min, nullptr);
    CHECK(watch.end() == RequestWatchdog::Ended::by_itself);
    CHECK(watch.end() == RequestWatchdog::Ended::by_itself);
}

TEST_CASE("a request whose time is up is ended as timed out", "[request_watchdog]") {
    RequestWatchdog watchdog;
    httplib::ClientImpl client("127.0.0.1", 1);
    RequestWatchdog::Watch watch(watchdog, client, 1ms, nullptr);
    std::this_thread::sleep_for(5ms);
    CHECK(watch.end() == RequestWatchdog::Ended::timed_out);
}

TEST_CASE("a cancellation ends the requests that are watched with it, and no other", "[request_watchdog]") {
    RequestWatchdog watchdog;
    httplib::ClientImpl one("127.0.0.1", 1), other("127.0.0.1", 1);
    Cancellation cancellation;
    RequestWatchdog::Watch free(watchdog, other, 10min, nullptr);
    cancellation.request();
    CHECK(eventually([&] {
        RequestWatchdog::Watch watch(watchdog, one, 10min, &cancellation);
        std::this_thread::sleep_for(30ms); // the watchdog looks every few milliseconds
        return watch.end() == RequestWatchdog::Ended::cancelled;
    }));
    CHECK(free.end() == RequestWatchdog::Ended::by_itself);
}

TEST_CASE("many requests come and go while the watchdog is taken down at the end", "[request_watchdog]") {
    RequestWatchdog watchdog;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
            httplib::ClientImpl client("127.0.0.1", 1);
            for (int i = 0; i < 50; ++i) RequestWatchdog::Watch watch(watchdog, client, 10min, nullptr);
        });
    }
    for (auto& thread : threads) thread.join();
}
