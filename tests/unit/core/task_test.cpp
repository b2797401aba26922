#include <familiar/core/task.hpp>

#include <catch2/catch.hpp>

TEST_CASE("a label is found by its exact name", "[task]") {
    familiar::Task task;
    CHECK(task.is_generation());
    task.labels = {"positive", "negative"};
    CHECK_FALSE(task.is_generation());
    CHECK(task.label_index("negative") == 1U);
    CHECK_FALSE(task.label_index("Negative"));
    CHECK_FALSE(task.label_index(""));
}
