#include <familiar/transport/caching.hpp>

#include "../store/temporary_folder.hpp"
#include "requests.hpp"

#include <familiar/transport/recorded.hpp>
#include <familiar/transport/scripted.hpp>

#include <catch2/catch.hpp>

#include <atomic>
#include <thread>
#include <vector>

using namespace familiar;
using namespace familiar::transport;
using familiar::tests::chat_request;
using familiar::tests::TemporaryFolder;

namespace {

/// Can everything, so that it shows what a decorator passes on.
struct Capable {
    static constexpr bool kSharesPrefix = true;
    std::string name = "capable";
    Result<LlmReply> ask(const LlmRequest& request) {
        LlmReply reply;
        reply.candidate_logprobs.assign(request.candidates.size(), -1.5);
        reply.candidate_tokens.assign(request.candidates.size(), 2);
        return reply;
    }
    [[nodiscard]] std::string identity() const { return name; }
    [[nodiscard]] std::size_t concurrency() const { return 3; }
    [[nodiscard]] bool scores_labels() const { return true; }
    [[nodiscard]] std::optional<std::size_t> context() const { return 77; }
    [[nodiscard]] std::size_t count_tokens(const LlmRequest&) const { return 7; }
};

} // namespace

TEST_CASE("a decorator can what it decorates can, and no more") {
    STATIC_REQUIRE(ScoresLabels<Caching<Capable>>);
    STATIC_REQUIRE(KnowsContext<Caching<Capable>>);
    STATIC_REQUIRE(SharesPrefix<Caching<Capable>>);
    STATIC_REQUIRE(LlmTransport<Caching<Scripted>>);
    STATIC_REQUIRE_FALSE(ScoresLabels<Caching<Scripted>>);
    STATIC_REQUIRE_FALSE(KnowsContext<Caching<Scripted>>);
    STATIC_REQUIRE_FALSE(SharesPrefix<Caching<Scripted>>);
    const TemporaryFolder folder;
    const Caching caching(Capable{}, std::make_shared<store::ReplyCache>(folder / "c.sqlite"));
    CHECK(caching.identity() == "capable");
    CHECK(caching.concurrency() == 3);
    CHECK(caching.scores_labels());
    CHECK(caching.context() == 77);
    CHECK(caching.count_tokens(chat_request("q")) == 7);
}

TEST_CASE("the second time nobody is asked, in this process or a later one") {
    const TemporaryFolder folder;
    for (int round = 0; round < 2; ++round) {
        Scripted llm(
            [](const LlmRequest& request) { return Scripted::reply(request.prompt.messages().back().content + "!"); });
        Caching caching(llm, std::make_shared<store::ReplyCache>(folder / "c.sqlite"));
        for (const char* question : {"a", "b", "a"}) {
            const auto reply = caching.ask(chat_request(question));
            REQUIRE(reply);
            CHECK(reply->text == std::string(question) + "!");
            CHECK(reply->usage.completion == 1);
        }
        CHECK(llm.asked().size() == (round == 0 ? 2 : 0));
        CHECK(caching.ask(chat_request("a"))->cached);
    }
}

TEST_CASE("another model's replies are not mixed up with this one's") {
    const TemporaryFolder folder;
    const auto cache = std::make_shared<store::ReplyCache>(folder / "c.sqlite");
    auto request = chat_request("q");
    request.candidates = {"x", "y"};
    Caching one(Capable{"one"}, cache), other(Capable{"other"}, cache);
    CHECK_FALSE(one.ask(request)->cached);
    CHECK_FALSE(other.ask(request)->cached);
    const auto again = one.ask(request);
    CHECK(again->cached);
    CHECK(again->candidate_logprobs == std::vector<double>{-1.5, -1.5});
    CHECK(again->candidate_tokens == std::vector<std::size_t>{2, 2});
}

TEST_CASE("failures and blank replies are not kept") {
    const TemporaryFolder folder;
    const auto cache = std::make_shared<store::ReplyCache>(folder / "c.sqlite");
    std::size_t asked = 0;
    Scripted llm([&](const LlmRequest&) -> Result<LlmReply> {
        switch (asked++) {
        case 0:
            return Failure{ErrorCode::endpoint_failed, "500"};
        case 1:
            return Scripted::reply("");
        case 2:
            return Scripted::reply(" \n\t");
        default:
            return Scripted::reply("fine");
        }
    });
    Caching caching(llm, cache);
    CHECK(caching.ask(chat_request("q")).failure().message == "500");
    CHECK(caching.ask(chat_request("q"))->text.empty());
    CHECK(caching.ask(chat_request("q"))->text == " \n\t");
    CHECK(cache->size() == 0);
    CHECK_FALSE(caching.ask(chat_request("q"))->cached);
    CHECK(caching.ask(chat_request("q"))->cached);
    CHECK(asked == 4);
}

TEST_CASE("the same request from many threads is asked once") {
    const TemporaryFolder folder;
    std::atomic<std::size_t> asked{0};
    Scripted llm(
        [&](const LlmRequest&) {
            ++asked;
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
            return Scripted::reply("yes");
        },
        8);
    Caching caching(llm, std::make_shared<store::ReplyCache>(folder / "c.sqlite"));
    std::atomic<std::size_t> cached{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < 4; ++i)
                cached += caching.ask(chat_request("q" + std::to_string((i + t) % 4)))->cached ? 1 : 0;
        });
    }
    for (auto& thread : threads) thread.join();
    CHECK(asked == 4);
    CHECK(cached == 28);
}

TEST_CASE("a cache that is damaged while it is open ends the run with its name") {
    const TemporaryFolder folder;
    const auto cache = std::make_shared<store::ReplyCache>(folder / "c.sqlite");
    Caching caching(Scripted({"a", "b"}), cache);
    REQUIRE(caching.ask(chat_request("q")));
    {
        store::Database other(folder / "c.sqlite");
        other.execute("UPDATE replies SET reply = 'no JSON'");
    }
    const auto reply = caching.ask(chat_request("q"));
    REQUIRE_FALSE(reply);
    CHECK(reply.failure().code == ErrorCode::store_failed);
    CHECK(reply.failure().scope == FailureScope::run);
    CHECK_THAT(reply.failure().message, Catch::Matchers::Contains("c.sqlite"));
    CHECK_THAT(reply.failure().message, Catch::Matchers::Contains("Delete"));
}
