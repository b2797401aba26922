#include <familiar/pipeline/selector_words.hpp>

#include "toy_policies.hpp"

#include <familiar/demonstration/hard_selector.hpp>
#include <familiar/demonstration/ordered_selector.hpp>
#include <familiar/pipeline/compose.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>

using namespace familiar;
using namespace familiar::tests;
using pipeline::SelectorWords;

namespace {

struct NoEncoder {
    [[nodiscard]] std::size_t dimension() const { return 1; }
    void embed(std::span<const Example>, tensor::MatrixView<float>) const {}
    [[nodiscard]] std::string identity() const { return "none"; }
};

using Hard = demonstration::HardSelector<ColourPlugin>;
using Ordered = demonstration::OrderedSelector<FirstSelector, NoEncoder>;

Hard hard() {
    Hard::Parameters parameters;
    parameters.share = 1.0;
    parameters.judge = "llm";
    return Hard(parameters, [] { return ColourPlugin(); });
}

/// Gets every row wrong whose number is divisible by 5, and fails about number 7 of the pool.
transport::Scripted llm() {
    return transport::Scripted([](const transport::LlmRequest& request) -> Result<transport::LlmReply> {
        const std::string text = query_text(request);
        if (text.starts_with("train-7 ")) return Failure{ErrorCode::endpoint_failed, "no", FailureScope::row};
        const auto number = std::stoul(text.substr(text.find('-') + 1));
        return transport::Scripted::reply(number % 5 == 0 ? "purple" : text.substr(text.find(' ') + 1));
    });
}

} // namespace

TEST_CASE("the LLM's own mistakes are shown, found by asking about the pool with nothing shown") {
    const auto scripted = llm();
    auto pipeline = pipeline::compose(hard(), scripted);
    pipeline.options().demonstrations = 3;
    SelectorWords words;
    pipeline.prepare(colour_task(), colour_examples("train", 12), {}, nullptr, &words);
    CHECK(words.asked == 12);
    CHECK(words.failed == 1);
    CHECK(words.cost.calls == 12); // one failed
    REQUIRE(scripted.asked().size() == 12);
    for (const auto& request : scripted.asked()) {
        const auto text = whole_text(request);
        CHECK(text.find("train-") == text.rfind("train-"));
    }
    (void)pipeline.answer(colour_examples("test", 2)[1]);
    const auto prompt = whole_text(scripted.asked().back());
    for (const char* wrong : {"train-0 ", "train-5 ", "train-10 "}) CHECK(prompt.find(wrong) != std::string::npos);

    SelectorWords again = pipeline::selector_words_from_json(nlohmann::json::parse(to_json(words).dump()));
    CHECK(again.known);
    CHECK(again.pool == words.pool);
    const auto silent = llm();
    auto second = pipeline::compose(hard(), silent);
    second.options().demonstrations = 3;
    second.prepare(colour_task(), colour_examples("train", 12), {}, nullptr, &again);
    CHECK(silent.asked().empty());
    CHECK_THROWS_AS(pipeline::selector_words_from_json(nlohmann::json::object()), Error);
}

TEST_CASE("what would be asked is counted without asking") {
    const auto scripted = llm();
    auto pipeline = pipeline::compose(hard(), scripted);
    pipeline.options().demonstrations = 3;
    SelectorWords words;
    std::size_t counted = 0;
    words.instead = [&](const transport::LlmRequest&) { ++counted; };
    pipeline.prepare(colour_task(), colour_examples("train", 12), {}, nullptr, &words);
    CHECK(counted == 12);
    CHECK(scripted.asked().empty());
}

TEST_CASE("the order that has the LLM say one label of everything is not chosen") {
    // Says red of everything where the first demonstration shown is the pool's first, else the truth.
    const transport::Scripted scripted([](const transport::LlmRequest& request) -> Result<transport::LlmReply> {
        const std::string all = whole_text(request), text = query_text(request);
        const bool astray = all.find("train-0 ") < std::min(all.find("train-1 "), all.find("train-2 "));
        return transport::Scripted::reply(astray ? "red" : text.substr(text.find(' ') + 1));
    });
    Ordered::Parameters parameters;
    parameters.order = "global-entropy";
    parameters.orders = 6;
    parameters.probes = 4;
    auto pipeline =
        pipeline::compose(Ordered(parameters, FirstSelector(), [] { return NoEncoder(); }), scripted, ColourPlugin());
    pipeline.options().demonstrations = 3;
    SelectorWords words;
    pipeline.prepare(colour_task(), colour_examples("train", 12), {}, nullptr, &words);
    CHECK(words.asked == 6 * 4);
    CHECK(scripted.asked().size() == 6 * 4);
    REQUIRE(words.order);
    CHECK(*words.order != 0);
    const auto examples = colour_examples("test", 3);
    CHECK(pipeline.answer(examples[1])->label == std::size_t{1});
    CHECK(scripted.asked().size() == 6 * 4 + 1);
}
