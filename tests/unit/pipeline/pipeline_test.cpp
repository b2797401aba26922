#include <familiar/pipeline/pipeline.hpp>

#include "toy_policies.hpp"

#include <familiar/decision/ask_when_unsure.hpp>
#include <familiar/grimoire/fixed_grimoire.hpp>
#include <familiar/pipeline/compose.hpp>
#include <familiar/prompt/original_format.hpp>

#include <catch2/catch.hpp>

#include <set>

using namespace familiar;
using namespace familiar::tests;
using pipeline::PipelineOptions;
using transport::LlmReply;
using transport::LlmRequest;
using transport::Scripted;

namespace {

PipelineOptions showing(std::size_t demonstrations) {
    PipelineOptions options;
    options.demonstrations = demonstrations;
    return options;
}

/// A context of `limit` tokens, a token a byte.
struct NarrowLlm {
    Scripted script;
    std::size_t limit;
    Result<LlmReply> ask(const LlmRequest& request) { return script.ask(request); }
    std::string identity() const { return "narrow"; }
    std::size_t concurrency() const { return 1; }
    std::optional<std::size_t> context() const { return limit; }
    std::size_t count_tokens(const LlmRequest& request) const {
        return whole_text(request).size() + request.max_tokens;
    }
};

/// Scores the label in the query best.
struct ScoringLlm {
    std::shared_ptr<std::vector<LlmRequest>> asked = std::make_shared<std::vector<LlmRequest>>();
    Result<LlmReply> ask(const LlmRequest& request) {
        asked->push_back(request);
        LlmReply reply;
        if (request.candidates.empty()) return Scripted::reply("because");
        const std::string text = query_text(request);
        for (const auto& candidate : request.candidates) {
            reply.candidate_logprobs.push_back(text.ends_with(candidate) ? -0.1 : -4.0);
            reply.candidate_tokens.push_back(1);
        }
        return reply;
    }
    std::string identity() const { return "scoring"; }
    std::size_t concurrency() const { return 1; }
    bool scores_labels() const { return true; }
};

} // namespace

TEST_CASE("SuperICL shows the plug-in's word on demonstrations and query and lets the LLM decide") {
    auto llm = right_llm();
    auto supericl = compose(ColourPlugin(), FirstSelector(), llm, showing(2));
    supericl.prepare(colour_task(), colour_examples("train", 9));
    const auto test = colour_examples("test", 8);
    const auto answers = supericl.answers(test);
    REQUIRE(answers.size() == 8);
    for (std::size_t i = 0; i < answers.size(); ++i) {
        CHECK(answers[i]->label == i % 3);
        CHECK(answers[i]->decided_by == DecidedBy::llm);
        CHECK(answers[i]->overridden == (i % 4 == 0)); // where the plug-in is wrong
        CHECK_FALSE(answers[i]->explanation.has_value());
    }
    const auto asked = llm.asked();
    REQUIRE(asked.size() == 8);
    const std::string first = whole_text(asked[0]);
    CHECK(first.find("train-0 red\nClassifier: green (50% sure)<assistant>red") != std::string::npos);
    CHECK(first.find("train-1 green\nClassifier: green (51% sure)<assistant>green") != std::string::npos);
    CHECK(first.find("train-2") == std::string::npos);
    CHECK(first.ends_with("test-0 red\nClassifier: green (50% sure)"));
}

TEST_CASE("Queries that show the same share one prefix object") {
    auto llm = right_llm();
    auto pipeline = compose(FirstSelector(), llm, showing(3));
    pipeline.prepare(colour_task(), colour_examples("train", 9));
    (void)pipeline.answers(colour_examples("test", 5));
    (void)pipeline.answer(colour_examples("test", 6).back());
    std::set<const void*> prefixes;
    for (const auto& request : llm.asked()) prefixes.insert(request.prompt.shared.get());
    CHECK(prefixes.size() == 1);
    CHECK(pipeline.prefixes_built() == 1);

    auto varying = compose(OwnSelector(), llm, showing(3));
    varying.prepare(colour_task(), colour_examples("train", 3));
    (void)varying.answers(colour_examples("test", 6)); // six queries, three different selections
    CHECK(varying.prefixes_built() == 3);
}

