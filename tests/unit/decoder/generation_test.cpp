#include <familiar/decoder/generation.hpp>

#include <catch2/catch.hpp>

using namespace familiar;

TEST_CASE("generation options are checked, and finish reasons have the names of the field") {
    decoder::GenerationOptions options;
    CHECK(options.max_tokens == 64);
    CHECK_NOTHROW(options.check());
    options.stop = {"a", ""};
    CHECK_THROWS_AS(options.check(), Error);
    options.stop = {"a"};
    options.sampling.top_p = 2.0;
    CHECK_THROWS_AS(options.check(), Error);
    CHECK(decoder::to_string(decoder::FinishReason::stop) == "stop");
    CHECK(decoder::to_string(decoder::FinishReason::length) == "length");
}
