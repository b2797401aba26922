#include <familiar/transport/openai_api.hpp>

#include "requests.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace familiar;
using namespace familiar::transport;
using familiar::tests::chat_request;
using familiar::tests::text_request;
using nlohmann::json;

namespace {

json body_of(OpenAiApi api, const LlmRequest& request) {
    return json::parse(request_body(api, "some-model", request));
}

const ApiKey kNoKey;

} // namespace

TEST_CASE("a chat is sent to the chat API with its roles") {
    auto request = chat_request(
        {{text::Role::system, "s"}, {text::Role::user, "u"}, {text::Role::assistant, "a"}, {text::Role::user, "q"}});
    request.max_tokens = 9;
    request.stop = {"\n", "###"};
    CHECK(body_of(OpenAiApi::chat, request) ==
          json::parse(R"({"model":"some-model","max_tokens":9,"temperature":0.0,"stop":["\n","###"],"messages":[
        {"role":"system","content":"s"},{"role":"user","content":"u"},{"role":"assistant","content":"a"},{"role":"user","content":"q"}]})"));
}

TEST_CASE("a text is sent to the completions API as it is") {
    const auto body = body_of(OpenAiApi::completions, text_request("Text: fine\n", "Label:"));
    CHECK(body["prompt"] == "Text: fine\nLabel:");
    CHECK_FALSE(body.contains("messages"));
}

TEST_CASE("a text becomes one user message of a chat") {
    const auto body = body_of(OpenAiApi::chat, text_request("Text: fine\n", "Label:"));
    CHECK(body["messages"] == json::parse(R"([{"role":"user","content":"Text: fine\nLabel:"}])"));
    CHECK_FALSE(body.contains("prompt"));
}

TEST_CASE("a chat becomes its contents, an empty line between them, for the completions API") {
    const auto body = body_of(OpenAiApi::completions,
                              chat_request({{text::Role::system, "Task."}, {text::Role::user, "Text: fine\nLabel:"}}));
    CHECK(body["prompt"] == "Task.\n\nText: fine\nLabel:");
}

TEST_CASE("log-probabilities are asked for as each API wants it, and only where wanted") {
    auto request = chat_request("q");
    CHECK_FALSE(body_of(OpenAiApi::chat, request).contains("logprobs"));
    CHECK_FALSE(body_of(OpenAiApi::completions, request).contains("logprobs"));
    request.top_logprobs = 5;
    CHECK(body_of(OpenAiApi::chat, request)["logprobs"] == true);
    CHECK(body_of(OpenAiApi::chat, request)["top_logprobs"] == 5);
    CHECK(body_of(OpenAiApi::completions, request)["logprobs"] == 5);
}

TEST_CASE("what belongs to sampling is sent where something is drawn") {
    auto request = chat_request("q");
    request.seed = 0xffffffffffffffffULL;
    request.top_p = 0.5;
    CHECK_FALSE(body_of(OpenAiApi::chat, request).contains("seed"));
    CHECK_FALSE(body_of(OpenAiApi::chat, request).contains("top_p"));
    request.temperature = 0.7;
    const auto body = body_of(OpenAiApi::chat, request);
    CHECK(body["temperature"] == 0.7);
    CHECK(body["top_p"] == 0.5);
    CHECK(body["seed"] == 0x7fffffff); // what a signed 32-bit server still takes
}

TEST_CASE("a model without a name is not named, and the limit's field can be the newer one") {
    const auto body = json::parse(request_body(OpenAiApi::chat, "", chat_request("q"), "max_completion_tokens"));
    CHECK_FALSE(body.contains("model"));
    CHECK_FALSE(body.contains("max_tokens"));
    CHECK(body["max_completion_tokens"] == 16);
}

TEST_CASE("a prompt that is not UTF-8 is sent with replacement characters") {
    CHECK(body_of(OpenAiApi::completions, text_request("a\xff"))["prompt"] == "a\xEF\xBF\xBD");
}

TEST_CASE("a chat reply is read") {
    const auto reply = parse_reply(
        OpenAiApi::chat, R"({"id":"x","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant",
        "content":" yes \u00e9"},"finish_reason":"length","logprobs":{"content":[{"token":" yes","logprob":-0.1,"bytes":[32],"top_logprobs":[
        {"token":" yes","logprob":-0.1},{"token":" no","logprob":-2.5},{"token":"?","logprob":null}]},{"token":"!","logprob":-1,"top_logprobs":[]}]}}],
        "usage":{"prompt_tokens":20,"completion_tokens":3,"prompt_tokens_details":{"cached_tokens":16}}})",
        kNoKey);
    REQUIRE(reply);
    CHECK(reply->text == " yes \xC3\xA9");
    CHECK(reply->finish_reason == "length");
    CHECK(reply->usage == TokenUsage{20, 3, 16});
    CHECK(reply->first_token == std::map<std::string, double>{{" yes", -0.1}, {" no", -2.5}});
    CHECK_FALSE(reply->cached);
}

TEST_CASE("a completion is read") {
    const auto reply =
        parse_reply(OpenAiApi::completions, R"({"choices":[{"text":" yes","index":0,"finish_reason":"stop","logprobs":{
        "tokens":[" yes"],"token_logprobs":[-3.5],"top_logprobs":[{" no":-0.5,"?":-2.0}],"text_offset":[0]}}]})",
                    kNoKey);
    REQUIRE(reply);
    CHECK(reply->text == " yes");
    CHECK(reply->usage == TokenUsage{});
    // The chosen token counts although it is not among the likeliest.
    CHECK(reply->first_token == std::map<std::string, double>{{" yes", -3.5}, {" no", -0.5}, {"?", -2.0}});
}

