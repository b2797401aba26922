#include <familiar/plugin/joined_texts.hpp>

#include <catch2/catch.hpp>

using namespace familiar;

namespace {

struct Lengths { // label: whether there is a second text; confidence: by the length of the first
    std::size_t* trained;
    void prepare(const Task&, std::span<const Example> train) {
        *trained = train.empty() ? 0 : train.front().text.size();
    }
    std::vector<Prediction> predict(std::span<const Example> examples) {
        std::vector<Prediction> out;
        for (const auto& e : examples)
            out.push_back({e.is_pair() ? 1U : 0U, static_cast<double>(e.text.size()) / 100.0, {}});
        return out;
    }
    std::string identity() const { return "lengths"; }
};

} // namespace

TEST_CASE("pairs are one text with the published mark between, single texts stay") {
    std::size_t trained = 0;
    plugin::JoinedTexts plugin{Lengths{&trained}};
    static_assert(plugin::PluginModel<decltype(plugin)>);
    const std::vector<Example> examples = {{"0", "ab", "cde", {}}, {"1", "ab", {}, {}}};
    plugin.prepare(Task(), examples);
    CHECK(trained == 10); // "ab <s> cde"
    const auto predictions = plugin.predict(examples);
    CHECK(predictions[0].label == 0);
    CHECK(predictions[0].confidence == Approx(0.10));
    CHECK(predictions[1].confidence == Approx(0.02));
    CHECK(plugin.identity() == "joined(lengths)");
}
