#include <familiar/prompt/our_format.hpp>

#include "sample.hpp"

#include <laws/format_laws.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace familiar;
using namespace familiar::tests;
using prompt::Ablation;
using prompt::OurFormat;
using text::ChatMessage;
using text::Role;

namespace {

std::vector<ChatMessage> messages(Ablation ablation, const std::optional<Prediction>& prediction) {
    const OurFormat format({}, ablation);
    const auto demonstrations = mood_demonstrations();
    const Grimoire notes{"n", "Smile."};
    return format.query(mood_task(), format.prefix(mood_task(), {demonstrations, &notes}), mood_query(), prediction)
        .messages();
}

} // namespace

TEST_CASE("our format keeps the laws of prompt formats") {
    laws::check_format_laws(OurFormat(), mood_task(), mood_demonstrations(), mood_query(), Prediction{1, 0.8, {}});
    laws::check_format_laws(OurFormat(), mood_task(), mood_demonstrations(), mood_query(), std::nullopt);
    Task translation;
    translation.fields = {{"text", "German"}};
    const std::vector<Demonstration> pairs = {{{"0", "Guten Tag", std::nullopt, "Good day"}, std::nullopt},
                                              {{"1", "Gute Nacht", std::nullopt, "Good night"}, std::nullopt}};
    laws::check_format_laws(OurFormat(), translation, pairs, {"2", "Hallo", std::nullopt, std::nullopt}, std::nullopt);
}

TEST_CASE("a conversation has the task in front, a turn for each demonstration, and the query last") {
    const auto all = messages({}, Prediction{1, 0.8, {}});
    REQUIRE(all.size() == 6);
    CHECK(all[0].role == Role::system);
    CHECK_THAT(all[0].content, Catch::StartsWith("Say the mood.\nLabels: good, bad\n"));
    CHECK_THAT(all[0].content,
               Catch::Contains("Smile.") && Catch::Contains("\"Classifier:\"") && Catch::Contains("how sure"));
    CHECK(all[1] == ChatMessage{Role::user, "Message: what a day\nClassifier: good (97% sure)"});
    CHECK(all[2] == ChatMessage{Role::assistant, "good"});
    CHECK(all[3].content == "Message: rain again\nClassifier: good (50% sure)");
    CHECK(all[4].content == "bad");
    CHECK(all[5] == ChatMessage{Role::user, "Message: it will do\nClassifier: bad (80% sure)"});
}

TEST_CASE("each ablation takes its own part out of the conversation") {
    const Prediction prediction{1, 0.8, {}};
    CHECK(messages({true, false, false, false}, prediction).back().content == "Message: it will do");
    const auto without_confidence = messages({false, true, false, false}, prediction);
    CHECK(without_confidence[1].content == "Message: what a day\nClassifier: good");
    CHECK(without_confidence.back().content == "Message: it will do\nClassifier: bad");
    CHECK(without_confidence[0].content.find("how sure") == std::string::npos);
    CHECK(messages({false, false, true, false}, prediction).size() == 2);
    CHECK(messages({false, false, false, true}, prediction)[0].content.find("Smile.") == std::string::npos);
}

TEST_CASE("labels that hold commas stand one a line") {
    Task task = mood_task();
    task.labels = {"good, really", "bad"};
    CHECK_THAT(OurFormat().prefix(task, {})->messages[0].content,
               Catch::Contains("\nLabels:\n- good, really\n- bad\n"));
}

TEST_CASE("generation has neither labels nor a plug-in in its conversation") {
    Task task;
    task.description = "Translate into English.";
    task.fields = {{"text", "German"}};
    const std::vector<Demonstration> pairs = {{{"0", "Guten Tag", std::nullopt, "Good day"}, std::nullopt}};
    const auto part = OurFormat().prefix(task, {pairs, nullptr});
    CHECK(part->messages ==
          std::vector<ChatMessage>{
              {Role::system, "Translate into English.\nAnswer with the text itself and nothing else."},
              {Role::user, "German: Guten Tag"},
              {Role::assistant, "Good day"}});
}

TEST_CASE("an explanation follows the LLM's own label") {
    const OurFormat format;
    const auto question =
        format.explanation(mood_task(), format.prefix(mood_task(), {}), mood_query(), Prediction{1, 0.8, {}}, "good");
    REQUIRE(question.query.messages.size() == 3);
    CHECK(question.query.messages[1] == ChatMessage{Role::assistant, "good"});
    CHECK_THAT(question.query.messages[2].content, Catch::Contains("good and not bad"));
}

TEST_CASE("confidence is in percent or a probability") {
    OurFormat::Parameters parameters;
    parameters.percent = false;
    parameters.plugin_name = "Guess";
    const OurFormat format(parameters);
    const auto prompt = format.query(mood_task(), format.prefix(mood_task(), {}), mood_query(), Prediction{0, 0.9, {}});
    CHECK(prompt.query.messages[0].content == "Message: it will do\nGuess: good (0.9 sure)");
    CHECK(format.identity() != OurFormat().identity());
}

TEST_CASE("our format forgives case and a full stop in replies") {
    CHECK(OurFormat().parse(mood_task(), "Bad.") == 1u);
    CHECK_FALSE(OurFormat().parse(mood_task(), "not bad"));
}
