#include <familiar/transport/no_transport.hpp>

#include "requests.hpp"

#include <familiar/plugin/plugin_model.hpp>

#include <catch2/catch.hpp>

using namespace familiar;

TEST_CASE("the absent LLM is absent at compile time, and asking it is a failure of the run") {
    STATIC_REQUIRE(plugin::IsAbsent<transport::NoTransport>);
    const transport::NoTransport none;
    const auto reply = none.ask(tests::chat_request("q"));
    REQUIRE_FALSE(reply);
    CHECK(reply.failure().scope == FailureScope::run);
    CHECK(none.identity() == "none");
}
