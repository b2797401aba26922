#include "laws/transport_laws.hpp"

#include "support/resources.hpp"
#include "unit/pipeline/toy_policies.hpp"

#include <familiar/kernels/dispatched.hpp>
#include <familiar/transport/any_transport.hpp>
#include <familiar/transport/caching.hpp>
#include <familiar/transport/embedded_transport.hpp>
#include <familiar/transport/recorded.hpp>
#include <familiar/transport/recording.hpp>
#include <familiar/transport/reply_cache.hpp>

#include <support/scratch_folder.hpp>

using namespace familiar;
using namespace familiar::tests;

namespace {

std::vector<transport::LlmRequest> requests() {
    return {laws::plain_request("Text: a-0 red"), laws::plain_request("Text: a-1 green"),
            laws::plain_request("Text: a-2 blue", false)};
}

} // namespace

TEST_CASE("Transports: the laws hold behind a cache, and what it holds is the same answer") {
    const ScratchFolder folder;
    auto llm = right_llm(2);
    const auto asked = requests();
    std::vector<transport::LlmReply> first;
    {
        transport::Caching caching(llm, std::make_shared<transport::ReplyCache>(folder / "replies.sqlite"));
        laws::check_transport_laws(caching, asked);
        for (const auto& request : asked) first.push_back(*caching.ask(request));
    }
    const std::size_t before = llm.asked().size();
    transport::Caching again(llm, std::make_shared<transport::ReplyCache>(folder / "replies.sqlite"));
    for (std::size_t i = 0; i < asked.size(); ++i) {
        const auto reply = again.ask(asked[i]);
        CHECK(laws::same_answer(*reply, first[i]));
        CHECK(reply->cached);
    }
    CHECK(llm.asked().size() == before);
}

TEST_CASE("Transports: a replay is the recording, byte for byte") {
    const ScratchFolder folder;
    const auto file = folder / "replies.jsonl";
    std::vector<transport::LlmReply> replies;
    {
        transport::Recording recording(right_llm(), file);
        for (const auto& request : requests()) replies.push_back(*recording.ask(request));
    }
    transport::Recorded::Parameters parameters;
    parameters.file = file.string();
    transport::Recorded replayed(parameters);
    const auto asked = requests();
    for (std::size_t i = 0; i < asked.size(); ++i) {
        const auto reply = replayed.ask(asked[i]);
        CHECK(laws::same_answer(*reply, replies[i]));
        CHECK(reply->usage == replies[i].usage);
    }
    laws::check_transport_laws(replayed, asked);
    CHECK(replayed.ask(laws::plain_request("never asked")).failure().code == ErrorCode::not_recorded);
}

TEST_CASE("Transports: the laws hold for an LLM in the process, erased too") {
    REQUIRE_RESOURCE(file, golden("decoders/gguf_mixed/model.gguf"));
    ThreadPool pool(2);
    transport::EmbeddedTransport::Parameters parameters;
    parameters.model = file.string();
    auto asked = requests();
    asked.push_back(laws::plain_request("Text: good or bad?", true, {"good", "bad", "neither of them"}));
    transport::EmbeddedTransport embedded(parameters, pool);
    laws::check_transport_laws(embedded, asked);
    transport::AnyTransport erased{transport::EmbeddedTransport(parameters, pool)};
    laws::check_transport_laws(erased, asked);
    CHECK(erased.scores_labels());
    CHECK(erased.context() == embedded.context());
}