TEST_CASE("Zero-shot and in-context learning have no plug-in line; a plug-in alone asks nobody") {
    auto llm = right_llm();
    auto zero = compose(llm);
    zero.prepare(colour_task(), {});
    CHECK(zero.answer(colour_examples("test", 2)[1])->label == 1U);
    CHECK_FALSE(zero.answer(colour_examples("test", 2)[1])->overridden);
    CHECK(whole_text(llm.asked()[0]).find("Classifier") == std::string::npos);

    auto alone = compose(ColourPlugin());
    alone.prepare(colour_task(), colour_examples("train", 9));
    const auto answer = alone.answer(colour_examples("test", 1)[0]);
    CHECK(answer->label == 1U); // wrong, as the plug-in is
    CHECK(answer->probability == Approx(0.5));
    CHECK(answer->decided_by == DecidedBy::plugin);
}

TEST_CASE("Demonstrations carry out-of-fold predictions where the plug-in has them") {
    struct Honest : ColourPlugin {
        std::vector<Prediction> held_out;
        void prepare(const Task& task, std::span<const Example> train) {
            ColourPlugin::prepare(task, train);
            held_out.assign(train.size(), {2, 0.34, {}});
        }
        std::span<const Prediction> out_of_fold() const { return held_out; }
    };
    auto llm = right_llm();
    auto pipeline = compose(Honest(), FirstSelector(), llm, showing(2));
    pipeline.prepare(colour_task(), colour_examples("train", 4));
    (void)pipeline.answer(colour_examples("test", 2)[1]);
    const std::string shown = whole_text(llm.asked()[0]);
    CHECK(shown.find("train-0 red\nClassifier: blue (34% sure)") != std::string::npos);
    CHECK(shown.find("train-1 green\nClassifier: blue (34% sure)") != std::string::npos);
    CHECK(shown.ends_with("Classifier: green (51% sure)"));
}

TEST_CASE("Labels are scored where the transport can") {
    ScoringLlm llm;
    auto options = showing(1);
    options.explain = true;
    auto pipeline = compose(llm, ColourPlugin(), FirstSelector(), options);
    pipeline.prepare(colour_task(), colour_examples("train", 3));
    const auto batch_examples = colour_examples("test", 5);
    const auto batch = pipeline.consider(batch_examples);
    const auto right = pipeline.outcome(batch, 1), overridden = pipeline.outcome(batch, 4);
    CHECK(right.answer->label == 1U);
    CHECK(right.verdict->label_logprobs == std::vector<double>{-4.0, -0.1, -4.0});
    CHECK(right.calls == 1);
    CHECK(overridden.answer->overridden);
    CHECK(overridden.answer->explanation == "because");
    CHECK(overridden.calls == 2);
    CHECK((*llm.asked)[0].candidates == colour_task().labels);
    CHECK(llm.asked->back().candidates.empty());
}

TEST_CASE("A reply that is no label is an answer without one, not a failure") {
    auto pipeline = compose(Scripted(std::vector<std::string>{" Red.\n", "reddish", "red or blue"}));
    pipeline.prepare(colour_task(), {});
    const auto answers = pipeline.answers(colour_examples("test", 3));
    CHECK(answers[0]->label == 0U);
    CHECK_FALSE(answers[1]->label.has_value());
    CHECK_FALSE(answers[2]->label.has_value());
}

TEST_CASE("The original format compares replies exactly and stops at a blank line") {
    Scripted llm(std::vector<std::string>{" red\n", "Red"});
    auto pipeline = compose(prompt::OriginalFormat(), llm);
    pipeline.prepare(colour_task(), {});
    const auto answers = pipeline.answers(colour_examples("test", 2));
    CHECK(answers[0]->label == 0U);
    CHECK_FALSE(answers[1]->label.has_value());
    CHECK(llm.asked()[0].stop == std::vector<std::string>{"\n\n"});
}

TEST_CASE("Failed requests are failures of their row") {
    Scripted llm(std::vector<std::string>{"red"});
    auto pipeline = compose(llm);
    pipeline.prepare(colour_task(), {});
    const auto examples = colour_examples("test", 2);
    const auto batch = pipeline.consider(examples);
    CHECK(pipeline.outcome(batch, 0).answer->label == 0U);
    const auto failed = pipeline.outcome(batch, 1);
    CHECK(failed.failed());
    CHECK_FALSE(failed.answer.has_value());
    CHECK(failed.failed_calls == 1);
    CHECK(failed.calls == 0);
}

