#include <familiar/transport/llm_request.hpp>

#include <catch2/catch.hpp>

using familiar::transport::TokenUsage;

TEST_CASE("token usages add up part by part", "[llm_request]") {
    TokenUsage sum{10, 2, 4};
    sum += {5, 1, 3};
    CHECK(sum == TokenUsage{15, 3, 7});
    sum += {};
    CHECK(sum == TokenUsage{15, 3, 7});
}

TEST_CASE("a request asks greedily for a short text unless told otherwise", "[llm_request]") {
    const familiar::transport::LlmRequest request;
    CHECK(request.temperature == 0.0);
    CHECK(request.candidates.empty());
    CHECK(request.max_tokens > 0);
    CHECK(request.top_logprobs == 0);
}
