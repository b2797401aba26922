#include <familiar/transport/prompt_tokens.hpp>

#include "capable_transport.hpp"

#include <catch2/catch.hpp>

using namespace familiar;
using familiar::tests::Capable;

TEST_CASE("the prompt's tokens are all but those that may come") {
    transport::LlmRequest request;
    request.max_tokens = 3;
    CHECK(transport::prompt_tokens(Capable(), request) == 4); // of 7
    request.max_tokens = 100;
    CHECK(transport::prompt_tokens(Capable(), request) == 0);
    request.candidates = {"yes", "no"};
    CHECK(transport::prompt_tokens(Capable(), request) == 6);
}
