#include <familiar/profile/chrome_trace.hpp>

#include <catch2/catch.hpp>

using namespace familiar::profile;

TEST_CASE("a trace has a complete event an operation, on its worker's line") {
    Recorder recorder(2);
    recorder.record(product_operation("up", 3, 50, 64, 10, 64), 1, 5.0, 25.0);
    recorder.record(row_operation("embeddings", Operation::kNoLayer, 50, 10), 0, 1.0, 2.0);
    const auto trace = nlohmann::json::parse(chrome_trace(recorder, "model").dump());
    const auto& events = trace["traceEvents"];
    REQUIRE(events.size() == 5); // a name of the process and of each of two threads
    CHECK(events[0]["ph"] == "M");
    CHECK(events[0]["args"]["name"] == "model");
    const auto& embeddings = events[3];
    CHECK(embeddings["name"] == "embeddings");
    CHECK(embeddings["tid"] == 0);
    CHECK_FALSE(embeddings["args"].contains("layer"));
    const auto& up = events[4];
    CHECK(up["ph"] == "X");
    CHECK(up["tid"] == 1);
    CHECK(up["ts"] == 5.0);
    CHECK(up["dur"] == 20.0);
    CHECK(up["args"]["layer"] == 3);
    CHECK(up["args"]["flop"] == 64000.0);
    CHECK(up["args"]["gigaflops"] == Approx(3.2));
}
