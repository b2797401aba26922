#include <familiar/transport/recorded.hpp>

#include "requests.hpp"
#include <support/scratch_folder.hpp>

#include <catch2/catch.hpp>

#include <fstream>

using namespace familiar;
using namespace familiar::transport;
using familiar::tests::chat_request;
using familiar::tests::ScratchFolder;

namespace {

Recorded open_recording(const std::filesystem::path& file) {
    Recorded::Parameters parameters;
    parameters.file = file.string();
    return Recorded(parameters);
}

constexpr const char* kRequest = R"({"max_tokens":16,"messages":[{"content":"q","role":"user"}],"temperature":0.0})";

std::string line(const std::string& request, const std::string& text) {
    return R"({"request":)" + request + R"(,"reply":{"text":")" + text +
           R"(","finish_reason":"stop","usage":{"prompt":1,"completion":2,"reused":0}}})";
}

} // namespace

TEST_CASE("a recorded request has its reply, another one is a failure that shows it") {
    const ScratchFolder folder;
    std::ofstream(folder / "r.jsonl") << "\xEF\xBB\xBF" << line(kRequest, "yes") << "\r\n\n";
    const auto recorded = open_recording(folder / "r.jsonl");
    CHECK(recorded.size() == 1);
    CHECK_FALSE(recorded.scores_labels());
    const auto reply = recorded.ask(chat_request({{text::Role::user, "q"}}));
    REQUIRE(reply);
    CHECK(reply->text == "yes");
    CHECK_FALSE(reply->cached);
    CHECK(reply->usage == TokenUsage{1, 2, 0});
    const auto other = recorded.ask(chat_request({{text::Role::user, "something else"}}));
    REQUIRE_FALSE(other);
    CHECK(other.failure().code == ErrorCode::not_recorded);
    CHECK_THAT(other.failure().message, Catch::Matchers::Contains("something else"));
    CHECK_THAT(other.failure().message, Catch::Matchers::Contains("r.jsonl"));
}

TEST_CASE("a request that was recorded several times gives its replies in order, then the last one") {
    const ScratchFolder folder;
    std::ofstream(folder / "r.jsonl") << line(kRequest, "a") << '\n' << line(kRequest, "b") << '\n';
    const auto recorded = open_recording(folder / "r.jsonl");
    for (const char* text : {"a", "b", "b"}) CHECK(recorded.ask(chat_request({{text::Role::user, "q"}}))->text == text);
}

TEST_CASE("a recording is known by what it holds, not by its name") {
    const ScratchFolder folder;
    std::ofstream(folder / "a.jsonl") << line(kRequest, "yes") << '\n';
    std::ofstream(folder / "b.jsonl") << line(kRequest, "yes") << '\n';
    std::ofstream(folder / "c.jsonl") << line(kRequest, "no") << '\n';
    CHECK(open_recording(folder / "a.jsonl").identity() == open_recording(folder / "b.jsonl").identity());
    CHECK(open_recording(folder / "a.jsonl").identity() != open_recording(folder / "c.jsonl").identity());
}

TEST_CASE("a line that is no recorded reply is an error with its number") {
    const ScratchFolder folder;
    for (const char* bad : {"{", "[]", R"({"request":{}})", R"({"request":{},"reply":{"text":5}})", "\xff"}) {
        INFO(bad);
        std::ofstream(folder / "r.jsonl") << line(kRequest, "yes") << "\n\n" << bad << '\n';
        CHECK_THROWS_WITH(open_recording(folder / "r.jsonl"), Catch::Matchers::Contains("r.jsonl:3"));
    }
}

TEST_CASE("a recording that is not there, or not named, is an error") {
    const ScratchFolder folder;
    CHECK_THROWS_WITH(open_recording(folder / "none.jsonl"), Catch::Matchers::Contains("none.jsonl"));
    CHECK_THROWS_AS(open_recording(folder.path()), Error);
    CHECK_THROWS_WITH(Recorded(Recorded::Parameters()), Catch::Matchers::Contains("recorded:FILE"));
}
