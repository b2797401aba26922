#include <familiar/transport/request_json.hpp>

#include "requests.hpp"

#include <catch2/catch.hpp>

#include <limits>

using namespace familiar;
using namespace familiar::transport;
using familiar::tests::chat_request;
using familiar::tests::text_request;

TEST_CASE("a request's canonical form is one line of JSON with its keys in order") {
    auto request = chat_request("Is it \"good\"?");
    request.max_tokens = 5;
    CHECK(canonical(request) == R"({"max_tokens":5,"messages":[{"content":"Answer with a label.","role":"system"},)"
                                R"({"content":"Is it \"good\"?","role":"user"}],"temperature":0.0})");
}

TEST_CASE("how a prompt is split into shared and own part does not show in its canonical form") {
    CHECK(canonical(text_request("one two ", "three")) == canonical(text_request("one ", "two three")));
    auto split = chat_request("q");
    auto whole = split;
    whole.prompt.query.messages = whole.prompt.messages();
    whole.prompt.shared = std::make_shared<prompt::PromptPart>();
    CHECK(canonical(split) == canonical(whole));
}

TEST_CASE("whatever may change a reply changes the canonical form") {
    auto base = text_request("prompt");
    base.temperature = 0.7;
    std::vector<LlmRequest> others(9, base);
    others[0].prompt.query.text = "!";
    others[1].candidates = {"a", "b"};
    others[2].max_tokens = 17;
    others[3].temperature = 0.8;
    others[4].top_p = 0.9;
    others[5].seed = 1;
    others[6].stop = {"\n"};
    others[7].top_logprobs = 5;
    others[8] = chat_request({{text::Role::user, "prompt"}});
    others[8].temperature = 0.7;
    for (std::size_t i = 0; i < others.size(); ++i) {
        CHECK(canonical(others[i]) != canonical(base));
        for (std::size_t j = 0; j < i; ++j) CHECK(canonical(others[i]) != canonical(others[j]));
    }
}

TEST_CASE("the seed and the nucleus count only where something is drawn") {
    auto greedy = text_request("prompt"), seeded = greedy;
    seeded.seed = 42;
    seeded.top_p = 0.5;
    CHECK(canonical(greedy) == canonical(seeded));
}

TEST_CASE("prompts that are not UTF-8 are told apart") {
    CHECK(canonical(text_request("a\xff")) != canonical(text_request("a\xfe")));
    CHECK(canonical(text_request("a\xff")) != canonical(text_request("a\xEF\xBF\xBD")));
}

TEST_CASE("a reply comes back from JSON as it went") {
    LlmReply reply;
    reply.text = std::string("caf\xC3\xA9\0\n\"", 8);
    reply.candidate_logprobs = {-0.1, -1.0 / 3.0, -std::numeric_limits<double>::infinity(), -5e-324};
    reply.candidate_tokens = {1, 2, 3, 4};
    reply.first_token = {{" yes", -0.25}, {"\xE2\x82", -7.125}};
    reply.finish_reason = "length";
    reply.usage = {123456789012345ULL, 2, 3};
    SECTION("well-formed text") {}
    SECTION("text cut off within a character") {
        reply.text = "price: \xE2\x82";
    }
    reply.cached = true;
    const auto again = reply_from_json(nlohmann::json::parse(to_json(reply).dump()));
    CHECK(again.text == reply.text);
    CHECK(again.candidate_logprobs == reply.candidate_logprobs);
    CHECK(again.candidate_tokens == reply.candidate_tokens);
    CHECK(again.first_token == reply.first_token);
    CHECK(again.finish_reason == reply.finish_reason);
    CHECK(again.usage == reply.usage);
    CHECK_FALSE(again.cached);
}

TEST_CASE("JSON that is no reply is refused") {
    for (
        const char* text :
        {"null", "[]", "{}", R"({"text":1,"finish_reason":"stop","usage":{"prompt":1,"completion":1,"reused":0}})",
         R"({"text":"","finish_reason":"stop","usage":{"prompt":-1,"completion":1}})",
         R"({"text":{"hex":"0"},"finish_reason":"stop","usage":{"prompt":1,"completion":1,"reused":0}})",
         R"({"text":{"hex":"0g"},"finish_reason":"stop","usage":{"prompt":1,"completion":1,"reused":0}})",
         R"({"text":"","finish_reason":"stop","usage":{"prompt":1,"completion":1,"reused":0},"candidate_logprobs":[-1],"candidate_tokens":[]})",
         R"({"text":"","finish_reason":"stop","usage":{"prompt":1,"completion":1,"reused":0},"candidate_logprobs":["huge"],"candidate_tokens":[1]})"}) {
        INFO(text);
        CHECK_THROWS_AS(reply_from_json(nlohmann::json::parse(text)), Error);
    }
}