TEST_CASE("log-probabilities that are not offered are none") {
    for (const char* logprobs : {"null", "{}", R"({"content":null})", R"({"content":[]})", R"({"content":[7]})",
                                 R"({"top_logprobs":[null],"tokens":[]})", "7"}) {
        INFO(logprobs);
        const auto reply = parse_reply(
            OpenAiApi::chat, std::string(R"({"choices":[{"message":{"content":"a"},"logprobs":)") + logprobs + "}]}",
            kNoKey);
        REQUIRE(reply);
        CHECK(reply->first_token.empty());
    }
}

TEST_CASE("content in parts is put together") {
    const auto reply = parse_reply(
        OpenAiApi::chat,
        R"({"choices":[{"message":{"content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}}]})", kNoKey);
    REQUIRE(reply);
    CHECK(reply->text == "ab");
}

TEST_CASE("a body that is no reply is a failure of its row that shows what came") {
    const std::pair<std::string, const char*> cases[] = {
        {"", "empty"},
        {"<html>502 \xff\xfe but it says 200", "not JSON: <html>502"},
        {R"({"choices":[{"mess)", "not JSON"},
        {"[1]", "no object"},
        {R"({"choices":[]})", "no choices"},
        {R"({"choices":[null]})", "no choices"},
        {R"({"choices":{}})", "no choices"},
        {R"({"error":{"message":"overloaded"}})", "overloaded"},
        {R"({"choices":[{"message":null}]})", "no text"},
        {R"({"choices":[{"message":{"content":null}}]})", "no text"},
        {R"({"choices":[{"text":"of the other API"}]})", "no text"},
        {"{\"choices\":[{\"message\":{\"content\":\"bad \xff\"}}]}", "not JSON"},
        {std::string(1'000'000, '['), "nested"},
    };
    for (const auto& [body, words] : cases) {
        INFO(body.substr(0, 80));
        const auto reply = parse_reply(OpenAiApi::chat, body, kNoKey);
        REQUIRE_FALSE(reply);
        CHECK(reply.failure().code == ErrorCode::malformed_reply);
        CHECK(reply.failure().scope == FailureScope::row);
        CHECK_THAT(reply.failure().message, Catch::Matchers::Contains(words));
        CHECK(reply.failure().message.size() < 400);
        CHECK(text::is_well_formed_utf8(reply.failure().message));
    }
    CHECK_FALSE(
        parse_reply(OpenAiApi::completions, R"({"choices":[{"message":{"content":"of the other API"}}]})", kNoKey));
}

TEST_CASE("brackets within strings are not taken for nesting") {
    const auto reply =
        parse_reply(OpenAiApi::chat,
                    json{{"choices", {{{"message", {{"content", std::string(1000, '[') + "\"\\"}}}}}}}.dump(), kNoKey);
    REQUIRE(reply);
    CHECK(reply->text == std::string(1000, '[') + "\"\\");
}

TEST_CASE("the endpoint's own message is found, whatever the layout") {
    CHECK(error_message(R"({"error":{"message":"maximum context length is 12 tokens","type":"x","code":400}})",
                        kNoKey) == "maximum context length is 12 tokens");
    CHECK(error_message(R"({"error":"model not found"})", kNoKey) == "model not found");
    CHECK(error_message(R"({"object":"error","message":"no such model"})", kNoKey) == "no such model");
    CHECK(error_message(R"({"detail":"Not Found"})", kNoKey) == "Not Found");
    CHECK(error_message(R"({"detail":[{"loc":["body"],"msg":"field required"}]})", kNoKey) ==
          R"([{"loc":["body"],"msg":"field required"}])");
    CHECK(error_message("Bad\tGateway\n", kNoKey) == "Bad Gateway ");
    CHECK(error_message("", kNoKey).empty());
    CHECK(error_message("null", kNoKey) == "null");
}

TEST_CASE("a long message is cut between characters, and no half of a key is left at the cut") {
    const ApiKey key("abcdefghij0123456789");
    const auto cut = error_message(std::string(299, 'x') + "\xC3\xA9\xC3\xA9", kNoKey);
    CHECK(text::is_well_formed_utf8(cut));
    CHECK(cut.size() < 310);
    for (std::size_t before = 270; before <= 320; ++before) {
        const auto message = error_message(std::string(before, ' ') + "abcdefghij0123456789", key);
        CHECK_THAT(message, !Catch::Matchers::Contains("abcd"));
    }
}

TEST_CASE("a key that is echoed stands in no message and no reply, escaped or not") {
    const ApiKey key("secret/key-1");
    for (const char* body : {R"({"error":{"message":"wrong key secret/key-1"}})",
                             R"({"error":{"message":"wrong key secret\/key\u002d1"}})", "wrong key secret/key-1"}) {
        INFO(body);
        CHECK(error_message(body, key) == "wrong key [key removed]");
    }
    const auto reply = parse_reply(
        OpenAiApi::chat,
        R"({"choices":[{"message":{"content":"you sent secret\/key-1"},"finish_reason":"secret/key-1"}]})", key);
    REQUIRE(reply);
    CHECK(reply->text == "you sent [key removed]");
    CHECK(reply->finish_reason == "[key removed]");
    const auto malformed = parse_reply(OpenAiApi::chat, R"({"headers":"Bearer secret/key-1"})", key);
    REQUIRE_FALSE(malformed);
    CHECK_THAT(malformed.failure().message, !Catch::Matchers::Contains("secret"));
}
