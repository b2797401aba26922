#include <familiar/decoder/top_logprobs.hpp>

#include <catch2/catch.hpp>

#include <cmath>
#include <vector>

using namespace familiar;

TEST_CASE("the likeliest tokens come first, ties by id, with the log of their share") {
    const std::vector<float> logits{std::log(2.0F), std::log(4.0F), std::log(2.0F), std::log(8.0F)};
    const auto top = decoder::top_logprobs(logits, 3);
    REQUIRE(top.size() == 3);
    CHECK(top[0].token == 3);
    CHECK(top[1].token == 1);
    CHECK(top[2].token == 0);
    CHECK(top[0].logprob == Approx(std::log(0.5)));
    CHECK(top[2].logprob == Approx(std::log(0.125)));
    CHECK(decoder::top_logprobs(logits, 9).size() == 4);
    CHECK(decoder::top_logprobs(logits, 0).empty());
}

TEST_CASE("large logits do not overflow") {
    const auto top = decoder::top_logprobs(std::vector<float>{3000.0F, 2999.0F}, 2);
    CHECK(top[0].logprob == Approx(-std::log(1.0 + std::exp(-1.0))));
}

TEST_CASE("the first unknown token is named") {
    const std::vector<std::int32_t> good{0, 9}, bad{3, 10, -1};
    CHECK_FALSE(decoder::find_unknown_token(good, 10).has_value());
    const auto failure = decoder::find_unknown_token(bad, 10);
    REQUIRE(failure.has_value());
    CHECK(failure->code == ErrorCode::invalid_token);
    CHECK_THAT(failure->message, Catch::Contains("10"));
}
