#include <familiar/pipeline/learn_ranker.hpp>

#include <support/resources.hpp>
#include <support/scratch_folder.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>
#include <string>

using namespace familiar;

TEST_CASE("the published archive has 33,750 outcomes of five LLMs", "[learn_ranker]") {
    REQUIRE_RESOURCE(archive, dataset("grimoire_archive"));
    const auto outcomes = pipeline::archived_outcomes(archive);
    CHECK(outcomes.size() == 33750);
    std::set<std::string> llms;
    std::size_t right = 0, sst5 = 0;
    for (const auto& outcome : outcomes) {
        llms.insert(outcome.llm);
        right += outcome.right ? 1 : 0;
        sst5 += outcome.grimoire.empty() ? 0 : 1;
    }
    CHECK(llms ==
          std::set<std::string>{"Baichuan2_7B_Chat", "LLaMA2_13B_Chat", "LLaMA2_70B_Chat", "PHI2", "gpt-3.5-turbo"});
    CHECK(sst5 == 0);
    CHECK(right > 13000);
    CHECK(right < 19000);
    CHECK_THROWS_AS(pipeline::archived_outcomes(archive / "nowhere"), Error);
}

TEST_CASE("outcomes of a run are read with the notes that were shown; of a run over test they are refused",
          "[learn_ranker]") {
    const tests::ScratchFolder scratch;
    scratch.file("task.json", R"({"name": "t", "labels": ["a", "b"], "fields": ["text"]})");
    scratch.file("dev.jsonl",
                 "{\"id\": \"x\", \"text\": \"one\", \"label\": \"a\"}\n{\"text\": \"two\", \"label\": \"b\"}\n");
    store::GrimoireStore grimoires(scratch.path() / "grimoires");
    store::StoredGrimoire notes;
    notes.grimoire = {"mine", "Rules."};
    notes.provenance.strategy = "profound";
    notes.provenance.prompt_hash = store::sha256("");
    grimoires.put(notes);
    report::Report report;
    report.run.parameters = {
        {"llm", {{"type", "http"}, {"model", "small"}}}, {"split", "dev"}, {"grimoire", {{"name", "mine"}}}};
    scratch.file("report.json", report::to_text(report));
    scratch.file("predictions.jsonl",
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
        scratch.file("report.json", report::to_text(other));
        CHECK_THROWS_AS(pipeline::outcomes_of_run(scratch.path(), scratch.path(), grimoires), Error);
    }
}
