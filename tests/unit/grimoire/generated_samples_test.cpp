#include <familiar/grimoire/generated_samples.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace familiar;
using grimoire::read_samples;
using grimoire::SampleCounts;

namespace {

Task task_of(std::size_t fields) {
    Task task;
    task.labels = {"up", "down"};
    task.fields.assign(fields, {"text", "Text"});
    return task;
}

std::vector<std::string> texts_of(const std::vector<Example>& examples) {
    std::vector<std::string> texts;
    for (const auto& example : examples) texts.push_back(*example.label + ": " + example.text);
    return texts;
}

} // namespace

TEST_CASE("samples are the lines of a list; what is none of it, or says nothing new, is counted") {
    const std::vector<std::string> replies = {"Here you are:\n- It rose.\n\n* Up it went\n-no space\n1. \n",
                                              "2) It  FELL.\n- it fell.\r\n- IT ROSE.\n10. Known"};
    const std::vector<Example> known = {{"0", "known", std::nullopt, "up"}};
    SampleCounts counts;
    const auto samples = read_samples(task_of(1), replies, known, 9, {}, counts);
    CHECK(texts_of(samples) == std::vector<std::string>{"up: It rose.", "up: Up it went", "down: It  FELL."});
    CHECK(counts == SampleCounts{3, 3, 0, 0, 3});
    CHECK(samples[0].id != samples[1].id);

    SampleCounts none;
    CHECK(read_samples(task_of(1), std::vector<std::string>{"", "\n\n"}, {}, 9, {}, none).empty());
    CHECK(none == SampleCounts{});
}

TEST_CASE("of pairs both texts are needed") {
    SampleCounts counts;
    const auto samples = read_samples(
        task_of(2), std::vector<std::string>{"- one || two\n- alone\n- || two\n- one ||", ""}, {}, 9, {}, counts);
    REQUIRE(samples.size() == 1);
    CHECK(samples[0].text == "one");
    CHECK(samples[0].text_b == "two");
    CHECK(counts.unreadable == 3);
}

TEST_CASE("plug-in and distance judge samples, and no label has more than wanted") {
    grimoire::SampleJudges judges;
    judges.predict = [](std::span<const Example> rows) {
        std::vector<Prediction> said;
        for (const auto& row : rows) said.push_back({row.text.starts_with("d") ? std::size_t{1} : 0, 1.0, {}});
        return said;
    };
    judges.embed = [](std::span<const Example> rows) { // by the last letter
        std::vector<std::vector<float>> vectors;
        for (const auto& row : rows) {
            std::vector<float> vector(256, 0.0F);
            vector[static_cast<unsigned char>(row.text.back())] = 1.0F;
            vectors.push_back(vector);
        }
        return vectors;
    };
    const std::vector<Example> known = {{"0", "up z", std::nullopt, "up"}};
    const std::vector<std::string> replies = {"- u a\n- d b\n- u z\n- u c\n- u e\n", "- d a\n- d f\n- u g"};
    SampleCounts counts;
    CHECK(texts_of(read_samples(task_of(1), replies, known, 2, judges, counts)) ==
          std::vector<std::string>{"up: u a", "up: u c", "down: d f"});
    CHECK(counts == SampleCounts{0, 0, 2, 2, 3}); // "u e" was not needed
}
