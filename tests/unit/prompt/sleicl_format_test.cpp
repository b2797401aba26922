#include <familiar/prompt/sleicl_format.hpp>

#include <laws/format_laws.hpp>

#include <catch2/catch.hpp>

#include <optional>
#include <string>
#include <vector>

using namespace familiar;

namespace {

Task topics() {
    Task task;
    task.name = "topics";
    task.type = "topic classification";
    task.description = "Say which topic.";
    task.labels = {"World", "Sports"};
    task.fields = {{"text", "Text"}};
    return task;
}

} // namespace

TEST_CASE("notes, examples and plug-in lines have their places in Grimoire's layout", "[sleicl_format]") {
    const Task task = topics();
    const Demonstration shown{{"1", "a goal", {}, "Sports"}, Prediction{1, 0.5, {0.5, 0.5}}};
    const Grimoire notes{"mine", "- look"};
    const Example query{"2", "a war", {}, {}};
    const std::optional<Prediction> said = Prediction{0, 0.875, {0.875, 0.125}};
    const prompt::SleiclFormat format;
    const auto shared = format.prefix(task, {std::span(&shown, 1), &notes});
    CHECK(
        format.query(task, shared, query, said).text() ==
        "You are an expert in topic classification, Say which topic.\n\n" + std::string(prompt::kPublishedPreamble) +
            "- look\n\nHere are some examples:\n\na goal\nPlug-in Prediction: Sports (Confidence: 0.5)\nAnswer: "
            "Sports\n\nPlease answer:\n\na war\nPlug-in Prediction: World (Confidence: 0.88)\nAnswer: \n\nOnly need to "
            "output the answer, no additional explanation is needed.\n");

    prompt::Ablation without;
    without.grimoire = without.demonstrations = without.test_prediction = true;
    const prompt::SleiclFormat bare({}, without);
    CHECK(
        bare.query(task, bare.prefix(task, {std::span(&shown, 1), &notes}), query, said).text() ==
        "You are an expert in topic classification, Say which topic.\n\n\n\nPlease answer:\n\na war\nAnswer: \n\nOnly "
        "need to output the answer, no additional explanation is needed.\n");
    CHECK(bare.identity() != format.identity());
}
