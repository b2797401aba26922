#include <familiar/data/task_card.hpp>

#include <support/error_of.hpp>
#include <support/resources.hpp>
#include <support/scratch_folder.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace familiar;
using namespace familiar::tests;

namespace {

Task load(const ScratchFolder& scratch, const std::string& card) {
    scratch.write("task.json", card);
    return data::load_task(scratch.path());
}

Error refusal(const std::string& card) {
    const ScratchFolder scratch;
    scratch.write("task.json", card);
    const auto error = error_of([&] { (void)data::load_task(scratch.path()); });
    CHECK_THAT(error.what(), Catch::Contains("task.json"));
    return error;
}

} // namespace

TEST_CASE("a task is read from its card") {
    const ScratchFolder scratch;
    const Task task = load(scratch, R"({"name": "mood", "description": "Say the mood.", "labels": ["good", "bad"],
        "fields": [{"key": "text", "title": "Message"}], "metric": "macro_f1", "task_type": "sentiment", "other": [1]})");
    CHECK(task.name == "mood");
    CHECK(task.description == "Say the mood.");
    CHECK(task.labels == std::vector<std::string>{"good", "bad"});
    CHECK(task.fields == std::vector<Field>{{"text", "Message"}});
    CHECK(task.metric == "macro_f1");
    CHECK(task.type == "sentiment");
}

TEST_CASE("a card of a data set is read: task for description, the label column is no input") {
    const ScratchFolder scratch;
    scratch.write("card.json",
                  R"({"task": "questions", "fields": ["text_a", "text_b", "label"], "labels": ["x", "y"]})");
    const Task task = data::load_task(scratch.path());
    CHECK(task.name == scratch.path().filename().string());
    CHECK(task.description == "questions");
    CHECK(task.fields == std::vector<Field>{{"text_a", "Text 1"}, {"text_b", "Text 2"}});
    CHECK(task.metric == "accuracy");
}

TEST_CASE("task.json goes before card.json") {
    const ScratchFolder scratch;
    scratch.write("card.json", R"({"name": "card", "labels": ["x", "y"]})");
    CHECK(load(scratch, R"({"name": "task", "labels": ["x", "y"]})").name == "task");
}

TEST_CASE("titles come from keys where the card gives none, and from the published prompts for their data sets") {
    CHECK(data::default_title("text") == "Text");
    CHECK(data::default_title("sentence1") == "Sentence 1");
    CHECK(data::default_title("main_text") == "Main text");
    CHECK(data::default_title("question_2") == "Question 2");
    const ScratchFolder scratch;
    const Task mnli =
        load(scratch, R"({"name": "mnli", "labels": ["a", "b"], "fields": ["text_a", "text_b", "label"]})");
    CHECK(mnli.fields == std::vector<Field>{{"text_a", "Premise"}, {"text_b", "Hypothesis"}});
    const Task xnli = load(scratch, R"({"name": "xnli_de", "labels": ["a", "b"], "fields": ["text_a", "text_b"]})");
    CHECK(xnli.fields[1].title == "Hypothesis");
    const Task own =
        load(scratch, R"({"name": "sst2", "labels": ["a", "b"], "fields": [{"key": "text", "title": "Review"}]})");
    CHECK(own.fields[0].title == "Review");
}

TEST_CASE("no labels and a metric of texts, or none, is generation") {
    const ScratchFolder scratch;
    CHECK(load(scratch, R"({"labels": []})").is_generation());
    CHECK(load(scratch, R"({"labels": []})").metric == "chrf");
    CHECK(load(scratch, R"({"metric": "bleu"})").metric == "bleu");
}

TEST_CASE("labels may be numbers, and are their text") {
    const ScratchFolder scratch;
    CHECK(load(scratch, R"({"labels": [0, 1, true]})").labels == std::vector<std::string>{"0", "1", "true"});
}

TEST_CASE("a card that cannot be used is an error that names the file and what is wrong") {
    CHECK(refusal(R"({"name": )").code() == ErrorCode::malformed_json);
    CHECK(refusal(std::string(100'000, '[')).code() == ErrorCode::malformed_json);
    CHECK(refusal("[1]").code() == ErrorCode::malformed_task);
    CHECK_THAT(refusal(R"({"labels": [], "metric": "accuracy"})").what(), Catch::Contains("labels"));
    CHECK_THAT(refusal(R"({"labels": ["negative", "positive", "negative"]})").what(), Catch::Contains("\"negative\""));
    CHECK_THAT(refusal(R"({"labels": ["only"]})").what(), Catch::Contains("label"));
    CHECK(refusal(R"({"labels": "a b"})").code() == ErrorCode::malformed_task);
    CHECK(refusal(R"({"labels": [["a"], "b"]})").code() == ErrorCode::malformed_task);
    CHECK(refusal(R"({"labels": ["a", " b"]})").code() == ErrorCode::malformed_task);
    CHECK(refusal(R"({"labels": ["a", ""]})").code() == ErrorCode::malformed_task);
    CHECK(refusal(R"({"labels": ["a", "b"], "metric": "f2"})").code() == ErrorCode::malformed_task);
    CHECK(refusal(R"({"labels": ["a", "b"], "metric": "bleu"})").code() == ErrorCode::malformed_task);
    CHECK(refusal(R"({"labels": ["a", "b"], "fields": []})").code() == ErrorCode::malformed_task);
    CHECK(refusal(R"({"labels": ["a", "b"], "fields": "text"})").code() == ErrorCode::malformed_task);
    CHECK(refusal(R"({"labels": ["a", "b"], "fields": ["label"]})").code() == ErrorCode::malformed_task);
    CHECK(refusal(R"({"labels": ["a", "b"], "fields": ["x", "x"]})").code() == ErrorCode::malformed_task);
    CHECK(refusal(R"({"labels": ["a", "b"], "fields": ["x", "y", "z"]})").code() == ErrorCode::malformed_task);
    CHECK(refusal(R"({"labels": ["a", "b"], "fields": [7]})").code() == ErrorCode::malformed_task);
    CHECK(refusal(R"({"labels": ["a", "b"], "name": 7})").code() == ErrorCode::malformed_task);
}

TEST_CASE("a folder that is missing, a file, or without a card is an error that names it") {
    const ScratchFolder scratch;
    CHECK(error_of([&] { (void)data::load_task(scratch.path() / "gone"); }).code() == ErrorCode::file_not_found);
    CHECK_THAT(error_of([&] { (void)data::load_task(scratch.path()); }).what(), Catch::Contains("task.json"));
    const auto file = scratch.write("file", "x");
    CHECK_THAT(error_of([&] { (void)data::load_task(file); }).what(), Catch::Contains("file"));
}

TEST_CASE("the cards of the data sets at hand are read") {
    REQUIRE_RESOURCE(folder, dataset("."));
    std::size_t read = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (!std::filesystem::exists(entry.path() / "card.json")) continue;
        CAPTURE(entry.path().string());
        const Task task = data::load_task(entry.path());
        CHECK_FALSE(task.description.empty());
        CHECK(task.fields.size() <= 2);
        ++read;
    }
    CHECK(read > 0);
}
