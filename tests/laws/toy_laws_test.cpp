#include "laws/decision_laws.hpp"
#include "laws/format_laws.hpp"
#include "laws/plugin_laws.hpp"
#include "laws/selector_laws.hpp"
#include "laws/transport_laws.hpp"

#include "unit/pipeline/toy_policies.hpp"

#include <familiar/decision/always_ask.hpp>
#include <familiar/decision/any_decision.hpp>
#include <familiar/decision/ask_when_unsure.hpp>
#include <familiar/demonstration/any_selector.hpp>
#include <familiar/demonstration/balanced_selector.hpp>
#include <familiar/demonstration/fixed_selector.hpp>
#include <familiar/demonstration/no_selector.hpp>
#include <familiar/demonstration/random_selector.hpp>
#include <familiar/plugin/any_plugin.hpp>
#include <familiar/prompt/any_format.hpp>
#include <familiar/prompt/original_format.hpp>
#include <familiar/prompt/our_format.hpp>
#include <familiar/prompt/sleicl_format.hpp>
#include <familiar/transport/any_transport.hpp>
#include <familiar/transport/scripted.hpp>

using namespace familiar;
using namespace familiar::tests;

TEST_CASE("Plug-ins: the laws hold for a toy and for its erased form") {
    const Task task = colour_task();
    const auto train = colour_examples("train", 9), examples = colour_examples("test", 7);
    ColourPlugin toy;
    laws::check_plugin_laws(toy, task, train, examples);
    plugin::AnyPlugin erased{ColourPlugin()};
    laws::check_plugin_laws(erased, task, train, examples);
}

TEST_CASE("Selectors: the laws hold for all that need no encoder") {
    const Task task = colour_task();
    const auto pool = colour_examples("train", 20), queries = colour_examples("test", 4);
    using namespace demonstration;
    laws::check_selector_laws([] { return RandomSelector(); }, task, pool, queries);
    laws::check_selector_laws([] { return BalancedSelector(); }, task, pool, queries);
    laws::check_selector_laws([] { return FixedSelector(); }, task, pool, queries);
    laws::check_selector_laws([] { return NoSelector(); }, task, pool, queries, false);
    laws::check_selector_laws([] { return FirstSelector(); }, task, pool, queries);
    laws::check_selector_laws([] { return OwnSelector(); }, task, pool, queries);
    laws::check_selector_laws([] { return AnySelector(BalancedSelector()); }, task, pool, queries);
    laws::check_selector_laws([] { return AnySelector(OwnSelector()); }, task, pool, queries);
}

TEST_CASE("Selectors: another seed shows others") {
    const Task task = colour_task();
    const auto pool = colour_examples("train", 40), queries = colour_examples("test", 1);
    demonstration::RandomSelector first, second;
    first.prepare(task, pool, 1);
    second.prepare(task, pool, 2);
    CHECK(first.select(queries, 5) != second.select(queries, 5));
}

TEST_CASE("Decisions: the laws hold for always, unsure and their erased form") {
    const Task task = colour_task();
    laws::check_decision_laws(decision::AlwaysAsk(), task);
    laws::check_decision_laws(decision::AskWhenUnsure(), task);
    laws::check_decision_laws(decision::AnyDecision(decision::AskWhenUnsure()), task);
}

TEST_CASE("Formats: the laws hold for both and for the erased form, texts and pairs, with and without a plug-in") {
    Task task = colour_task();
    std::vector<Demonstration> demonstrations;
    for (const auto& example : colour_examples("train", 4)) {
        demonstrations.push_back({example, Prediction{1, 0.75, {}}});
    }
    const Example query = colour_examples("test", 1)[0];
    const Prediction prediction{2, 0.5, {}};
    for (const bool with_plugin : {true, false}) {
        const auto shown = with_plugin ? std::optional(prediction) : std::nullopt;
        laws::check_format_laws(prompt::OurFormat(), task, demonstrations, query, shown);
        laws::check_format_laws(prompt::OriginalFormat(), task, demonstrations, query, shown);
        laws::check_format_laws(prompt::SleiclFormat(), task, demonstrations, query, shown, false);
        laws::check_format_laws(prompt::AnyFormat(prompt::OurFormat()), task, demonstrations, query, shown);
        for (auto& demonstration : demonstrations) demonstration.prediction.reset();
    }
    task.fields = {{"text_a", "Premise"}, {"text_b", "Hypothesis"}};
    Example pair = query;
    pair.text_b = "the second text of the query";
    for (std::size_t i = 0; i < demonstrations.size(); ++i) {
        demonstrations[i].example.text_b = "second text " + std::to_string(i);
    }
    laws::check_format_laws(prompt::OurFormat(), task, demonstrations, pair, prediction);
    laws::check_format_laws(prompt::OriginalFormat(), task, demonstrations, pair, prediction);
}

TEST_CASE("Transports: the laws hold for a script and its erased form") {
    const std::vector<transport::LlmRequest> requests = {laws::plain_request("Text: a-0 red"),
                                                         laws::plain_request("Text: a-1 green", false)};
    auto script = right_llm(4);
    laws::check_transport_laws(script, requests);
    transport::AnyTransport erased{right_llm(3)};
    laws::check_transport_laws(erased, requests);
    CHECK_FALSE(erased.scores_labels());
    CHECK_FALSE(erased.context().has_value());
    CHECK_FALSE(erased.is_absent());
}
