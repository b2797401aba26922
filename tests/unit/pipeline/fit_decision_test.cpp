#include <familiar/pipeline/fit_decision.hpp>

#include "toy_policies.hpp"

#include <familiar/decision/fuse.hpp>
#include <familiar/pipeline/compose.hpp>
#include <familiar/pipeline/runner.hpp>

#include <catch2/catch.hpp>

#include <cmath>
#include <mutex>
#include <set>

using namespace familiar;
using namespace familiar::tests;

namespace {

/// Scores candidates: copies the plug-in's line where the prompt's last block shows one, else reads the text. Counts.
struct CopyingLlm {
    std::shared_ptr<std::multiset<std::string>> asked = std::make_shared<std::multiset<std::string>>();
    std::shared_ptr<std::mutex> mutex = std::make_shared<std::mutex>();

    Result<transport::LlmReply> ask(const transport::LlmRequest& request) {
        std::string prompt;
        for (const auto& message : request.prompt.messages()) prompt += message.content + "\n";
        {
            const std::lock_guard lock(*mutex);
            asked->insert(prompt);
        }
        const auto from = prompt.rfind("Text: ");
        const std::string last = prompt.substr(from == std::string::npos ? 0 : from);
        const auto line = last.find('\n');
        const std::string rest = line == std::string::npos ? "" : last.substr(line);
        transport::LlmReply reply;
        for (const auto& candidate : request.candidates) {
            const std::string name(text::strip(candidate));
            const bool in_line = rest.find(name) != std::string::npos,
                       in_text = last.substr(0, line).find(name) != std::string::npos;
            const bool has_line = rest.find("red") != std::string::npos || rest.find("green") != std::string::npos ||
                                  rest.find("blue") != std::string::npos;
            reply.candidate_logprobs.push_back(std::log((has_line ? in_line : in_text) ? 0.8 : 0.1));
            reply.candidate_tokens.push_back(1);
        }
        return reply;
    }
    [[nodiscard]] std::string identity() const { return "copying"; }
    [[nodiscard]] std::size_t concurrency() const { return 2; }
    [[nodiscard]] bool scores_labels() const { return true; }
};

} // namespace

TEST_CASE("a decision is fitted with both kinds of prompt, and the run keeps to the better one") {
    const CopyingLlm llm;
    auto pipeline = pipeline::compose(ColourPlugin(), FirstSelector(), llm, decision::Fuse());
    pipeline.prepare(colour_task(), colour_examples("train", 12));
    const pipeline::FittingRows rows{colour_examples("dev", 40), "dev"};
    pipeline::NoStore store;
    const auto fitted = pipeline::fit_decision(pipeline, rows, store, {});
    CHECK_FALSE(fitted.at("plugin_line").get<bool>()); // the LLM knows better than the line that it copies
    CHECK(fitted.at("right") == 40);
    CHECK(fitted.at("rows") == 40);
    CHECK(fitted.at("calls").at(0) == 2 * 41);
    CHECK(llm.asked->size() == 2 * 41);
    CHECK(std::set<std::string>(llm.asked->begin(), llm.asked->end()).size() == 2 * 41);
    pipeline::use_fitted(pipeline, nlohmann::json::parse(fitted.dump()));
    const auto examples = colour_examples("test", 12);
    const auto result = pipeline::run(pipeline, examples);
    for (std::size_t i = 0; i < examples.size(); ++i) {
        REQUIRE(result.rows[i]->answer);
        CHECK(colour_task().labels[*result.rows[i]->answer->label] == *examples[i].label);
        CHECK(result.rows[i]->answer->decided_by == DecidedBy::both);
    }
    nlohmann::ordered_json parameters;
    pipeline::describe_fitted(fitted, parameters);
    CHECK(parameters.at("fitted_on") == "dev");
    CHECK(parameters.contains("llm_weight"));
}

TEST_CASE("rows to fit on are labelled, drawn by seed, and no more than asked for") {
    auto examples = colour_examples("dev", 30);
    examples[3].label.reset();
    const auto some = pipeline::FittingRows::draw(examples, "dev", 10, 1),
               again = pipeline::FittingRows::draw(examples, "dev", 10, 1);
    CHECK(some.examples == again.examples);
    CHECK(some.examples.size() == 10);
    CHECK(pipeline::FittingRows::draw(examples, "dev", 100, 1).examples.size() == 29);
    CHECK(pipeline::FittingRows::draw(examples, "dev", 10, 2).examples != some.examples);
}
