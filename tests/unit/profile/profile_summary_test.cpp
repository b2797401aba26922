#include <familiar/profile/profile_summary.hpp>

#include <catch2/catch.hpp>

using namespace familiar::profile;

TEST_CASE("a summary adds up what ran under one name, per pass and thread, and what is left is idle") {
    Recorder recorder(2);
    // Two passes: in each a product on both threads for 100 µs, a norm on one for 40 µs.
    for (const double begin : {0.0, 1000.0}) {
        for (const std::size_t worker : {0, 1}) {
            recorder.record(product_operation("up", worker, 50, 64, 10, 64), worker, begin, begin + 100.0);
        }
        recorder.record(row_operation("norm", 0, 50, 10), 0, begin + 100.0, begin + 140.0);
    }
    const double flop = 2.0 * 2.0 * 50 * 64 * 10; // a pass
    const auto s = summarize(recorder, 2, 0.5, {flop / 0.5e-4, 0.0});
    REQUIRE(s.rows.size() == 2);
    CHECK(s.rows[0].name == "up");
    CHECK(s.rows[0].rows == 100);
    CHECK(s.rows[0].outputs == 64);
    CHECK(s.rows[0].inputs == 10);
    CHECK(s.rows[0].calls == 2);
    CHECK(s.rows[0].milliseconds == Approx(0.1));
    CHECK(s.rows[0].share == Approx(0.2));
    CHECK(s.rows[0].flops == Approx(flop / 1e-4));
    CHECK(s.rows[0].roofline == Approx(0.5));
    CHECK(s.rows[1].milliseconds == Approx(0.02));
    CHECK(s.rows[1].roofline == 0.0);
    CHECK(s.idle == Approx(0.5 - 0.12));
    CHECK(s.flops == Approx(flop / 5e-4));
    CHECK(s.roofline == Approx(0.1));
    // Where memory is what bounds: 4 · (50 · 74 + 640) bytes each.
    const double bytes = 2.0 * 4.0 * (50 * 74 + 640);
    CHECK(summarize(recorder, 2, 0.5, {flop / 1e-5, bytes / 8e-5}).rows[0].roofline == Approx(0.8));
    CHECK(summarize(Recorder(1), 1, 0.0, {}).rows.empty());
}

TEST_CASE("products of 8-bit integers are held against their own limit") {
    Recorder recorder(1);
    recorder.record(product_operation("up", 0, 50, 100, 10, 100, 1.0, Arithmetic::int8), 0, 0.0, 100.0);
    recorder.record(product_operation("scores", 0, 50, 100, 10, 100), 0, 100.0, 200.0);
    const double rate = 2.0 * 50 * 100 * 10 / 1e-4; // of either
    const auto s = summarize(recorder, 1, 0.2, {2.0 * rate, 0.0, 8.0 * rate});
    REQUIRE(s.rows.size() == 2);
    CHECK(s.rows[0].roofline == Approx(0.125));
    CHECK(s.rows[1].roofline == Approx(0.5));
    CHECK(s.roofline == Approx(0.5 * (0.125 + 0.5)));
}

TEST_CASE("an operation that threads divide is one of its whole shape") {
    Recorder recorder(2);
    recorder.record(product_operation("up", 0, 50, 100, 10, 64), 0, 0.0, 100.0);
    recorder.record(product_operation("up", 0, 50, 100, 10, 36), 1, 0.0, 60.0);
    const auto s = summarize(recorder, 1, 0.1, {});
    REQUIRE(s.rows.size() == 1);
    CHECK(s.rows[0].rows == 50);
    CHECK(s.rows[0].outputs == 100);
    CHECK(s.rows[0].milliseconds == Approx(0.08));
    CHECK(s.rows[0].flops == Approx(2.0 * 50 * 100 * 10 / 0.8e-4));
}
