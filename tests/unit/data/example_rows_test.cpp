#include <familiar/data/example_rows.hpp>

#include <support/error_of.hpp>
#include <support/scratch_folder.hpp>

#include <catch2/catch.hpp>

using namespace familiar;
using namespace familiar::tests;
using nlohmann::ordered_json;

namespace {

Task task_of(std::vector<std::string> keys, std::vector<std::string> labels) {
    Task task;
    for (auto& key : keys) task.fields.push_back({key, key});
    task.labels = std::move(labels);
    return task;
}

} // namespace

TEST_CASE("a row's id is copied as JSON text, else its number counts") {
    CHECK(data::plain_example(ordered_json::parse(R"({"text": "a", "id": "x-1"})"), 4).id == "\"x-1\"");
    CHECK(data::plain_example(ordered_json::parse(R"({"text": "a", "id": 12})"), 4).id == "12");
    CHECK(data::plain_example(ordered_json::parse(R"({"text": "a", "id": {"k": [1]}})"), 4).id == R"({"k":[1]})");
    CHECK(data::plain_example(ordered_json::parse(R"({"text": "a"})"), 4).id == "4");
}

TEST_CASE("a row without a task holds a text or a pair") {
    const auto single = data::plain_example(ordered_json::parse(R"({"text": "", "label": "x"})"), 0);
    CHECK(single.text.empty());
    CHECK_FALSE(single.is_pair());
    const auto pair = data::plain_example(ordered_json::parse(R"({"text_b": "two", "text_a": "one"})"), 0);
    CHECK(pair.text == "one");
    CHECK(pair.text_b == "two");
}

TEST_CASE("a row of a task has its fields and its label") {
    const auto task = task_of({"question", "answer"}, {"yes", "no", "1"});
    const auto row =
        data::task_example(ordered_json::parse(R"({"answer": "b", "question": "a", "label": "no"})"), 7, task);
    CHECK(row == Example{"7", "a", "b", "no"});
    CHECK(data::task_example(ordered_json::parse(R"({"answer": "b", "question": "a", "label": 1})"), 0, task).label ==
          "1");
    CHECK_FALSE(data::task_example(ordered_json::parse(R"({"answer": "b", "question": "a"})"), 0, task).label);
    CHECK_FALSE(
        data::task_example(ordered_json::parse(R"({"answer": "b", "question": "a", "label": null})"), 0, task).label);
}

TEST_CASE("a task without labels takes any text as the reference") {
    CHECK(data::task_example(ordered_json::parse(R"({"text": "a", "label": "free text"})"), 0, task_of({"text"}, {}))
              .label == "free text");
}

TEST_CASE("a row that cannot be used is an error that names file and line") {
    const auto plain = [](const char* row) {
        const std::vector<data::JsonRow> rows = {{ordered_json::parse(R"({"text": "good"})"), 1},
                                                 {ordered_json::parse(row), 9}};
        return error_of([&] { (void)data::plain_examples(rows, "rows.jsonl"); });
    };
    for (const char* row : {R"({"text": 7})", R"({"label": "x"})", R"({"text_a": "x"})", R"({"text_b": "x"})",
                            R"({"text": null})", "{}"}) {
        CAPTURE(row);
        const auto error = plain(row);
        CHECK(error.code() == ErrorCode::malformed_row);
        CHECK(error.where() == "rows.jsonl, line 9");
    }
    const auto task = task_of({"text"}, {"yes", "no"});
    const auto labelled = [&](const char* row) {
        const std::vector<data::JsonRow> rows = {{ordered_json::parse(row), 3}};
        return error_of([&] { (void)data::task_examples(rows, task, "train.jsonl"); });
    };
    const auto unknown = labelled(R"({"text": "a", "label": "purple"})");
    CHECK(unknown.code() == ErrorCode::unknown_label);
    CHECK(unknown.where() == "train.jsonl, line 3");
    CHECK_THAT(unknown.what(), Catch::Contains("purple") && Catch::Contains("yes, no"));
    CHECK(labelled(R"({"text": "a", "label": ["yes"]})").code() == ErrorCode::malformed_row);
    CHECK(labelled(R"({"text": "a", "label": "Yes"})").code() == ErrorCode::unknown_label);
}
