#include <familiar/transport/scripted.hpp>

#include "requests.hpp"

#include <catch2/catch.hpp>

using namespace familiar;
using namespace familiar::transport;
using familiar::tests::chat_request;

TEST_CASE("scripted texts come in order, and one too many is a failure") {
    Scripted llm({"first", "second"});
    CHECK(llm.ask(chat_request("a"))->text == "first");
    CHECK(llm.ask(chat_request("b"))->text == "second");
    const auto third = llm.ask(chat_request("c"));
    REQUIRE_FALSE(third);
    CHECK(third.failure().code == ErrorCode::not_recorded);
    REQUIRE(llm.asked().size() == 3);
    CHECK(llm.asked()[1].prompt.messages().back().content == "b");
}

TEST_CASE("a script may answer by the request, or fail") {
    Scripted llm([](const LlmRequest& request) -> Result<LlmReply> {
        if (request.max_tokens == 0) return Failure{ErrorCode::endpoint_failed, "no"};
        return Scripted::reply("echo " + request.prompt.messages().back().content);
    });
    CHECK(llm.ask(chat_request("x"))->text == "echo x");
    auto request = chat_request("x");
    request.max_tokens = 0;
    CHECK_FALSE(llm.ask(request));
}
