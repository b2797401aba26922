#include <familiar/pipeline/behind_cache.hpp>

#include "../transport/requests.hpp"
#include <support/scratch_folder.hpp>

#include <familiar/transport/no_transport.hpp>
#include <familiar/transport/scripted.hpp>

#include <catch2/catch.hpp>

#include <memory>

using namespace familiar;
using familiar::tests::chat_request;
using familiar::tests::ScratchFolder;

namespace {

transport::AnyTransport counting(const std::shared_ptr<int>& asked) {
    return transport::Scripted([asked](const transport::LlmRequest&) {
        ++*asked;
        return transport::Scripted::reply("yes");
    });
}

} // namespace

TEST_CASE("An LLM is asked once behind a cache, and each time where a recording is replayed") {
    const ScratchFolder folder;
    for (const bool recorded : {false, true}) {
        const auto asked = std::make_shared<int>(0);
        const Spec spec = parse_spec(recorded ? "recorded:x.jsonl" : "http:http://localhost:1/v1");
        auto llm = pipeline::behind_cache(counting(asked), spec, folder / "c.sqlite");
        for (int i = 0; i < 3; ++i) CHECK(llm.ask(chat_request("q"))->text == "yes");
        CHECK(*asked == (recorded ? 3 : 1));
    }
}

TEST_CASE("For an LLM that is absent no cache is opened") {
    const ScratchFolder folder;
    const auto file = folder / "c.sqlite";
    CHECK(pipeline::behind_cache(transport::NoTransport(), parse_spec("none"), file).is_absent());
    CHECK_FALSE(std::filesystem::exists(file));
}
