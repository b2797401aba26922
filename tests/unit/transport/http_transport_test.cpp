#include <familiar/transport/http_transport.hpp>

#include "manual_clock.hpp"
#include "requests.hpp"
#include "test_endpoint.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <future>
#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace familiar;
using namespace familiar::transport;
using namespace familiar::tests;

namespace {

constexpr const char* kVariable = "FAMILIAR_TEST_HTTP_KEY";
constexpr const char* kKey = "sk-test-5d1f0a9b7c";

HttpParameters parameters_for(int port) {
    ::setenv(kVariable, kKey, 1);
    HttpParameters parameters;
    parameters.base_url = "http://127.0.0.1:" + std::to_string(port) + "/v1";
    parameters.model = "test-model";
    parameters.key_env = kVariable;
    parameters.timeout = 20; // never waited for where a test goes as it should
    return parameters;
}

/// Asks over real connections; waits between tries take no time.
using Transport = BasicHttpTransport<ManualClock>;

Endpoint<>::Script replying(int status, std::string body) {
    return [status, body = std::move(body)](httplib::Response& response, std::size_t) {
        response.status = status;
        response.set_content(body, "application/json");
    };
}

/// The first request gets `first`, the others a good reply.
Endpoint<>::Script at_first(std::function<void(httplib::Response&)> first) {
    return [first = std::move(first)](httplib::Response& response, std::size_t earlier) {
        if (earlier == 0) return first(response);
        response.set_content(chat_reply("yes"), "application/json");
    };
}

} // namespace

TEST_CASE("a chat is asked for at the right path, with model and key, and its reply comes back") {
    Endpoint endpoint(replying(200, chat_reply(" positive\n")));
    Transport llm(parameters_for(endpoint.port()));
    const auto reply = llm.ask(chat_request("fine?"));
    REQUIRE(reply);
    CHECK(reply->text == " positive\n");
    CHECK(reply->usage == TokenUsage{11, 2, 0});
    REQUIRE(endpoint.asked().size() == 1);
    const auto asked = endpoint.asked().front();
    CHECK(asked.path == "/v1/chat/completions");
    CHECK(asked.authorization == std::string("Bearer ") + kKey);
    CHECK(asked.host == "127.0.0.1:" + std::to_string(endpoint.port()));
    CHECK(asked.body["model"] == "test-model");
    CHECK(asked.body["messages"].back()["content"] == "fine?");
}

TEST_CASE("a completion is asked for at its own path") {
    Endpoint endpoint(replying(200, R"({"choices":[{"text":"yes","finish_reason":"length"}]})"));
    auto parameters = parameters_for(endpoint.port());
    parameters.api = "completions";
    Transport llm(parameters);
    const auto reply = llm.ask(text_request("Label:"));
    REQUIRE(reply);
    CHECK(reply->text == "yes");
    CHECK(reply->finish_reason == "length");
    CHECK(endpoint.asked().front().path == "/v1/completions");
    CHECK(endpoint.asked().front().body["prompt"] == "Label:");
}

TEST_CASE("500 then 200: asked again, and counted") {
    Endpoint endpoint(at_first([](httplib::Response& response) { response.status = 500; }));
    ManualClock clock;
    auto parameters = parameters_for(endpoint.port());
    parameters.price_per_million_prompt_tokens = 1e6;
    Transport llm(parameters, nullptr, clock);
    CHECK(llm.ask(chat_request("q"))->text == "yes");
    CHECK(endpoint.asked().size() == 2);
    REQUIRE(clock.waits().size() == 1);
    CHECK(clock.waits()[0] >= 0.25);
    CHECK(clock.waits()[0] <= 0.5);
    const auto usage = llm.usage();
    CHECK(usage.requests == 2);
    CHECK(usage.retries == 1);
    CHECK(usage.replies == 1);
    CHECK(usage.tokens == TokenUsage{11, 2, 0});
    CHECK(usage.cost == Approx(11.0));
}

TEST_CASE("429 with Retry-After: waited for, and not less") {
    std::string header;
    double seconds = 0;
    SECTION("in seconds") {
        header = "17";
        seconds = 17;
    }
    SECTION("as a date") {
        header = "Sun, 06 Nov 1994 08:49:57 GMT";
        seconds = 20;
    }
    Endpoint endpoint(at_first([&](httplib::Response& response) {
        response.status = 429;
        response.set_header("Retry-After", header);
    }));
    ManualClock clock;
    Transport llm(parameters_for(endpoint.port()), nullptr, clock);
    CHECK(llm.ask(chat_request("q")));
    CHECK(endpoint.asked().size() == 2);
    REQUIRE(clock.waits().size() == 1);
    CHECK(clock.waits()[0] >= seconds);
    CHECK(clock.waits()[0] <= seconds + 1.1);
}

