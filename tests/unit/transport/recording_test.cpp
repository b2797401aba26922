#include <familiar/transport/recording.hpp>

#include "capable_transport.hpp"
#include "requests.hpp"
#include <support/scratch_folder.hpp>

#include <familiar/transport/recorded.hpp>
#include <familiar/transport/scripted.hpp>

#include <catch2/catch.hpp>

#include <fstream>
#include <thread>
#include <vector>

using namespace familiar;
using namespace familiar::transport;
using familiar::tests::chat_request;
using familiar::tests::ScratchFolder;
using familiar::tests::text_request;

namespace {

Recorded replay(const std::filesystem::path& file) {
    Recorded::Parameters parameters;
    parameters.file = file.string();
    return Recorded(parameters);
}

/// A reply that takes some care to write down.
Result<LlmReply> odd_reply(const LlmRequest& request) {
    LlmReply reply;
    if (request.candidates.empty()) {
        reply.text = "half a euro sign \xE2\x82 \"\n\x01";
        reply.first_token = {{"\xE2", -0.125}, {"a", -1.0 / 3.0}};
    } else {
        reply.candidate_logprobs = {-0.1, -std::numeric_limits<double>::infinity()};
        reply.candidate_tokens = {1, 3};
    }
    reply.finish_reason = "length";
    reply.usage = {5, 6, 7};
    return reply;
}

} // namespace

TEST_CASE("what was recorded is replayed byte for byte") {
    const ScratchFolder folder;
    auto scored = text_request("prompt\xff");
    scored.candidates = {"x", "y"};
    const std::vector<LlmRequest> requests = {chat_request("q"), scored, text_request("p")};
    {
        Recording recording(Scripted(odd_reply), folder / "r.jsonl");
        for (const auto& request : requests) REQUIRE(recording.ask(request));
    }
    const auto recorded = replay(folder / "r.jsonl");
    CHECK(recorded.scores_labels());
    for (const auto& request : requests) {
        const auto reply = recorded.ask(request);
        REQUIRE(reply);
        CHECK(to_json(*reply).dump() == to_json(*odd_reply(request)).dump());
        CHECK(reply->text == odd_reply(request)->text);
    }
}

TEST_CASE("failures are not recorded") {
    const ScratchFolder folder;
    Recording recording(Scripted(std::vector<std::string>{}), folder / "r.jsonl");
    CHECK_FALSE(recording.ask(chat_request("q")));
    CHECK(replay(folder / "r.jsonl").size() == 0);
}

TEST_CASE("a recording that was cut off is taken up where it is whole") {
    const ScratchFolder folder;
    { REQUIRE(Recording(Scripted({"a"}), folder / "r.jsonl").ask(chat_request("1"))); }
    std::ofstream(folder / "r.jsonl", std::ios::app) << R"({"request":{"max_to)";
    { REQUIRE(Recording(Scripted({"b"}), folder / "r.jsonl").ask(chat_request("2"))); }
    const auto recorded = replay(folder / "r.jsonl");
    CHECK(recorded.ask(chat_request("1"))->text == "a");
    CHECK(recorded.ask(chat_request("2"))->text == "b");
}

TEST_CASE("a recording that cannot be written is an error or ends the run") {
    const ScratchFolder folder;
    CHECK_THROWS_WITH(Recording(Scripted({"a"}), folder / "missing" / "r.jsonl"), Catch::Matchers::Contains("missing"));
    Recording full(Scripted({"a"}), "/dev/full"); // every write says that the disk is full
    const auto reply = full.ask(chat_request("q"));
    REQUIRE_FALSE(reply);
    CHECK(reply.failure().code == ErrorCode::file_unwritable);
    CHECK(reply.failure().scope == FailureScope::run);
}

TEST_CASE("threads write whole lines") {
    const ScratchFolder folder;
    Recording recording(Scripted(odd_reply, 4), folder / "r.jsonl");
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < 25; ++i) (void)recording.ask(chat_request(std::to_string(t) + "-" + std::to_string(i)));
        });
    }
    for (auto& thread : threads) thread.join();
    CHECK(replay(folder / "r.jsonl").size() == 100);
}

TEST_CASE("a batch is asked as one, and each of its replies is recorded") {
    const ScratchFolder folder;
    const familiar::tests::Capable capable;
    std::vector<LlmRequest> requests = {chat_request("a"), text_request("b")};
    requests[1].candidates = {"x", "y"};
    {
        Recording recording(capable, folder / "r.jsonl");
        static_assert(CompletesInBatches<decltype(recording)>);
        const auto replies = recording.ask(std::span<const LlmRequest>(requests));
        REQUIRE(replies.size() == 2);
        CHECK(replies[1].value().candidate_logprobs.size() == 2);
    }
    CHECK(*capable.batches == 1);
    const auto recorded = replay(folder / "r.jsonl");
    for (const auto& request : requests) CHECK(recorded.ask(request));
}
