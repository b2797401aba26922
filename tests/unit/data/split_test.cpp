#include <familiar/data/split.hpp>
#include <familiar/data/task_card.hpp>

#include <support/error_of.hpp>
#include <support/resources.hpp>
#include <support/scratch_folder.hpp>

#include <catch2/catch.hpp>

using namespace familiar;
using namespace familiar::tests;

namespace {

Task mood() {
    Task task;
    task.labels = {"good", "bad"};
    task.fields = {{"text", "Text"}};
    return task;
}

} // namespace

TEST_CASE("a split is read as JSONL, CSV or TSV, in that order of preference") {
    const ScratchFolder scratch;
    scratch.write("train.tsv", "text\tlabel\nfrom \"tsv\"\tgood\n");
    CHECK(data::load_split(scratch.path(), mood(), "train").at(0).text == "from \"tsv\"");
    scratch.write("train.csv", "text,label\n\"from, csv\",bad\n");
    CHECK(data::load_split(scratch.path(), mood(), "train").at(0).text == "from, csv");
    scratch.write("train.jsonl", R"({"text": "from jsonl", "label": "good"})");
    CHECK(data::load_split(scratch.path(), mood(), "train").at(0) == Example{"0", "from jsonl", std::nullopt, "good"});
}

TEST_CASE("a limit takes the first rows, but the whole file is checked") {
    const ScratchFolder scratch;
    const std::string row = "{\"text\": \"a\", \"label\": \"good\"}\n";
    scratch.write("test.jsonl", row + row + row);
    CHECK(data::load_split(scratch.path(), mood(), "test", 2).size() == 2);
    CHECK(data::load_split(scratch.path(), mood(), "test", 0).empty());
    CHECK(data::load_split(scratch.path(), mood(), "test", 9).size() == 3);
    scratch.write("test.jsonl", row + row + "{broken\n");
    CHECK_THAT(error_of([&] { (void)data::load_split(scratch.path(), mood(), "test", 1); }).what(),
               Catch::Contains("test.jsonl, line 3"));
}

TEST_CASE("a split that is missing, empty, or has an unknown label is an error that names its file") {
    const ScratchFolder scratch;
    scratch.write("dev.jsonl", "\n");
    scratch.write("train.jsonl", "{\"text\": \"a\", \"label\": \"purple\"}");
    const auto missing = error_of([&] { (void)data::load_split(scratch.path(), mood(), "test"); });
    CHECK(missing.code() == ErrorCode::file_not_found);
    CHECK_THAT(missing.what(), Catch::Contains("test.jsonl") && Catch::Contains("train, dev"));
    const auto empty = error_of([&] { (void)data::load_split(scratch.path(), mood(), "dev"); });
    CHECK(empty.code() == ErrorCode::empty_data);
    CHECK_THAT(empty.what(), Catch::Contains("dev.jsonl"));
    CHECK_THAT(error_of([&] { (void)data::load_split(scratch.path(), mood(), "train"); }).what(),
               Catch::Contains("purple") && Catch::Contains("train.jsonl, line 1"));
    for (const char* name : {"../train", "", "a/b", ".hidden"}) {
        CHECK(error_of([&] { (void)data::load_split(scratch.path(), mood(), name); }).code() ==
              ErrorCode::invalid_argument);
    }
}

TEST_CASE("the splits of a data set at hand are read") {
    REQUIRE_RESOURCE(folder, dataset("trec"));
    const Task task = data::load_task(folder);
    CHECK(data::load_split(folder, task, "test").size() == 500);
    CHECK(data::load_split(folder, task, "dev", 7).size() == 7);
    CHECK(data::load_split(folder, task, "dev", 1).at(0).label == "person");
}