TEST_CASE("an endpoint that goes on failing is given up after the tries allowed, with its words") {
    Endpoint endpoint(replying(503, api_error("overloaded")));
    ManualClock clock;
    auto parameters = parameters_for(endpoint.port());
    parameters.retries = 3;
    Transport llm(parameters, nullptr, clock);
    const auto reply = llm.ask(chat_request("q"));
    REQUIRE_FALSE(reply);
    CHECK(reply.failure().code == ErrorCode::endpoint_failed);
    CHECK(reply.failure().scope == FailureScope::row);
    CHECK_THAT(reply.failure().message, Catch::Matchers::Contains("503") && Catch::Matchers::Contains("overloaded") &&
                                            Catch::Matchers::Contains("4 tries"));
    CHECK(endpoint.asked().size() == 4);
    CHECK(clock.waits().size() == 3);
}

TEST_CASE("400 is not tried again and fails its row only") {
    Endpoint endpoint(at_first([](httplib::Response& response) {
        response.status = 400;
        response.set_content(api_error("maximum context length is 12 tokens"), "application/json");
    }));
    Transport llm(parameters_for(endpoint.port()));
    const auto reply = llm.ask(chat_request("q"));
    REQUIRE_FALSE(reply);
    CHECK(reply.failure().scope == FailureScope::row);
    CHECK_THAT(reply.failure().message, Catch::Matchers::Contains("maximum context length is 12 tokens"));
    CHECK(endpoint.asked().size() == 1);
    CHECK(llm.ask(chat_request("q")));
}

TEST_CASE("401 and 404 end the run: nothing more is sent, and the key that is echoed stands nowhere") {
    const int status = GENERATE(401, 403, 404);
    Endpoint endpoint(
        replying(status, api_error("Incorrect API key provided: " + std::string(kKey) + ", or sk-te*****b7c")));
    Transport llm(parameters_for(endpoint.port()));
    for (int i = 0; i < 3; ++i) {
        const auto reply = llm.ask(chat_request("q"));
        REQUIRE_FALSE(reply);
        CHECK(reply.failure().scope == FailureScope::run);
        CHECK_THAT(reply.failure().message, Catch::Matchers::Contains(std::to_string(status)) &&
                                                Catch::Matchers::Contains("Incorrect API key provided"));
        CHECK_THAT(reply.failure().message, !Catch::Matchers::Contains(kKey) && !Catch::Matchers::Contains("sk-te"));
    }
    CHECK(endpoint.asked().size() == 1);
}

TEST_CASE("a redirection is not followed: the key goes nowhere else") {
    Endpoint other(replying(200, chat_reply("yes")));
    Endpoint endpoint([&](httplib::Response& response, std::size_t) {
        response.set_redirect("http://127.0.0.1:" + std::to_string(other.port()) + "/v1/chat/completions", 307);
    });
    Transport llm(parameters_for(endpoint.port()));
    const auto reply = llm.ask(chat_request("q"));
    REQUIRE_FALSE(reply);
    CHECK(reply.failure().scope == FailureScope::run);
    CHECK_THAT(reply.failure().message,
               Catch::Matchers::Contains("307") && Catch::Matchers::Contains(std::to_string(other.port())));
    CHECK(other.asked().empty());
}

TEST_CASE("garbage is asked for once more, then fails its row") {
    Endpoint endpoint(replying(200, "<html>502 \xff\xfe but it says 200"));
    Transport llm(parameters_for(endpoint.port()));
    const auto reply = llm.ask(chat_request("q"));
    REQUIRE_FALSE(reply);
    CHECK(reply.failure().code == ErrorCode::malformed_reply);
    CHECK(reply.failure().scope == FailureScope::row);
    CHECK_THAT(reply.failure().message, Catch::Matchers::Contains("<html>502"));
    CHECK(endpoint.asked().size() == 2);
}

TEST_CASE("a connection dropped within the body is asked again") {
    RawEndpoint endpoint([](const RawEndpoint&, int socket, std::size_t earlier) {
        if (earlier == 0) {
            RawEndpoint::send(socket, "HTTP/1.1 200 OK\r\nContent-Length: 4096\r\n\r\n{\"choices\":[{\"mess");
        } else {
            const auto body = chat_reply("yes");
            RawEndpoint::send(socket, "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) +
                                          "\r\nConnection: close\r\n\r\n" + body);
        }
    });
    Transport llm(parameters_for(endpoint.port()));
    const auto reply = llm.ask(chat_request("q"));
    REQUIRE(reply);
    CHECK(reply->text == "yes");
    CHECK(endpoint.connections() == 2);
}

