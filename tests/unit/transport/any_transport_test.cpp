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
    CHECK(transport::AnyTransport(BatchLlm()).completes_in_batches());
    CHECK_FALSE(plain.completes_in_batches());
}

TEST_CASE("An erased transport takes several requests, at once where the transport does") {
    std::vector<LlmRequest> requests(3);
    for (std::size_t i = 0; i < 3; ++i) {
        requests[i].prompt.form = prompt::Form::text;
        requests[i].prompt.shared = std::make_shared<prompt::PromptPart>();
        requests[i].prompt.query.text = "Text: " + std::string(i == 1 ? "ill" : "well") + " red\n";
    }
    BatchLlm llm;
    transport::AnyTransport batching{llm}, plain{right_llm()};
    const auto replies = batching.ask(std::span<const LlmRequest>(requests));
    REQUIRE(replies.size() == 3);
    CHECK(llm.batches() == std::vector<std::size_t>{3});
    CHECK(replies[0].has_value());
    CHECK_FALSE(replies[1].has_value());
    CHECK(replies[2]->text == "for it says so");
    const auto singly = plain.ask(std::span<const LlmRequest>(requests));
    REQUIRE(singly.size() == 3);
    CHECK(singly[2]->text == "red");
}

TEST_CASE("Failures pass through as they are") {
    transport::AnyTransport none{transport::NoTransport()};
    const auto reply = none.ask(LlmRequest());
    REQUIRE_FALSE(reply.has_value());
    CHECK(reply.failure().scope == FailureScope::run);
}
