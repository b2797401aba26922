#include <familiar/transport/llm_transport.hpp>

#include "requests.hpp"
#include "support/resources.hpp"

#include <familiar/core/parameters_json.hpp>
#include <familiar/transport/http_transport.hpp>

#include <support/error_of.hpp>

#include <catch2/catch.hpp>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

struct Parrot { // answers with the last message
    familiar::Result<familiar::transport::LlmReply> ask(const familiar::transport::LlmRequest& request) {
        familiar::transport::LlmReply reply;
        reply.text = request.prompt.messages().back().content;
        return reply;
    }
    std::string identity() const { return "parrot"; }
    std::size_t concurrency() const { return 1; }
};
static_assert(familiar::transport::LlmTransport<Parrot>);
static_assert(!familiar::transport::ScoresLabels<Parrot>);
static_assert(!familiar::transport::KnowsContext<Parrot>);
static_assert(!familiar::transport::SharesPrefix<Parrot>);
static_assert(!familiar::transport::CompletesInBatches<Parrot>);

namespace {

std::string contents(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    REQUIRE(file);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

/// Lines between the fence of this language and the next fence.
std::vector<std::string> code_of(const std::string& page, const std::string& language) {
    const auto begin = page.find("```" + language + "\n");
    REQUIRE(begin != std::string::npos);
    std::istringstream text(page.substr(begin + language.size() + 4));
    std::vector<std::string> lines;
    for (std::string line; std::getline(text, line) && line != "```";) lines.push_back(line);
    return lines;
}

const auto kPage = familiar::tests::source_dir() / "include/familiar/transport/README.md";

} // namespace

TEST_CASE("the concept page's transport of one's own is the one compiled here, and it answers") {
    const std::string here = contents(familiar::tests::source_dir() / "tests/unit/transport/llm_transport_test.cpp");
    for (const auto& line : code_of(contents(kPage), "cpp")) CHECK_THAT(here, Catch::Matchers::Contains(line + "\n"));
    CHECK(Parrot().ask(familiar::tests::chat_request("hello"))->text == "hello");
}

TEST_CASE("the concept page's endpoints are specifications that can be read") {
    const auto lines = code_of(contents(kPage), "json");
    CHECK(lines.size() == 5);
    for (const auto& line : lines) {
        INFO(line);
        auto json = nlohmann::json::parse(line);
        CHECK(json["type"] == "http");
        json.erase("type");
        auto parameters = familiar::parameters_from_json<familiar::transport::HttpParameters>(json);
        parameters.key_env = ""; // whoever runs this has no key to any of them
        CHECK_NOTHROW(familiar::transport::HttpTransport(parameters));
    }
}

TEST_CASE("the concept page names every parameter") {
    const std::string page = contents(kPage);
    familiar::for_each_parameter(familiar::transport::HttpParameters(), [&](std::string_view name, const auto&) {
        CHECK_THAT(page, Catch::Matchers::Contains("`" + std::string(name) + "`"));
    });
}