TEST_CASE("a connection dropped for ever fails its row") {
    const std::string sent =
        GENERATE("", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc");
    RawEndpoint endpoint([&](const RawEndpoint&, int socket, std::size_t) { RawEndpoint::send(socket, sent); });
    auto parameters = parameters_for(endpoint.port());
    parameters.retries = 2;
    Transport llm(parameters);
    const auto reply = llm.ask(chat_request("q"));
    REQUIRE_FALSE(reply);
    CHECK(reply.failure().scope == FailureScope::row);
    CHECK(endpoint.connections() == 3);
}

TEST_CASE("an endless body ends as a failure of its row") {
    std::string head;
    SECTION("in chunks") {
        head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    }
    SECTION("until the connection closes") {
        head = "HTTP/1.1 200 OK\r\n\r\n";
    }
    SECTION("of a length that is told") {
        head = "HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n";
    }
    RawEndpoint endpoint([&](const RawEndpoint& self, int socket, std::size_t) {
        RawEndpoint::send(socket, head);
        const std::string chunk = "8000\r\n" + std::string(0x8000, 'x') + "\r\n";
        while (!self.finished(socket) && RawEndpoint::send(socket, chunk)) {
        }
    });
    Transport llm(parameters_for(endpoint.port()));
    const auto reply = llm.ask(chat_request("q"));
    REQUIRE_FALSE(reply);
    CHECK(reply.failure().code == ErrorCode::malformed_reply);
    CHECK_THAT(reply.failure().message, Catch::Matchers::Contains("16 MiB"));
    CHECK(endpoint.connections() == 1);
}

TEST_CASE("silence and a slow drip end at the timeout, after one more try") {
    bool drips = false, in_headers = false;
    SECTION("silence") {}
    SECTION("a byte now and then in the body") {
        drips = true;
    }
    SECTION("a byte now and then in the headers") {
        drips = in_headers = true;
    }
    RawEndpoint endpoint([&](const RawEndpoint& self, int socket, std::size_t) {
        if (drips)
            RawEndpoint::send(socket, in_headers ? "HTTP/1.1 200 OK\r\nX-Slow: "
                                                 : "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
        while (!self.finished(socket)) {
            if (drips) RawEndpoint::send(socket, "x");
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
    });
    auto parameters = parameters_for(endpoint.port());
    parameters.timeout = 0.2;
    Transport llm(parameters);
    const auto reply = llm.ask(chat_request("q"));
    REQUIRE_FALSE(reply);
    CHECK(reply.failure().code == ErrorCode::endpoint_timeout);
    CHECK(reply.failure().scope == FailureScope::row);
    CHECK_THAT(reply.failure().message, Catch::Matchers::Contains("0.2 s"));
    CHECK(endpoint.connections() == 2);
}

TEST_CASE("a silence longer than read_timeout is a timeout though time in all is left") {
    RawEndpoint endpoint([](const RawEndpoint& self, int socket, std::size_t) {
        while (!self.finished(socket)) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    });
    auto parameters = parameters_for(endpoint.port());
    parameters.read_timeout = 0.1;
    parameters.retries = 0;
    Transport llm(parameters);
    CHECK(llm.ask(chat_request("q")).failure().code == ErrorCode::endpoint_timeout);
}

TEST_CASE("where nobody listens, the run fails with the address") {
    int port = 0;
    {
        port = RawEndpoint([](const RawEndpoint&, int, std::size_t) {}).port();
    }
    ManualClock clock;
    Transport llm(parameters_for(port), nullptr, clock);
    const auto reply = llm.ask(chat_request("q"));
    REQUIRE_FALSE(reply);
    CHECK(reply.failure().code == ErrorCode::endpoint_unreachable);
    CHECK(reply.failure().scope == FailureScope::run); // it was never there
    CHECK_THAT(reply.failure().message, Catch::Matchers::Contains(std::to_string(port)));
    CHECK(clock.waits().size() == 5);
}

TEST_CASE("an endpoint that goes away fails rows at first, then the run") {
    auto endpoint = std::make_unique<Endpoint<>>(replying(200, chat_reply("yes")));
    auto parameters = parameters_for(endpoint->port());
    parameters.concurrency = 1;
    parameters.retries = 0;
    Transport llm(parameters);
    REQUIRE(llm.ask(chat_request("q")));
    endpoint.reset();
    auto failure = llm.ask(chat_request("q")).failure();
    if (failure.code != ErrorCode::endpoint_unreachable)
        failure = llm.ask(chat_request("q")).failure(); // the old connection breaks first
    CHECK(failure.scope == FailureScope::row);
    CHECK(llm.ask(chat_request("q")).failure().scope == FailureScope::run);
}

TEST_CASE("a cancellation ends a request that is under way, and every later one") {
    Cancellation cancellation;
    RawEndpoint endpoint([&](const RawEndpoint& self, int socket, std::size_t) {
        cancellation.request();
        while (!self.finished(socket)) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    });
    Transport llm(parameters_for(endpoint.port()), &cancellation);
    for (int i = 0; i < 2; ++i) {
        const auto reply = llm.ask(chat_request("q"));
        REQUIRE_FALSE(reply);
        CHECK(reply.failure().code == ErrorCode::cancelled);
        CHECK(reply.failure().scope == FailureScope::run);
    }
    CHECK(endpoint.connections() == 1);
}

TEST_CASE("a cancellation ends the wait for another try") {
    Cancellation cancellation;
    Endpoint endpoint([&](httplib::Response& response, std::size_t) {
        response.status = 429;
        response.set_header("Retry-After", "100");
        std::thread([&] { cancellation.request(); }).join();
    });
    HttpTransport llm(parameters_for(endpoint.port()),
                      &cancellation); // on the machine's own clock: 100 s are not waited for
    CHECK(llm.ask(chat_request("q")).failure().code == ErrorCode::cancelled);
    CHECK(endpoint.asked().size() == 1);
}

TEST_CASE("several requests are under way at once, but never more than allowed") {
    std::atomic<int> running{0}, most{0};
    Endpoint endpoint([&](httplib::Response& response, std::size_t) {
        const int now = ++running;
        for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
        }
        // Stays until a second one has come, or it is clear that none will.
        for (int i = 0; i < 200 && most < 2; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        --running;
        response.set_content(chat_reply("yes"), "application/json");
    });
    auto parameters = parameters_for(endpoint.port());
    parameters.concurrency = 3;
    Transport llm(parameters);
    CHECK(llm.concurrency() == 3);
    std::vector<std::future<bool>> replies;
    for (int t = 0; t < 8; ++t) {
        replies.push_back(std::async(std::launch::async, [&] {
            bool all = true;
            for (int i = 0; i < 4; ++i) all = llm.ask(chat_request("q")).has_value() && all;
            return all;
        }));
    }
    for (auto& reply : replies) CHECK(reply.get());
    CHECK(endpoint.asked().size() == 32);
    CHECK(most >= 2);
    CHECK(most <= 3);
}

TEST_CASE("a wrong key is noticed by all threads: no request is sent twice") {
    Endpoint endpoint(replying(401, api_error("no")));
    auto parameters = parameters_for(endpoint.port());
    parameters.concurrency = 4;
    Transport llm(parameters);
    std::vector<std::thread> threads;
    std::atomic<int> failures{0};
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i < 10; ++i) failures += llm.ask(chat_request("q")) ? 0 : 1;
        });
    }
    for (auto& thread : threads) thread.join();
    CHECK(failures == 40);
    CHECK(endpoint.asked().size() <= 4);
}

