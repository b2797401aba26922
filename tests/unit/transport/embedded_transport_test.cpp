#include "../decoder/talking_model.hpp"
#include "laws/transport_laws.hpp"

#include <familiar/kernels/reference.hpp>
#include <familiar/transport/embedded_transport.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

using namespace familiar;
using transport::LlmReply;
using transport::LlmRequest;

namespace {

using Embedded = transport::BasicEmbeddedTransport<kernels::Reference>;
static_assert(transport::LlmTransport<Embedded>);
static_assert(transport::ScoresLabels<Embedded>);
static_assert(transport::KnowsContext<Embedded>);
static_assert(transport::SharesPrefix<Embedded>);
static_assert(transport::LlmTransport<transport::EmbeddedTransport>);
static_assert(ReflectedStruct<Embedded::Parameters>);

struct Fixture {
    Fixture() : tiny(tests::talking_model()), pool(2), transport(parameters(), pool) {}
    Embedded::Parameters parameters() const { return Embedded::Parameters(tiny.write("talking.gguf").string()); }

    tests::TinyModel tiny;
    ThreadPool pool;
    Embedded transport;
};

std::shared_ptr<const prompt::PromptPart> demonstrations(bool chat, std::size_t count) {
    auto part = std::make_shared<prompt::PromptPart>();
    for (std::size_t i = 0; i < count; ++i) {
        const std::string sentence = "a film of good actors, number " + std::to_string(i);
        if (chat) {
            part->messages.push_back({text::Role::user, sentence});
            part->messages.push_back({text::Role::assistant, "good"});
        } else {
            part->text += sentence + "\nLabel: good\n\n";
        }
    }
    return part;
}

LlmRequest request(bool chat, std::shared_ptr<const prompt::PromptPart> shared, const std::string& query,
                   std::vector<std::string> candidates) {
    LlmRequest out;
    out.prompt.form = chat ? prompt::Form::chat : prompt::Form::text;
    out.prompt.shared = std::move(shared);
    if (chat) {
        out.prompt.query.messages.push_back({text::Role::user, query});
    } else {
        out.prompt.query.text = query;
    }
    out.candidates = std::move(candidates);
    return out;
}

} // namespace

TEST_CASE("an embedded LLM obeys the laws of transports") {
    Fixture fixture;
    const std::vector<LlmRequest> requests{laws::plain_request("a good film", true, {"good", "bad"}),
                                           laws::plain_request("a good film", false, {" good", " bad", "x"}),
                                           laws::plain_request("and then", true),
                                           laws::plain_request("and then", false)};
    laws::check_transport_laws(fixture.transport, requests);
}

TEST_CASE("candidates are scored as continuations of the whole prompt") {
    Fixture fixture;
    const bool chat = GENERATE(false, true);
    const auto asked = request(chat, demonstrations(chat, 2), "so bad", {"good", " bad"});
    const LlmReply reply = fixture.transport.ask(asked).value();
    auto& model = fixture.transport.model();
    const auto prompt =
        chat ? model.encode_messages(asked.prompt.messages()) : model.encode_prompt(asked.prompt.text());
    REQUIRE(reply.candidate_logprobs.size() == 2);
    for (std::size_t c = 0; c < 2; ++c) {
        const auto candidate = model.encode_continuation(asked.candidates[c]);
        CHECK(reply.candidate_tokens[c] == candidate.size());
        CHECK(reply.candidate_logprobs[c] ==
              Approx(tests::log_probability(fixture.tiny, prompt, candidate)).margin(1e-4));
    }
    CHECK(reply.text.empty());
    CHECK(reply.usage.prompt == prompt.size());
    CHECK(reply.usage.completion == 0);
    CHECK(fixture.transport.count_tokens(asked) == prompt.size() + 4);
}

TEST_CASE("a query costs its own tokens however many demonstrations it shares") {
    Fixture fixture;
    const bool chat = GENERATE(false, true);
    std::vector<std::uint64_t> costs;
    for (const std::size_t count : {1U, 4U, 16U}) {
        const auto shared = demonstrations(chat, count);
        static_cast<void>(fixture.transport.ask(request(chat, shared, "first", {"good", "bad"})).value());
        auto& model = fixture.transport.model();
        const std::uint64_t before = model.tokens_processed();
        const LlmReply reply = fixture.transport.ask(request(chat, shared, "other", {"good", "bad"})).value();
        costs.push_back(model.tokens_processed() - before);
        // What is not reused is what went through the layers, beside the tokens of `bad` before its last one.
        CHECK(costs.back() == reply.usage.prompt - reply.usage.reused + 2);
    }
    CHECK(costs[1] == costs[0]);
    CHECK(costs[2] == costs[0]);
}

