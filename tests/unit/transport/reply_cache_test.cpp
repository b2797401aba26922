#include <familiar/transport/reply_cache.hpp>

#include <support/scratch_folder.hpp>

#include <catch2/catch.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

using namespace familiar;
using familiar::tests::ScratchFolder;
using familiar::transport::ReplyCache;

namespace {

transport::LlmRequest request(const std::string& text) {
    transport::LlmRequest request;
    request.prompt.form = prompt::Form::text;
    request.prompt.shared = std::make_shared<prompt::PromptPart>(prompt::PromptPart{text, {}});
    return request;
}

transport::LlmReply reply(const std::string& text) {
    transport::LlmReply reply;
    reply.text = text;
    reply.finish_reason = "stop";
    reply.usage = {1, 2, 3};
    return reply;
}

} // namespace

TEST_CASE("what was put is found, marked as cached, also by the next who opens the file") {
    const ScratchFolder folder;
    const auto key = ReplyCache::key("model", request("q"));
    {
        ReplyCache cache(folder / "deep" / "er" / "c.sqlite");
        CHECK_FALSE(cache.find(key));
        cache.put(key, reply("an\xC3\xA9 \xff"));
        cache.put(key, reply("another")); // the first one stays
    }
    ReplyCache cache(folder / "deep" / "er" / "c.sqlite");
    CHECK(cache.size() == 1);
    const auto found = cache.find(key);
    REQUIRE(found);
    CHECK(found->text == "an\xC3\xA9 \xff");
    CHECK(found->usage == transport::TokenUsage{1, 2, 3});
    CHECK(found->cached);
}

TEST_CASE("keys tell models and requests apart") {
    const auto key = ReplyCache::key("model", request("q"));
    CHECK(key.size() == 64);
    CHECK(key == ReplyCache::key("model", request("q")));
    CHECK(key != ReplyCache::key("model2", request("q")));
    CHECK(key != ReplyCache::key("model", request("q2")));
}

TEST_CASE("a damaged cache is an error that names it and advises to delete it") {
    const ScratchFolder folder;
    const auto file = folder / "c.sqlite";
    SECTION("no database at all") {
        std::ofstream(file) << "{\"this is\": \"no database\"}" << std::string(4096, ' ');
    }
    SECTION("pages overwritten") {
        {
            ReplyCache cache(file);
            for (int i = 0; i < 200; ++i)
                cache.put(ReplyCache::key("m", request(std::to_string(i))), reply(std::string(300, 'x')));
        }
        std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
        stream.seekp(100);
        stream << std::string(20000, '\x5a');
    }
    try {
        ReplyCache cache(file);
        for (int i = 0; i < 200; ++i) (void)cache.find(ReplyCache::key("m", request(std::to_string(i))));
        FAIL("no error");
    } catch (const Error& problem) {
        CHECK(problem.code() == ErrorCode::store_failed);
        CHECK_THAT(problem.what(), Catch::Matchers::Contains(file.string()));
        CHECK_THAT(problem.what(), Catch::Matchers::Contains("elete"));
    }
}

TEST_CASE("another database, or a cache of a later version, is left alone") {
    const ScratchFolder folder;
    const auto file = folder / "c.sqlite";
    SECTION("another database") {
        store::Database(file).execute("CREATE TABLE precious (x)");
        CHECK_THROWS_WITH(ReplyCache(file), Catch::Matchers::Contains("no reply cache"));
        CHECK(store::Database(file).prepare("SELECT * FROM precious").step() == false);
    }
    SECTION("a later version") {
        { ReplyCache cache(file); }
        store::Database(file).execute("PRAGMA user_version = 99");
        CHECK_THROWS_WITH(ReplyCache(file), Catch::Matchers::Contains("another version"));
    }
}

TEST_CASE("a cache that has no place is an error") {
    CHECK_THROWS_AS(ReplyCache("/proc/familiar/c.sqlite"), Error);
    const ScratchFolder folder;
    std::ofstream(folder / "file") << "x";
    CHECK_THROWS_WITH(ReplyCache(folder / "file" / "c.sqlite"), Catch::Matchers::Contains("FAMILIAR_CACHE"));
}

TEST_CASE("several threads use one cache") {
    const ScratchFolder folder;
    ReplyCache cache(folder / "c.sqlite");
    std::vector<std::thread> threads;
    std::vector<int> wrong(4);
    for (std::size_t t = 0; t < wrong.size(); ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < 100; ++i) {
                const std::string text = std::to_string(i);
                const auto key = ReplyCache::key("m", request(text));
                if (const auto found = cache.find(key); found && found->text != text) ++wrong[t];
                cache.put(key, reply(text));
            }
        });
    }
    for (auto& thread : threads) thread.join();
    CHECK(wrong == std::vector<int>(4));
    CHECK(cache.size() == 100);
}

TEST_CASE("several processes fill one cache, and a reply that was put survives a kill at once") {
    const ScratchFolder folder;
    std::vector<pid_t> children;
    for (int process = 0; process < 3; ++process) {
        const pid_t child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            try {
                ReplyCache cache(folder / "c.sqlite");
                for (int i = 0; i < 50; ++i) {
                    const std::string text = std::to_string(process) + "-" + std::to_string(i);
                    cache.put(ReplyCache::key("m", request(text)), reply(text));
                }
                ::raise(SIGKILL); // nothing is closed, no destructor runs
            } catch (...) {
            }
            ::_exit(1);
        }
        children.push_back(child);
    }
    for (const pid_t child : children) {
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        CHECK(WIFSIGNALED(status));
    }
    ReplyCache cache(folder / "c.sqlite");
    CHECK(cache.size() == 150);
    CHECK(cache.find(ReplyCache::key("m", request("2-49")))->text == "2-49");
}

TEST_CASE("the cache lies where the environment says") {
    const auto variable = [](const char* name, const char* value) {
        value != nullptr ? ::setenv(name, value, 1) : ::unsetenv(name);
    };
    const auto kept = [](const char* name) {
        const char* const value = std::getenv(name);
        return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
    };
    const auto cache = kept("FAMILIAR_CACHE"), xdg = kept("XDG_CACHE_HOME"), home = kept("HOME");
    variable("FAMILIAR_CACHE", "/a");
    variable("XDG_CACHE_HOME", "/b");
    variable("HOME", "/c");
    CHECK(ReplyCache::default_path() == "/a/replies.sqlite");
    variable("FAMILIAR_CACHE", nullptr);
    CHECK(ReplyCache::default_path() == "/b/familiar/replies.sqlite");
    variable("XDG_CACHE_HOME", "relative"); // the specification has such a value ignored
    CHECK(ReplyCache::default_path() == "/c/.cache/familiar/replies.sqlite");
    variable("FAMILIAR_CACHE", cache ? cache->c_str() : nullptr);
    variable("XDG_CACHE_HOME", xdg ? xdg->c_str() : nullptr);
    variable("HOME", home ? home->c_str() : nullptr);
}
