#include <familiar/transport/any_transport.hpp>

#include "unit/pipeline/toy_policies.hpp"

#include <familiar/transport/no_transport.hpp>

#include <catch2/catch.hpp>

using namespace familiar;
using namespace familiar::tests;
using transport::LlmReply;
using transport::LlmRequest;

namespace {

struct Able {
    Result<LlmReply> ask(const LlmRequest&) { return LlmReply{}; }
    std::string identity() const { return "able"; }
    std::size_t concurrency() const { return 3; }
    bool scores_labels() const { return true; }
    std::optional<std::size_t> context() const { return 77; }
    std::size_t count_tokens(const LlmRequest& request) const { return request.max_tokens + 1; }
};

} // namespace

TEST_CASE("An erased transport can what the transport can") {
    const transport::AnyTransport able{Able()}, plain{right_llm(2)}, none{transport::NoTransport()};
    CHECK(able.identity() == "able");
    CHECK(able.concurrency() == 3);
    CHECK(able.scores_labels());
    CHECK(able.context() == 77U);
    CHECK(able.counts_tokens());
    CHECK(able.count_tokens(LlmRequest()) == 17);
    CHECK_FALSE(plain.scores_labels());
    CHECK_FALSE(plain.context().has_value());
    CHECK_FALSE(plain.counts_tokens());
    CHECK(plain.count_tokens(LlmRequest()) == 0);
    CHECK_FALSE(plain.is_absent());
    CHECK(none.is_absent());
}

TEST_CASE("Failures pass through as they are") {
    transport::AnyTransport none{transport::NoTransport()};
    const auto reply = none.ask(LlmRequest());
    REQUIRE_FALSE(reply.has_value());
    CHECK(reply.failure().scope == FailureScope::run);
}
