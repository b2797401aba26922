#include <familiar/transport/caching.hpp>

#include "capable_transport.hpp"
#include "requests.hpp"
#include <support/scratch_folder.hpp>

#include <familiar/transport/recorded.hpp>
#include <familiar/transport/scripted.hpp>

#include <catch2/catch.hpp>

#include <atomic>
#include <thread>
#include <vector>

using namespace familiar;
using namespace familiar::transport;
using familiar::tests::Capable;
using familiar::tests::chat_request;
using familiar::tests::ScratchFolder;

namespace {

Capable named(const std::string& name) {
    Capable transport;
    transport.name = name;
    return transport;
}

} // namespace

TEST_CASE("a decorator can what it decorates can, and no more") {
    STATIC_REQUIRE(ScoresLabels<Caching<Capable>>);
    STATIC_REQUIRE(KnowsContext<Caching<Capable>>);
    STATIC_REQUIRE(SharesPrefix<Caching<Capable>>);
    STATIC_REQUIRE(LlmTransport<Caching<Scripted>>);
    STATIC_REQUIRE_FALSE(ScoresLabels<Caching<Scripted>>);
    STATIC_REQUIRE_FALSE(KnowsContext<Caching<Scripted>>);
    STATIC_REQUIRE_FALSE(SharesPrefix<Caching<Scripted>>);
    const ScratchFolder folder;
    const Caching caching(Capable{}, std::make_shared<transport::ReplyCache>(folder / "c.sqlite"));
    CHECK(caching.identity() == "capable");
    CHECK(caching.concurrency() == 3);
    CHECK(caching.scores_labels());
    CHECK(caching.context() == 77);
    CHECK(caching.count_tokens(chat_request("q")) == 7);
}

TEST_CASE("the second time nobody is asked, in this process or a later one") {
    const ScratchFolder folder;
    for (int round = 0; round < 2; ++round) {
        Scripted llm(
            [](const LlmRequest& request) { return Scripted::reply(request.prompt.messages().back().content + "!"); });
        Caching caching(llm, std::make_shared<transport::ReplyCache>(folder / "c.sqlite"));
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
    const ScratchFolder folder;
    const auto cache = std::make_shared<transport::ReplyCache>(folder / "c.sqlite");
    auto request = chat_request("q");
    request.candidates = {"x", "y"};
    Caching one(named("one"), cache), other(named("other"), cache);
    CHECK_FALSE(one.ask(request)->cached);
    CHECK_FALSE(other.ask(request)->cached);
    const auto again = one.ask(request);
    CHECK(again->cached);
    CHECK(again->candidate_logprobs == std::vector<double>{-1.5, -1.5});
    CHECK(again->candidate_tokens == std::vector<std::size_t>{2, 2});
}

TEST_CASE("failures and blank replies are not kept") {
    const ScratchFolder folder;
    const auto cache = std::make_shared<transport::ReplyCache>(folder / "c.sqlite");
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
    const ScratchFolder folder;
    std::atomic<std::size_t> asked{0};
    Scripted llm(
        [&](const LlmRequest&) {
            ++asked;
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
            return Scripted::reply("yes");
        },
        8);
    Caching caching(llm, std::make_shared<transport::ReplyCache>(folder / "c.sqlite"));
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
    const ScratchFolder folder;
    const auto cache = std::make_shared<transport::ReplyCache>(folder / "c.sqlite");
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

namespace {

/// Answers with the prompt, in batches too; "no" fails and "blank" is blank. Remembers the sizes of batches.
struct Batching {
    std::shared_ptr<std::vector<std::size_t>> batches = std::make_shared<std::vector<std::size_t>>();
    std::shared_ptr<std::atomic<int>> alone = std::make_shared<std::atomic<int>>(0);

    static Result<LlmReply> reply_to(const LlmRequest& request) {
        const std::string text = request.prompt.query.messages.back().content;
        if (text == "no") return Failure{ErrorCode::malformed_reply, "no"};
        return Scripted::reply(text == "blank" ? " " : "re: " + text);
    }
    Result<LlmReply> ask(const LlmRequest& request) {
        ++*alone;
        return reply_to(request);
    }
    std::vector<Result<LlmReply>> ask(std::span<const LlmRequest> requests) {
        batches->push_back(requests.size());
        std::vector<Result<LlmReply>> replies;
        for (const auto& request : requests) replies.push_back(reply_to(request));
        return replies;
    }
    [[nodiscard]] std::string identity() const { return "batching"; }
    [[nodiscard]] std::size_t concurrency() const { return 1; }
};

} // namespace

TEST_CASE("a batch is answered from the cache, and what is not there is asked at once") {
    STATIC_REQUIRE(CompletesInBatches<Caching<Batching>>);
    STATIC_REQUIRE_FALSE(CompletesInBatches<Caching<Scripted>>);
    const ScratchFolder folder;
    const auto cache = std::make_shared<transport::ReplyCache>(folder / "c.sqlite");
    const Batching inner;
    Caching caching(inner, cache);
    CHECK(caching.completes_in_batches());
    CHECK(caching.ask(chat_request("b"))->text == "re: b");
    const std::vector<LlmRequest> requests = {chat_request("a"), chat_request("b"),     chat_request("no"),
                                              chat_request("a"), chat_request("blank"), chat_request("no")};
    const auto replies = caching.ask(std::span<const LlmRequest>(requests));
    REQUIRE(replies.size() == 6);
    CHECK(*inner.batches == std::vector<std::size_t>{3}); // a, no, blank
    CHECK(*inner.alone == 2);                             // b before, no again
    CHECK(replies[0]->text == "re: a");
    CHECK_FALSE(replies[0]->cached);
    CHECK(replies[1]->cached);
    CHECK_FALSE(replies[2].has_value());
    CHECK(replies[3]->cached);
    CHECK(replies[3]->text == "re: a");
    CHECK(replies[4]->text == " ");
    CHECK_FALSE(replies[5].has_value());

    const auto again = caching.ask(std::span<const LlmRequest>(requests));
    CHECK(again[0]->cached);
    CHECK(*inner.batches == std::vector<std::size_t>{3, 2}); // no, blank: never kept
}

TEST_CASE("batches from several threads wait for one another without end to nobody") {
    const ScratchFolder folder;
    Caching caching(Batching(), std::make_shared<transport::ReplyCache>(folder / "c.sqlite"));
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            std::vector<LlmRequest> requests;
            for (int i = 0; i < 12; ++i) requests.push_back(chat_request(std::to_string(t % 2 == 0 ? i : 11 - i)));
            const auto replies = caching.ask(std::span<const LlmRequest>(requests));
            for (int i = 0; i < 12; ++i) {
                const std::string wanted = "re: " + std::to_string(t % 2 == 0 ? i : 11 - i);
                if (!replies[std::size_t(i)] || replies[std::size_t(i)]->text != wanted) ++wrong;
            }
        });
    }
    for (auto& thread : threads) thread.join();
    CHECK(wrong == 0);
}
