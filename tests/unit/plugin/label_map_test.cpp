#include <familiar/plugin/label_map.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace familiar;
using namespace familiar::plugin;
using Catch::Matchers::Contains;

namespace {

Task task_of(std::vector<std::string> labels) {
    Task task;
    task.labels = std::move(labels);
    return task;
}

std::vector<std::size_t> mapped(const std::vector<std::string>& model, const Task& task) {
    return map_labels(model, task, "config.json");
}

} // namespace

TEST_CASE("names are matched exactly, then but for case, then by number") {
    const auto task = task_of({"negative", "positive", "neutral"});
    using Places = std::vector<std::size_t>;
    CHECK(mapped({"neutral", "negative", "positive"}, task) == Places{2, 0, 1});
    CHECK(mapped({"NEUTRAL", "Negative", "positive"}, task) == Places{2, 0, 1});
    CHECK(mapped({"LABEL_0", "LABEL_1", "LABEL_2"}, task) == Places{0, 1, 2});
    CHECK(mapped({"label_2", "label_0", "label_1"}, task) == Places{2, 0, 1});
    CHECK(mapped({"A", "a"}, task_of({"a", "A"})) == Places{1, 0});
    CHECK(mapped({"LABEL_1", "LABEL_0"}, task_of({"LABEL_0", "LABEL_1"})) == Places{1, 0});
}

TEST_CASE("labels that do not match one to one are refused, both lists named") {
    const auto task = task_of({"negative", "positive"});
    for (const auto& model : std::vector<std::vector<std::string>>{{"negative", "purple"},
                                                                   {"negative"},
                                                                   {"negative", "Negative"},
                                                                   {"negative", "positive", "neutral"},
                                                                   {"LABEL_0", "LABEL_2"},
                                                                   {"LABEL_0", "positive"},
                                                                   {"LABEL_0", "LABEL_x"},
                                                                   {}}) {
        CHECK_THROWS_AS(mapped(model, task), Error);
    }
    CHECK_THROWS_WITH(mapped({"negative", "purple"}, task),
                      Contains("purple") && Contains("negative, positive") && Contains("config.json"));
    CHECK_THROWS_WITH(mapped({"aA", "b"}, task_of({"AA", "aa"})), Contains("two labels"));
}

TEST_CASE("a task of generation is refused") {
    CHECK_THROWS_WITH(require_labels(Task(), "linear"), Contains("linear") && Contains("no labels"));
    CHECK_NOTHROW(require_labels(task_of({"a"}), "linear"));
}