TEST_CASE("requests a minute are kept to") {
    Endpoint endpoint(replying(200, chat_reply("yes")));
    ManualClock clock;
    auto parameters = parameters_for(endpoint.port());
    parameters.requests_per_minute = 2;
    Transport llm(parameters, nullptr, clock);
    for (int i = 0; i < 5; ++i) CHECK(llm.ask(chat_request("q")));
    CHECK(clock.waits() == std::vector<double>{60, 60});
}

TEST_CASE("the transport survives a peer that closes, even where SIGPIPE kills") {
    RawEndpoint endpoint([](const RawEndpoint&, int socket, std::size_t) {
        const auto body = chat_reply("yes"); // says keep-alive, and closes at once
        RawEndpoint::send(socket,
                          "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    });
    const auto before = std::signal(SIGPIPE, SIG_DFL);
    Transport llm(parameters_for(endpoint.port()));
    for (int i = 0; i < 20; ++i) CHECK(llm.ask(chat_request(std::string(100'000, 'q'))));
    std::signal(SIGPIPE, before);
}

TEST_CASE("a key that is missing is an error before anything is asked") {
    auto parameters = parameters_for(1);
    ::unsetenv(kVariable);
    try {
        Transport llm(parameters);
        FAIL("no error");
    } catch (const Error& problem) {
        CHECK(problem.code() == ErrorCode::missing_environment);
        CHECK_THAT(problem.what(), Catch::Matchers::Contains(kVariable));
    }
    parameters.key_env = "";
    CHECK_NOTHROW(Transport(parameters));
}

TEST_CASE("the default key is needed by endpoints elsewhere, not by one on this machine") {
    const char* const value = std::getenv("OPENAI_API_KEY");
    const std::string kept = value != nullptr ? value : "";
    ::unsetenv("OPENAI_API_KEY");
    HttpParameters parameters;
    parameters.base_url = "https://api.openai.com/v1";
    CHECK_THROWS_WITH(Transport(parameters), Catch::Matchers::Contains("OPENAI_API_KEY"));
    Endpoint endpoint(replying(200, chat_reply("yes")));
    parameters.base_url = "http://127.0.0.1:" + std::to_string(endpoint.port());
    CHECK(Transport(parameters).ask(chat_request("q")));
    CHECK(endpoint.asked().front().authorization.empty());
    CHECK(endpoint.asked().front().path == "/chat/completions");
    if (!kept.empty()) ::setenv("OPENAI_API_KEY", kept.c_str(), 1);
}

TEST_CASE("a parameter out of its range is an error that names it") {
    const auto refused = [](const char* name, auto change) {
        auto parameters = parameters_for(1);
        change(parameters);
        INFO(name);
        CHECK_THROWS_WITH(Transport(parameters), Catch::Matchers::Contains(name));
    };
    refused("base_url", [](auto& p) { p.base_url = ""; });
    refused("base_url", [](auto& p) { p.base_url = "localhost"; });
    refused("api", [](auto& p) { p.api = "responses"; });
    refused("timeout", [](auto& p) { p.timeout = 0; });
    refused("timeout", [](auto& p) { p.timeout = std::numeric_limits<double>::quiet_NaN(); });
    refused("connect_timeout", [](auto& p) { p.connect_timeout = -1; });
    refused("read_timeout", [](auto& p) { p.read_timeout = 1e300; });
    refused("retries", [](auto& p) { p.retries = 101; });
    refused("concurrency", [](auto& p) { p.concurrency = 0; });
    refused("longest_wait", [](auto& p) { p.longest_wait = -1; });
    refused("price", [](auto& p) { p.price_per_million_prompt_tokens = -1; });
    refused("max_tokens_field", [](auto& p) { p.max_tokens_field = "n"; });
    refused("ca_file", [](auto& p) { p.ca_file = "/no/such/file.pem"; });
}

TEST_CASE("identity holds model, API and address, and never a key") {
    auto parameters = parameters_for(1);
    const auto identity = Transport(parameters).identity();
    CHECK_THAT(identity, !Catch::Matchers::Contains(kKey));
    parameters.retries = 1;
    parameters.timeout = 3;
    CHECK(Transport(parameters).identity() == identity);        // no reply depends on these
    CHECK(Transport(parameters_for(2)).identity() == identity); // a port of this machine changes from start to start,
    for (const int port : {1, 2}) {                             // and tells servers apart whose models have no name
        auto unnamed = parameters_for(port);
        unnamed.model.clear();
        CHECK_THAT(Transport(unnamed).identity(), Catch::Matchers::Contains(":" + std::to_string(port) + "/"));
    }
    for (int i = 0; i < 3; ++i) {
        auto other = parameters_for(1);
        if (i == 0) other.base_url = "http://models.example/v1";
        if (i == 1) other.model = "another";
        if (i == 2) other.api = "completions";
        CHECK(Transport(other).identity() != identity);
    }
}

TEST_CASE("the context is what the parameters say, and tokens are estimated from above") {
    auto parameters = parameters_for(1);
    CHECK_FALSE(Transport(parameters).context());
    parameters.context = 4096;
    const Transport llm(parameters);
    CHECK(llm.context() == 4096);
    CHECK_FALSE(llm.scores_labels());
    auto request = text_request(std::string(1000, 'x'), std::string(500, 'y'));
    request.max_tokens = 10;
    CHECK(llm.count_tokens(request) >= 750 + 10);
    const auto chat = chat_request({{text::Role::system, std::string(1000, 'x')}, {text::Role::user, "?"}});
    CHECK(llm.count_tokens(chat) >= 500);
}
