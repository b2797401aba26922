#include <familiar/pipeline/run_outcomes.hpp>

#include <support/scratch_folder.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <utility>

using namespace familiar;

TEST_CASE("outcomes of a run are read with the notes that were shown; of a run over test they are refused",
          "[run_outcomes]") {
    const tests::ScratchFolder scratch;
    scratch.write("task.json", R"({"name": "t", "labels": ["a", "b"], "fields": ["text"]})");
    scratch.write("dev.jsonl",
                  "{\"id\": \"x\", \"text\": \"one\", \"label\": \"a\"}\n{\"text\": \"two\", \"label\": \"b\"}\n");
    grimoire::GrimoireStore grimoires(scratch.path() / "grimoires");
    grimoire::StoredGrimoire notes;
    notes.grimoire = {"mine", "Rules."};
    notes.provenance.strategy = "profound";
    notes.provenance.prompt_hash = store::sha256("");
    grimoires.put(notes);
    report::Report report;
    report.run.parameters = {
        {"llm", {{"type", "http"}, {"model", "small"}}}, {"split", "dev"}, {"grimoire", {{"name", "mine"}}}};
    scratch.write("report.json", report::to_text(report));
    scratch.write(
        "predictions.jsonl",
        "{\"id\": \"x\", \"label\": \"a\", \"gold\": \"a\"}\n{\"id\": 1, \"label\": null, \"gold\": \"b\"}\n");
    const auto outcomes = pipeline::outcomes_of_run(scratch.path(), scratch.path(), grimoires);
    REQUIRE(outcomes.size() == 2);
    CHECK((outcomes[0].right && !outcomes[1].right));
    CHECK(outcomes[1].question.text == "two");
    CHECK(outcomes[0].grimoire == "Rules.");
    CHECK(outcomes[0].llm == "small");
    for (const auto& [key, value] :
         {std::pair<const char*, nlohmann::ordered_json>("split", "test"),
          std::pair<const char*, nlohmann::ordered_json>("grimoire", {{"type", "oracle"}})}) {
        auto other = report;
        other.run.parameters[key] = value;
        scratch.write("report.json", report::to_text(other));
        CHECK_THROWS_AS(pipeline::outcomes_of_run(scratch.path(), scratch.path(), grimoires), Error);
    }
}
