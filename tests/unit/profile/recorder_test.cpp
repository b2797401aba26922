#include <familiar/profile/recorder.hpp>

#include <catch2/catch.hpp>

using namespace familiar::profile;

TEST_CASE("what runs under a recorder is recorded with its time; without one it just runs") {
    Recorder recorder(2);
    int ran = 0, described = 0;
    const auto describe = [&] {
        ++described;
        return row_operation("norm", 3, 10, 4);
    };
    timed(nullptr, 0, describe, [&] { ++ran; });
    CHECK(ran == 1);
    CHECK(described == 0);
    CHECK(recorder.events().empty());
    timed(&recorder, 1, describe, [&] { ++ran; });
    timed(&recorder, 0, describe, [&] { ++ran; });
    CHECK(ran == 3);
    const auto events = recorder.events();
    REQUIRE(events.size() == 2);
    CHECK(events[0].worker == 0);
    CHECK(events[1].worker == 1);
    CHECK(events[1].operation.name == "norm");
    CHECK(events[1].operation.layer == 3);
    CHECK(events[1].begin >= 0.0);
    CHECK(events[1].end >= events[1].begin);
    CHECK(events[0].begin >= events[1].end);
    recorder.clear();
    CHECK(recorder.events().empty());
}
