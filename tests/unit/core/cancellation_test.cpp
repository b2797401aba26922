#include <familiar/core/cancellation.hpp>

#include <catch2/catch.hpp>

#include <thread>

TEST_CASE("a request is seen by other threads and stays", "[cancellation]") {
    familiar::Cancellation flag;
    CHECK_FALSE(flag.requested());
    CHECK_NOTHROW(flag.throw_if_requested());
    std::thread([&] { flag.request(); }).join();
    CHECK(flag.requested());
    CHECK_THROWS_AS(flag.throw_if_requested(), familiar::Error);
}