TEST_CASE("a token that spans the seam between shared part and query is one token") {
    Fixture fixture;
    auto shared = std::make_shared<prompt::PromptPart>();
    shared->text = "it is goo";
    const auto asked = request(false, shared, "d film", {"x", "y"});
    static_cast<void>(fixture.transport.ask(request(false, shared, "! film", {"x", "y"})).value());
    const LlmReply reply = fixture.transport.ask(asked).value();
    auto& model = fixture.transport.model();
    const auto prompt = model.encode_prompt("it is good film");
    CHECK(reply.usage.prompt == prompt.size());
    CHECK(reply.usage.reused == 6); // "it is ", not "goo"
    CHECK(reply.candidate_logprobs[0] ==
          Approx(tests::log_probability(fixture.tiny, prompt, tests::byte_ids("x"))).margin(1e-4));
}

TEST_CASE("many requests at once have the replies of one at a time") {
    Fixture together, alone;
    std::vector<LlmRequest> requests;
    for (const bool chat : {false, true}) {
        const auto shared = demonstrations(chat, 3);
        for (std::size_t i = 0; i < 12; ++i) {
            requests.push_back(request(chat, shared, "query " + std::string(i, 'x'), {"good", "bad"}));
        }
        requests.push_back(request(chat, shared, "and", {}));
        requests.push_back(request(chat, shared, std::string(3000, 'y'), {"good"}));
    }
    const auto replies = together.transport.ask(std::span<const LlmRequest>(requests));
    REQUIRE(replies.size() == requests.size());
    for (std::size_t i = 0; i < requests.size(); ++i) {
        const auto one = alone.transport.ask(requests[i]);
        REQUIRE(replies[i].has_value() == one.has_value());
        if (one) {
            CHECK(laws::same_answer(*replies[i], *one));
        } else {
            CHECK(replies[i].failure() == one.failure());
        }
    }
}

TEST_CASE("free text is generated with what the request asks for") {
    Fixture fixture;
    auto asked = request(true, demonstrations(true, 1), "go on", {});
    asked.max_tokens = 12;
    asked.top_logprobs = 3;
    const LlmReply greedy = fixture.transport.ask(asked).value();
    CHECK(greedy.usage.completion <= 12);
    CHECK(greedy.finish_reason == (greedy.usage.completion == 12 ? "length" : "stop"));
    CHECK(!greedy.first_token.empty());
    CHECK(greedy.first_token.size() <= 3);
    asked.temperature = 1.0;
    asked.seed = 1;
    const LlmReply warm = fixture.transport.ask(asked).value();
    CHECK(fixture.transport.ask(asked).value().text == warm.text);
    CHECK(warm.first_token == greedy.first_token);
    asked.seed = 2;
    CHECK(fixture.transport.ask(asked).value().text != warm.text);
}

TEST_CASE("a prompt longer than the context fails its row and names both lengths") {
    Fixture fixture;
    for (const bool scored : {false, true}) {
        const auto reply =
            fixture.transport.ask(request(false, demonstrations(false, 0), std::string(3000, 'y'),
                                          scored ? std::vector<std::string>{"good"} : std::vector<std::string>{}));
        REQUIRE_FALSE(reply.has_value());
        CHECK(reply.failure().code == ErrorCode::text_too_long);
        CHECK(reply.failure().scope == FailureScope::row);
        CHECK_THAT(reply.failure().message, Catch::Contains("3000") && Catch::Contains("2048"));
    }
    CHECK(fixture.transport.context() == 2048);
    CHECK(fixture.transport.ask(laws::plain_request("short", true, {"good"})).has_value());
}

TEST_CASE("what cannot be asked of a model fails, and a cancelled request ends the run") {
    Fixture fixture;
    auto bad = laws::plain_request("a", true);
    bad.temperature = -1.0;
    CHECK(fixture.transport.ask(bad).failure().code == ErrorCode::invalid_argument);
    CHECK(fixture.transport.ask(laws::plain_request("a", true, {""})).failure().code == ErrorCode::invalid_argument);

    Cancellation cancellation;
    cancellation.request();
    Embedded cancelled(fixture.parameters(), fixture.pool, &cancellation);
    for (const auto& asked : {laws::plain_request("a", true), laws::plain_request("a", true, {"x"})}) {
        const auto reply = cancelled.ask(asked);
        REQUIRE_FALSE(reply.has_value());
        CHECK(reply.failure().code == ErrorCode::cancelled);
        CHECK(reply.failure().scope == FailureScope::run);
    }

    tests::TinyModel tiny = tests::talking_model();
    for (auto& value : tiny.tensors["blk.1.ffn_down.weight"].values) value = 3e38F;
    Embedded broken(Embedded::Parameters(tiny.write("broken.gguf").string()), fixture.pool);
    const auto reply = broken.ask(laws::plain_request("a", true, {"x"}));
    CHECK(reply.failure().code == ErrorCode::numeric_failure);
    CHECK(reply.failure().scope == FailureScope::run);
    CHECK_THAT(reply.failure().message, Catch::Contains("broken.gguf"));
}

TEST_CASE("an embedded LLM is named by its file and what it holds") {
    Fixture fixture;
    CHECK_THAT(fixture.transport.identity(), Catch::StartsWith("embedded:talking.gguf:"));
    CHECK(fixture.transport.concurrency() == 1);
    CHECK_THROWS_AS(Embedded(Embedded::Parameters("gone.gguf"), fixture.pool), Error);
}
