#include <familiar/prompt/prompt_labels.hpp>

#include <catch2/catch.hpp>

using namespace familiar;
using namespace familiar::prompt;

TEST_CASE("fields stand under their titles, one a line") {
    Task task;
    task.fields = {{"text", "Message"}};
    CHECK(titled_fields(task, {"0", "a\nb", std::nullopt, std::nullopt}) == "Message: a\nb\n");
    CHECK_THROWS_AS(titled_fields(task, {"0", "a", "b", std::nullopt}), Error);
    task.fields = {{"a", "One"}, {"b", "Two"}};
    CHECK(titled_fields(task, {"0", "a", "b", std::nullopt}) == "One: a\nTwo: b\n");
    CHECK_THROWS_AS(titled_fields(task, {"0", "a", std::nullopt, std::nullopt}), Error);
}

TEST_CASE("a label that is not there is an error and no crash") {
    Task task;
    task.labels = {"x", "y"};
    CHECK(predicted_label(task, {1, 0.5, {}}) == "y");
    CHECK_THROWS_AS(predicted_label(task, {2, 0.5, {}}), Error);
    CHECK(shown_label({{"0", "a", std::nullopt, "x"}, std::nullopt}) == "x");
    CHECK_THROWS_AS(shown_label({{"0", "a", std::nullopt, std::nullopt}, std::nullopt}), Error);
}
