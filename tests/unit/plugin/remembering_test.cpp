#include <familiar/plugin/remembering.hpp>

#include <catch2/catch.hpp>

#include <stdexcept>

using namespace familiar;

namespace {

struct Counting {
    int* asked;
    void prepare(const Task&, std::span<const Example>) {}
    std::vector<Prediction> predict(std::span<const Example> examples) {
        for (const auto& e : examples) {
            if (e.text == "bad") throw std::runtime_error("bad");
            ++*asked;
        }
        return std::vector<Prediction>(examples.size(), Prediction{0, 0.5, {}});
    }
    std::string identity() const { return "counting"; }
};

} // namespace

TEST_CASE("the same texts are asked about once, until the labels change") {
    int asked = 0;
    plugin::Remembering plugin{Counting{&asked}};
    Task task;
    task.labels = {"a", "b"};
    plugin.prepare(task, {});
    const std::vector<Example> examples = {{"0", "x", {}, {}}, {"1", "x", "y", {}}, {"2", "x", {}, {}}};
    CHECK(plugin.predict(examples).size() == 3);
    CHECK(asked == 2);
    plugin.prepare(task, {});
    CHECK(plugin.predict(examples).size() == 3);
    CHECK(asked == 2);
    task.labels = {"b", "a"};
    plugin.prepare(task, {});
    CHECK(plugin.predict(examples).size() == 3);
    CHECK(asked == 4);
    const std::vector<Example> bad = {{"0", "z", {}, {}}, {"1", "bad", {}, {}}};
    CHECK_THROWS(plugin.predict(bad));
    CHECK(plugin.predict(std::span(bad).first(1)).size() == 1); // nothing half known is left
    CHECK(plugin.identity() == "counting");
}