TEST_CASE("The explanation is asked for where the answer overrides the plug-in, given the LLM's own label") {
    auto options = showing(1);
    options.explain = true;
    Scripted llm(std::vector<std::string>{"red", " since it is ", "green", "maybe", "since not"});
    auto pipeline = compose(llm, ColourPlugin(), FirstSelector(), options);
    pipeline.prepare(colour_task(), colour_examples("train", 3));
    const auto answers = pipeline.answers(colour_examples("test", 3));
    CHECK(answers[0]->explanation == " since it is "); // the plug-in says green
    CHECK_FALSE(answers[1]->explanation.has_value());
    CHECK(answers[2]->explanation == "since not"); // no label overrides too
    const auto asked = llm.asked();
    const std::string question = whole_text(asked[1]);
    CHECK(question.substr(question.rfind("test-0")).find("<assistant>red") != std::string::npos);
    CHECK(asked[1].max_tokens == 100);
    CHECK(asked[1].prompt.shared == asked[0].prompt.shared);
}

TEST_CASE("A failed explanation fails the row") {
    auto options = showing(1);
    options.explain = true;
    Scripted llm(std::vector<std::string>{"red"});
    auto pipeline = compose(llm, ColourPlugin(), FirstSelector(), options);
    pipeline.prepare(colour_task(), colour_examples("train", 3));
    const auto examples = colour_examples("test", 1);
    const auto outcome = pipeline.outcome(pipeline.consider(examples), 0);
    CHECK(outcome.failed());
    CHECK_FALSE(outcome.answer.has_value());
    CHECK(outcome.calls == 1);
    CHECK(outcome.failed_calls == 1);
}

TEST_CASE("Demonstrations go whole, from the front, until the request fits") {
    NarrowLlm llm{right_llm(), 0};
    const auto whole_length = [&](std::size_t demonstrations) {
        NarrowLlm wide = llm;
        wide.limit = 1'000'000;
        auto pipeline = compose(wide, FirstSelector(), showing(demonstrations));
        pipeline.prepare(colour_task(), colour_examples("train", 9));
        const auto examples = colour_examples("test", 1);
        const auto question = pipeline.question(pipeline.consider(examples), 0);
        return whole_text(question.request).size() + question.request.max_tokens;
    };
    const std::size_t none = whole_length(0), all = whole_length(9);
    for (std::size_t limit : {none - 1, none, (none + all) / 2, all - 1, all}) {
        llm.limit = limit;
        auto pipeline = compose(llm, FirstSelector(), showing(9));
        pipeline.prepare(colour_task(), colour_examples("train", 9));
        const auto examples = colour_examples("test", 1);
        const auto question = pipeline.question(pipeline.consider(examples), 0);
        const std::string text = whole_text(question.request);
        INFO("limit " << limit << ", dropped " << question.dropped);
        for (std::size_t i = 0; i < 9; ++i) {
            CHECK((text.find("train-" + std::to_string(i) + " ") != std::string::npos) == (i >= question.dropped));
        }
        const std::size_t needed = text.size() + question.request.max_tokens;
        if (limit >= none) CHECK(needed <= limit);
        if (limit < none) CHECK(question.dropped == 9);
        if (limit == all) CHECK(question.dropped == 0);
        if (limit == all - 1) CHECK(question.dropped == 1);
        CHECK(pipeline.outcome(pipeline.consider(examples), 0).demonstrations_dropped == question.dropped);
    }
}

TEST_CASE("Where no demonstration is left, notes lose whole lines from the end until the request fits") {
    NarrowLlm llm{right_llm(), 0};
    const auto at = [&](std::size_t limit, const std::string& text, std::size_t demonstrations) {
        llm.limit = limit;
        auto pipeline = compose(llm, FirstSelector(), grimoire::FixedGrimoire({"mine", text}), showing(demonstrations));
        pipeline.prepare(colour_task(), colour_examples("train", 9));
        const auto examples = colour_examples("test", 1);
        const auto batch = pipeline.consider(examples);
        const auto question = pipeline.question(batch, 0);
        CHECK(pipeline.outcome(batch, 0).notes_lines_dropped == question.lines_dropped);
        return question;
    };
    const auto length = [](const auto& question) {
        return whole_text(question.request).size() + question.request.max_tokens;
    };
    const std::string notes = "- rule one\n\n- rule two\n- rule three\n";
    const std::size_t all = length(at(1'000'000, notes, 0)), two = length(at(1'000'000, "- rule one\n\n- rule two", 0));
    CHECK(at(all, notes, 2).lines_dropped == 0);
    CHECK(at(all, notes, 2).dropped == 2);
    const auto shorter = at(all - 1, notes, 2);
    CHECK(shorter.lines_dropped == 1);
    CHECK(shorter.dropped == 2);
    CHECK(length(shorter) == two);
    const auto none = at(1, notes, 2);
    CHECK(none.lines_dropped == 3);
    CHECK(whole_text(none.request).find("rule") == std::string::npos);
}

TEST_CASE("Ablations leave out what they name") {
    const auto asked_with = [](auto change) {
        auto llm = right_llm();
        auto options = showing(2);
        change(options.ablation);
        auto pipeline = compose(ColourPlugin(), FirstSelector(), llm, options);
        pipeline.prepare(colour_task(), colour_examples("train", 3));
        (void)pipeline.answer(colour_examples("test", 1)[0]);
        return whole_text(llm.asked()[0]);
    };
    using prompt::Ablation;
    const std::string whole = asked_with([](Ablation&) {});
    const std::string without_query = asked_with([](Ablation& a) { a.test_prediction = true; });
    CHECK(without_query.ends_with("test-0 red"));
    CHECK(without_query.find("train-0 red\nClassifier: green (50% sure)") != std::string::npos);
    const std::string unsure = asked_with([](Ablation& a) { a.confidence = true; });
    CHECK(unsure.find("sure)") == std::string::npos);
    CHECK(unsure.ends_with("Classifier: green"));
    CHECK(asked_with([](Ablation& a) { a.demonstrations = true; }).find("train-") == std::string::npos);
    CHECK(whole.find("sure)") != std::string::npos);
}

TEST_CASE("Ask when unsure asks about exactly the rows below the threshold") {
    auto llm = right_llm();
    auto pipeline = compose(ColourPlugin(), llm, decision::AskWhenUnsure([] {
                                decision::AskWhenUnsure::Parameters parameters;
                                parameters.threshold = 0.525;
                                return parameters;
                            }()));
    pipeline.prepare(colour_task(), colour_examples("train", 3));
    const auto answers = pipeline.answers(colour_examples("test", 6)); // confidences 0.50, 0.51, …
    CHECK(llm.asked().size() == 3);
    for (std::size_t i = 0; i < 6; ++i) {
        CHECK(answers[i]->decided_by == (i < 3 ? DecidedBy::llm : DecidedBy::plugin));
    }
    CHECK(answers[0]->overridden);
    CHECK_FALSE(answers[4]->overridden); // the plug-in is wrong here, but nobody was asked
    CHECK(answers[4]->label == 2U);
}

TEST_CASE("A task without labels is answered with the reply's text") {
    Task task = colour_task();
    task.labels.clear();
    task.metric = "chrf";
    Scripted llm(std::vector<std::string>{"a free text"});
    auto pipeline = compose(llm, FirstSelector(), showing(1));
    pipeline.prepare(task, colour_examples("train", 2));
    const auto answer = pipeline.answer(colour_examples("test", 1)[0]);
    CHECK(answer->text == "a free text");
    CHECK_FALSE(answer->label.has_value());
    CHECK(llm.asked()[0].max_tokens == 256);
}

TEST_CASE("A pipeline that was not prepared says so") {
    auto pipeline = compose(right_llm());
    CHECK_THROWS_AS(pipeline.answer(colour_examples("test", 1)[0]), Error);
}

TEST_CASE("A pipeline whose selector could not be prepared is not prepared") {
    struct Refusing : FirstSelector {
        void prepare(const Task&, std::span<const Example>, std::uint64_t) {
            throw Error(ErrorCode::empty_data, "nothing to choose from");
        }
    };
    auto pipeline = compose(Refusing(), right_llm());
    CHECK_THROWS_WITH(pipeline.prepare(colour_task(), colour_examples("train", 2)),
                      Catch::Contains("nothing to choose from"));
    CHECK_THROWS_WITH(pipeline.answer(colour_examples("test", 1)[0]), Catch::Contains("not prepared"));
}
